"""Wait for something for so many milliseconds.

hit   another task hands a value over in time: a channel; asyncio.wait_for_ms around Event.wait.
      The other task's turn is part of the figure, everybody's.
miss  nobody does, and the time, driven by hand, runs out.
"""

import asyncio

import harness
import tickslot


def hit(turns):
    sched = tickslot.Scheduler(slots=2)
    channel = sched.channel(1)

    def receiver():
        for _ in range(turns):
            yield channel.recv(1000)

    def sender():
        for _ in range(turns):
            yield channel.send(1)

    sched.spawn(receiver())
    sched.spawn(sender())
    return sched.run


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


harness.compare("timeout that hits", board=128, tickslot=hit, asyncio=asyncio_hit)
harness.compare("timeout that misses", board=128, tickslot=miss, asyncio=asyncio_miss)
