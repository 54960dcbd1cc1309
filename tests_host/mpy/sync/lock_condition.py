# covers: problem:5828
"""A condition: a task waits, under a lock, until something is so."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


lock = tickslot.Lock(sched)
changed = tickslot.Event(sched)
stock = [0]


def takes():
    yield lock
    while stock[0] < 3:
        lock.release()
        yield changed
        yield lock
    stock[0] -= 3
    lock.release()
    return clock()


def fills():
    for _ in range(3):
        yield sched.sleep_ms(10)
        yield lock
        stock[0] += 1
        changed.set()
        changed.clear()
        lock.release()


check.equal(run(takes(), fills())[0], 30)
print("OK")
