"""Two tasks hand values to one another.

ping-pong   there and back: over two channels; two asyncio Events. limit: the same four calls, of
            functions that do nothing, and the four resumes of two tasks in their carriers (see
            harness.py) that a value is sent to
throughput  an item from one task to another through a channel of that capacity. asyncio has no
            queue: its peer is a bounded one such as its users write, a list and two Events. Neither
            gives up its turn while there is room, or an item. limit: a generator gives the items to
            a loop.
"""

import asyncio

import harness
import micropython
import tickslot


def ping_pong(turns):
    sched = tickslot.Scheduler(slots=2)
    there = sched.channel(1)
    back = sched.channel(1)

    def ping():
        for _ in range(turns):
            yield there.send(1)
            yield back.recv()

    def pong():
        for _ in range(turns):
            yield there.recv()
            yield back.send(1)

    sched.spawn(ping())
    sched.spawn(pong())
    return sched.run


class Nothing:
    """Has a channel's calls, which do nothing."""

    def __init__(self):
        @micropython.native
        def send(item, timeout_ms=None):
            return self

        @micropython.native
        def recv(timeout_ms=None):
            return self

        self.send = send
        self.recv = recv


def calls_alone(turns):
    there = Nothing()
    back = Nothing()

    def player():
        for _ in range(turns):
            yield there.send(1)
            yield back.recv()

    ping = harness.carrier(player())
    pong = harness.carrier(player())
    return lambda: harness.alternate(ping.send, pong.send, True, 2 * turns)


def throughput(capacity):
    def prepare(turns):
        sched = tickslot.Scheduler(slots=2)
        channel = sched.channel(capacity)

        def producer():
            for _ in range(turns):
                yield channel.send(1)

        def consumer():
            for _ in range(turns):
                yield channel.recv()

        sched.spawn(producer())
        sched.spawn(consumer())
        return sched.run

    return prepare


class Queue:
    def __init__(self, capacity):
        self._items = []
        self._capacity = capacity
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    async def put(self, item):
        while len(self._items) == self._capacity:
            self._emptied.clear()
            await self._emptied.wait()
        self._items.append(item)
        self._filled.set()

    async def get(self):
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        self._emptied.set()
        return self._items.pop(0)


def queue_throughput(capacity):
    def prepare(turns):
        async def producer():
            for _ in range(turns):
                await queue.put(1)

        async def main():
            task = asyncio.create_task(producer())
            for _ in range(turns):
                await queue.get()
            await task

        asyncio.new_event_loop()
        queue = Queue(capacity)
        main_task = main()
        return lambda: asyncio.run(main_task)

    return prepare


def generator_throughput(turns):
    def producer():
        for _ in range(turns):
            yield 1

    def run():
        for _ in producer():
            pass

    return run


harness.compare(
    "channel ping-pong",
    tickslot=ping_pong,
    asyncio=harness.event_ping_pong,
    limit=calls_alone,
)
for capacity in (1, 16, 256):
    harness.compare(
        "channel of %d, an item" % capacity,
        board=max(32, 2 * capacity),
        headline=capacity == 16,
        tickslot=throughput(capacity),
        asyncio=queue_throughput(capacity),
        limit=generator_throughput,
    )
