# covers: ato:run_once
"""`poll_once` makes one task's step; nothing to do is no error."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock)
log = []


def task(name):
    log.append(name)
    yield
    log.append(name)
    yield sched.sleep_ms(10)
    log.append(name)


check.same(sched.poll_once(), False, "with no task")
sched.spawn(task("a"))
sched.spawn(task("b"))
for want in ("a", "ab", "aba", "abab"):
    check.same(sched.poll_once(), True)
    check.equal("".join(log), want)
for _ in range(3):
    check.same(sched.poll_once(), False, "with every task asleep")
check.equal(clock(), 0)  # it does not jump, as run() would
clock.advance(10)
check.same(sched.poll_once(), True)
check.equal("".join(log), "ababa")
check.same(sched.poll_once(), True)
check.same(sched.poll_once(), False, "with every task ended")
check.equal("".join(log), "ababab")
check.equal(sched.tasks(), [])
print("OK")
