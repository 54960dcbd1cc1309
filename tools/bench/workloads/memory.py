"""What a board's RAM holds: bytes of the heap on 32 bits, for each further slot, cell and so on.

asyncio: a task, and the object of its coroutine apart, as a slot's generator is. limit: what a
slot consists of at the least, see `parts`.
"""

import gc
from asyncio.core import Task

import harness
import tickslot
from tickslot.rpc.service import Service

FEW = 8
MANY = 72


def each(make):
    """Bytes that each thing takes of which `make(count)` makes so many."""
    used = []
    for count in (FEW, MANY):
        gc.collect()
        before = gc.mem_alloc()
        kept = make(count)
        gc.collect()
        used.append(gc.mem_alloc() - before)
        del kept
    return (used[1] - used[0]) / (MANY - FEW)


def tasks(count):
    return [Task(None) for _ in range(count)]


class Handle:
    """Says what it is for `yield`, whose it is, and keeps the result."""

    def __init__(self, node):
        self.op = 0
        self.node = node
        self.result = None


def parts(count):
    """A record of 32 bytes, a carrier (see harness.py), a handle, and references to these two and
    to the value that is handed to the task, for each of so many tasks.
    """
    carriers = [None] * count
    handles = [None] * count
    for node in range(count):
        carriers[node] = harness.carrier()
        handles[node] = Handle(node)
    return bytearray(32 * count), carriers, handles, [None] * count


def requests(count):
    sched = tickslot.Scheduler(1)
    return Service(sched, {}, requests=count)


if harness.BOARD and not harness.PROFILE:
    sched = tickslot.Scheduler(1)
    unit = "bytes of RAM"
    harness.value(
        "RAM, a task slot",
        unit,
        True,
        tickslot=each(lambda count: tickslot.Scheduler(count)),
        asyncio=each(tasks),
        limit=each(parts),
    )
    harness.value("RAM, a call slot", unit, tickslot=each(lambda n: tickslot.Scheduler(1, calls=n)))
    harness.value("RAM, a channel cell", unit, True, tickslot=each(sched.channel))
    harness.value(
        "RAM, a channel of 1",
        unit,
        tickslot=each(lambda count: [sched.channel(1) for _ in range(count)]),
    )
    harness.value("RAM, a request", unit, True, tickslot=each(requests))
