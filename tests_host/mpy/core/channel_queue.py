# covers: problem:5828
"""#5828, #5858: no queue, semaphore, condition since 2020. They are there, bounded.

Here the queue: its `put` waits.  See also semaphore.py and lock_condition.py in sync.
"""

import check
import tickslot

sched = tickslot.Scheduler(6, clock=tickslot.ManualClock())


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


queue = sched.channel(2)


def puts():
    for item in range(5):
        yield queue.send(item)
    queue.close()


def gets():
    items = []
    while True:
        item = yield queue.recv()
        if item is tickslot.CLOSED:
            return items
        items.append(item)


check.equal(run(puts(), gets())[1], [0, 1, 2, 3, 4])
print("OK")
