# covers: ato:interval
"""A fixed rate: first tick at once, no drift, catch-up after a late turn, reset."""

import check
import tickslot


def ticks_of(work, turns, late="catch-up", reset_before=None):
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(1, clock=clock)
    times = []
    interval = sched.interval(500, late=late)

    def task():
        for turn in range(turns):
            if turn == reset_before:
                interval.reset()
            yield interval
            times.append(clock())
            if work[turn % len(work)]:
                yield sched.sleep_ms(work[turn % len(work)])

    sched.spawn(task())
    sched.run()
    return times, interval.missed


check.equal(ticks_of([0], 4), ([0, 500, 1000, 1500], 0))
# 200 ms of work a turn: not 0, 700, 1400.
check.equal(ticks_of([200], 4), ([0, 500, 1000, 1500], 0))
# Work that takes the very period is in time.
check.equal(ticks_of([500], 4), ([0, 500, 1000, 1500], 0))
# Late by less than a period: the next one comes at once, the one after it in step.
check.equal(ticks_of([700, 0, 0, 0], 4), ([0, 700, 1000, 1500], 0))
# Late by two periods and more: it catches up, and stays in step.
check.equal(ticks_of([1700, 0, 0, 0, 0, 0], 6), ([0, 1700, 1700, 1700, 2000, 2500], 2))
# Or skips what it missed.
check.equal(ticks_of([1700, 0, 0, 0], 4, late="skip"), ([0, 1700, 2000, 2500], 2))
# After a reset the next tick is immediate, and the period counts from it.
check.equal(ticks_of([200], 4, reset_before=2), ([0, 500, 700, 1200], 0))

# Across the wrap of the clock.
clock = tickslot.ManualClock(start=(1 << 30) - 700)
sched = tickslot.Scheduler(1, clock=clock)
times = []
interval = sched.interval(500)


def task():
    for _ in range(4):
        yield interval
        times.append(clock())


sched.spawn(task())
sched.run()
check.equal(times, [(1 << 30) - 700, (1 << 30) - 200, 300, 800])

for ms in (0, -1, 1 << 28):
    check.raises(ValueError, "an interval is 1 to", sched.interval, ms)
check.raises(ValueError, '"catch-up" or "skip"', sched.interval, 5, "later")
print("OK")
