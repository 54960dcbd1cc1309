# needs: time
# covers: async:zero_workers, nanorun:block_on_value
"""1 + 2, 40 + 2, and two spawned jobs whose results add to 84; on one worker, on this thread.

And in one order, the same each time: that is what this mode is for.
"""

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


def order_of_jobs():
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(6, clock=clock)
    pool = tickslot.Pool(0, jobs=16, slots=2, main=sched)
    log = []

    def sleeps(name):
        log.append((clock(), name, "begins"))
        yield sched.sleep_ms(5)
        log.append((clock(), name, "ends"))

    def spawns(name):
        pool.spawn(log.append, (clock(), "local"))
        pool.spawn(log.append, (clock(), "pinned"), worker=0)
        yield
        log.append((clock(), name))

    def last():
        yield pool.spawn(sleeps("third")).join(sched)

    pool.spawn(sleeps("first"))  # from outside: these go through the injector
    pool.spawn(spawns("second"))
    sched.run_until(sched.spawn(last()))
    check.same(pool.stop(), True)
    return log


log = order_of_jobs()
check.equal(log, [
    (0, "first", "begins"), (0, "second"), (0, "pinned"), (0, "third", "begins"),
    (5, "first", "ends"), (5, "third", "ends"), (0, "local"),  # both slots slept until then
])
check.equal(order_of_jobs(), log)
check.raises(ValueError, "1 at least", tickslot.Pool, 0)
check.raises(ValueError, "thread(s) beside the main one", tickslot.Pool, 1000)
print("OK")
