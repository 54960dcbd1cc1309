"""`sleep_ms(0)`, `sleep(0)` and a deadline that is past yield exactly once, also when mixed."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock)
log = []


def zero(make):
    for _ in range(3):
        log.append("zero")
        check.same((yield make()), None)


def other():
    for _ in range(3):
        log.append("other")
        yield


for make in (
    lambda: sched.sleep_ms(0),
    lambda: sched.sleep(0),
    lambda: sched.yield_now(),
    lambda: sched.sleep_until(clock()),
    lambda: sched.sleep_until(clock() - 1 & (1 << 30) - 1),
    lambda: sched.sleep_until(clock() - (1 << 29) & (1 << 30) - 1),
):
    log.clear()
    sched.spawn(zero(make))
    sched.spawn(other())
    sched.run()
    check.equal(log, ["zero", "other"] * 3)
    check.equal(clock(), 0)


# One turn, not none: nobody else is there, and still a step ends.
sched.spawn(zero(lambda: sched.sleep_ms(0)))
log.clear()
for step in range(3):
    check.same(sched.poll_once(), True)
    check.equal(len(log), step + 1)
sched.run()

# Not early, not late: a sleep after it starts from its own call.
def mixed():
    yield sched.sleep_ms(0)
    yield sched.sleep_ms(5)
    yield sched.sleep_ms(0)
    log.append(clock())


log.clear()
sched.spawn(mixed())
sched.run()
check.equal(log, [5])
print("OK")
