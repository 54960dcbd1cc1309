# covers: ato:yield_now
"""Three interleaved tasks give the order 1, 2, 3, by each way to give way."""

import check
import tickslot

sched = tickslot.Scheduler(3, clock=tickslot.ManualClock())
log = []


def bare(number):
    for _ in range(3):
        log.append(number)
        yield


def yields_now(number):
    for _ in range(3):
        log.append(number)
        yield sched.yield_now()


def sleeps_zero(number):
    for _ in range(3):
        log.append(number)
        yield sched.sleep_ms(0)


for a, b, c in (
    (bare, bare, bare),
    (yields_now, yields_now, yields_now),
    (sleeps_zero, sleeps_zero, sleeps_zero),
    (bare, yields_now, sleeps_zero),
):
    log.clear()
    sched.spawn(a(1))
    sched.spawn(b(2))
    sched.spawn(c(3))
    sched.run()
    check.equal(log, [1, 2, 3] * 3)
print("OK")
