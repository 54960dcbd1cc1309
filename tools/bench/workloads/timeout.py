"""Wait for something for so many milliseconds.

hit   another task hands a value over in time: a channel; asyncio.wait_for_ms around Event.wait.
      The other task's turn is part of the figure, everybody's. limit: the same two calls, of
      functions that do nothing, but that the one with a timeout reads the clock, and the two
      resumes of tasks in their carriers (see harness.py) that a value is sent to.
miss  nobody does, and the time, driven by hand, runs out.
"""

import asyncio
import time

import harness
import micropython
import tickslot


def receiver(channel, turns):
    for _ in range(turns):
        yield channel.recv(1000)


def sender(channel, turns):
    for _ in range(turns):
        yield channel.send(1)


def hit(turns):
    sched = tickslot.Scheduler(slots=2)
    channel = sched.channel(1)
    sched.spawn(receiver(channel, turns))
    sched.spawn(sender(channel, turns))
    return sched.run


class Nothing:
    """Has a channel's calls, which do nothing but to take the time."""

    def __init__(self):
        clock = time.ticks_ms

        @micropython.viper
        def within(ms) -> int:
            return int(clock()) + int(ms)

        @micropython.native
        def recv(timeout_ms=None, _within=within):
            if timeout_ms is not None:
                _within(timeout_ms)
            return self

        @micropython.native
        def send(item, timeout_ms=None):
            return self

        self.recv = recv
        self.send = send


def calls_alone(turns):
    channel = Nothing()
    one = harness.carrier(receiver(channel, turns))
    other = harness.carrier(sender(channel, turns))
    return lambda: harness.alternate(one.send, other.send, True, turns)


def asyncio_hit(turns):
    wanted = asyncio.Event()
    event = asyncio.Event()

    async def setter():
        for _ in range(turns):
            await wanted.wait()
            wanted.clear()
            event.set()

    async def main():
        task = asyncio.create_task(setter())
        for _ in range(turns):
            wanted.set()
            await asyncio.wait_for_ms(event.wait(), 1000)
            event.clear()
        await task

    asyncio.new_event_loop()
    main_task = main()
    return lambda: asyncio.run(main_task)


def miss(turns):
    sched = tickslot.Scheduler(slots=1, clock=tickslot.ManualClock())
    channel = sched.channel(1)

    def receiver():
        for _ in range(turns):
            yield channel.recv(1)

    sched.spawn(receiver())
    return sched.run


def asyncio_miss(turns):
    event = asyncio.Event()

    async def main():
        for _ in range(turns):
            try:
                await asyncio.wait_for_ms(event.wait(), 1)
            except asyncio.TimeoutError:
                pass

    clock = harness.HandClock()
    main_task = main()
    return lambda: clock.run(main_task)


harness.compare(
    "timeout that hits", board=128, tickslot=hit, asyncio=asyncio_hit, limit=calls_alone
)
harness.compare("timeout that misses", board=128, tickslot=miss, asyncio=asyncio_miss)
