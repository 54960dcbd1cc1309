"""Items from a task on one core to a task on the other one (threads, on the Unix port).

asyncio has nothing for that but ThreadSafeFlag: see call_across.py.
"""

import harness
import tickslot
from tickslot.cross_channel import CrossChannel

CAPACITY = 16

sched = tickslot.Scheduler(slots=4)
other = tickslot.Scheduler(slots=4)
worker = tickslot.Worker(other)
there = CrossChannel(CAPACITY)
back = CrossChannel(1)
there_here, there_other = there.on(sched), there.on(other)
back_here, back_other = back.on(sched), back.on(other)


def consumer():
    """It is told how many there are, and says when it has them."""
    while True:
        turns = yield there_other.recv()
        for _ in range(turns):
            yield there_other.recv()
        yield back_other.send(True)


def ours(turns):
    def producer():
        yield there_here.send(turns)
        for _ in range(turns):
            yield there_here.send(1)
        yield back_here.recv()

    task = sched.spawn(producer())
    return lambda: sched.run_until(task)


other.spawn(consumer())
worker.start()
harness.compare("cross-core channel, an item", board=64, most=20000, threads=True, tickslot=ours)
worker.stop()
worker.join(2000)
