"""Items from a task on one core to a task on the other one (threads, on the Unix port).

asyncio has nothing for that but ThreadSafeFlag: see call_across.py. limit: a ring of numbers in
viper, for one sender and one receiver that both spin, and do nothing else (but let others run now
and then, where there are fewer processors than that).
"""

from array import array
from time import sleep_us as pause

import harness
import micropython
import tickslot
from tickslot.cores.cross_channel import CrossChannel

CAPACITY = 16

sched = tickslot.Scheduler(slots=4)
other = tickslot.Scheduler(slots=4)
worker = tickslot.Worker(other)
there = CrossChannel(CAPACITY)
back = CrossChannel(1)
there_here, there_other = there.on(sched), there.on(other)
back_here, back_other = back.on(sched), back.on(other)


ring = array("I", [0] * (CAPACITY + 2))  # the cells, how many were put, how many taken


@micropython.viper
def fill(ring: ptr32, turns: int):
    capacity = int(CAPACITY)
    spins = 0
    for put in range(turns):
        while put - ring[capacity + 1] == capacity:
            spins += 1
            if not spins & 1023:
                pause(0)
        ring[put & (capacity - 1)] = put
        ring[capacity] = put + 1
    while ring[capacity + 1] != turns:
        pause(0)


@micropython.viper
def drain(ring: ptr32, turns: int) -> int:
    capacity = int(CAPACITY)
    item = spins = 0
    for taken in range(turns):
        while ring[capacity] == taken:
            spins += 1
            if not spins & 1023:
                pause(0)
        item = ring[taken & (capacity - 1)]
        ring[capacity + 1] = taken + 1
    return item


def consumer():
    """It is told how many there are, and says when it has them; less than none are in the ring."""
    while True:
        turns = yield there_other.recv()
        if turns < 0:
            drain(ring, -turns)
            continue
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


def limit(turns):
    def main():
        yield there_here.send(-turns)

    ring[CAPACITY] = ring[CAPACITY + 1] = 0
    sched.run_until(sched.spawn(main()))
    return lambda: fill(ring, turns)


other.spawn(consumer())
worker.start()
harness.compare(
    "cross-core channel, an item",
    board=64,
    most=20000,
    threads=True,
    tickslot=ours,
    limit=limit,
)
worker.stop()
worker.join(2000)
