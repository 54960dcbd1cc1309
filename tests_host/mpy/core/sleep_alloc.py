# also: unfrozen
# covers: ato:no_alloc
"""Every way to wait for time, with no byte allocated: sleeps, zero sleeps, yields, intervals."""

import check
import tickslot
from tickslot.core.clock import later

BACK = (1 << 30) - 5


def prove(what, make, advance=1):
    """Prove it for two tasks that do `make(sched, count)` for ever."""
    sched = tickslot.Scheduler(3, clock=tickslot.ManualClock(start=(1 << 30) - 50))
    count = [0]
    sched.spawn(make(sched, count))
    sched.spawn(make(sched, count))
    check.tasks_allocate_nothing(sched, count, what, steps=4, advance=advance)


def bare(sched, count):
    while True:
        yield
        count[0] += 1


def yields_now(sched, count):
    while True:
        yield sched.yield_now()
        count[0] += 1


def sleeps_zero_ms(sched, count):
    while True:
        yield sched.sleep_ms(0)
        count[0] += 1


def sleeps_zero(sched, count):
    while True:
        yield sched.sleep(0)
        count[0] += 1


def sleeps_ms(sched, count):
    while True:
        yield sched.sleep_ms(1)
        count[0] += 1


def sleeps(sched, count):
    while True:
        yield sched.sleep(1)
        count[0] += 1


def sleeps_until(sched, count):
    while True:
        # not now() + 1: before the wrap that is 2**30, which a board has to allocate
        yield sched.sleep_until(later(sched.now(), 1, sched.period))
        count[0] += 1


def sleeps_until_the_past(sched, count):
    while True:
        yield sched.sleep_until(sched.now())
        yield sched.sleep_until(later(sched.now(), BACK, sched.period))
        count[0] += 1


# each level that a sleep can be armed on, and the cascade from there
LENGTHS = [1, 63, 64, 65, 4095, 4096, 262143, 262144, 1 << 24, (1 << 28) + 1]


def many_lengths(sched, count):
    while True:
        for ms in LENGTHS:
            yield sched.sleep_ms(ms)
            count[0] += 1


def interval(sched, count):
    tick = sched.interval(1)
    while True:
        yield tick
        count[0] += 1


def interval_late(sched, count):
    tick = sched.interval(3)
    skips = sched.interval(3, late="skip")
    while True:
        yield tick
        yield sched.sleep_ms(10)
        yield tick
        count[0] += 1
        yield skips
        count[0] += 1
        tick.reset()


for make in (bare, yields_now, sleeps_zero_ms, sleeps_zero, sleeps_ms, sleeps, sleeps_until,
             sleeps_until_the_past, interval):
    prove(make.__name__ if hasattr(make, "__name__") else "waiting", make)
prove("sleeps of all lengths", many_lengths, advance=(1 << 28) + 1)
prove("late intervals", interval_late, advance=20)
print("OK")
