# needs: time
"""1 + 2, 40 + 2, and two spawned jobs whose results add to 84; on one worker, on this thread."""

import check
import tickslot

sched = tickslot.Scheduler(6)
pool = tickslot.Pool(0, jobs=4, slots=2, main=sched)


def add(a, b):
    yield
    return a + b


def program():
    first = pool.spawn(add(40, 2))
    second = pool.spawn(add(40, 2))
    return (yield first.join(sched)) + (yield second.join(sched))


check.equal(sched.run_until(sched.spawn(add(1, 2))), 3)
check.equal(sched.run_until(sched.spawn(add(40, 2))), 42)
check.equal(sched.run_until(sched.spawn(program())), 84)
print("OK")
