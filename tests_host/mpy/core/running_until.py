# covers: async:block_on
"""`run_until` runs a main task and gives its result; what is ready besides can run afterwards."""

import check
import tickslot

sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())
log = []


def main():
    sched.spawn(other("a"))
    sched.spawn(other("b"))
    log.append("main")
    return 42
    yield


def other(name):
    for i in range(2):
        log.append(name + str(i))
        yield


check.equal(sched.run_until(sched.spawn(main(), "main")), 42)
check.equal(log, ["main"])
check.equal(len(sched.tasks()), 2)
sched.run()
check.equal(log, ["main", "a0", "b0", "a1", "b1"])


def raises():
    yield
    raise KeyError("main's own")


check.raises(KeyError, "main's own", sched.run_until, sched.spawn(raises()))

# One that has ended already gives its result at once, and the others do not move.
log.clear()
task = sched.spawn(main())
sched.poll_once()
check.true(task.done(), "main has not ended")
check.equal(sched.run_until(task), 42)
check.equal(log, ["main"])
sched.run()
print("OK")
