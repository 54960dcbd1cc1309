# covers: problem:5828
"""Tasks pass a barrier together, and one that leaves early is not counted."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


# A barrier, and the latest value of something, and one to many.
barrier = tickslot.Barrier(sched, 3)


def meets(ms):
    yield sched.sleep_ms(ms)
    number = yield barrier.wait()
    return number, clock()


began = clock()
check.equal(run(meets(5), meets(1), meets(3)),
            [(2, began + 5), (0, began + 5), (1, began + 5)])


def leaves_early():
    return (yield barrier.wait(1))


check.same(run(leaves_early())[0], tickslot.TIMEOUT)
check.equal(barrier.arrived, 0)
check.raises(ValueError, "1 task", tickslot.Barrier, sched, 0)
print("OK")
