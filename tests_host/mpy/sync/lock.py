# covers: async:mutex
"""Ten tasks increment under a lock: 10; waiters served FIFO; and what misuse gives."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(10, clock=clock)
lock = tickslot.Lock(sched, name="counter")
counter = [0]
order = []


def increments(number):
    yield lock.acquire()
    with lock:
        order.append(number)
        value = counter[0]
        yield sched.sleep_ms(3)
        counter[0] = value + 1


for number in range(10):
    sched.spawn(increments(number))
sched.run()
check.equal((counter[0], order, clock()), (10, list(range(10)), 30))
check.equal(lock.locked(), False)


# One that gives it back and wants it again at once does not overtake those that wait.
def greedy():
    yield lock
    order.append("greedy")
    lock.release()
    check.same(lock.try_acquire(), False, "taken from under the one that waits")
    yield lock
    order.append("again")
    lock.release()


order.clear()
for task in (increments(0), greedy(), increments(1), increments(2)):
    sched.spawn(task)
sched.run()
check.equal(order, [0, "greedy", 1, 2, "again"])


# Misuse is told.
def twice():
    sched2 = tickslot.Scheduler(2, clock=clock)
    own = tickslot.Lock(sched2)

    def holds():
        yield own
        try:
            yield own
        except RuntimeError as error:
            check.says(error, "holds", "already")
        own.release()
        check.raises(RuntimeError, "does not hold", own.release)

    def stranger():
        yield
        check.raises(RuntimeError, "does not hold", own.release)
        check.raises(RuntimeError, "does not hold", own.__enter__)

    sched2.run_until(sched2.spawn(holds()))
    check.raises(RuntimeError, "does not hold", own.release)
    check.raises(RuntimeError, "outside of a task", own.try_acquire)

    def ends_with_it():
        yield own

    sched2.run_until(sched2.spawn(ends_with_it()))
    for _ in range(3):  # each slot, and the first one again: none of them holds it
        sched2.run_until(sched2.spawn(stranger()))
    check.same(own.locked(), True)


twice()
print("OK")
