"""Two tasks wake one another, there and back, each by an Event."""

import asyncio

import harness
import tickslot
from tickslot.event import Event


def ours(turns):
    sched = tickslot.Scheduler(slots=2)
    there = Event(sched)
    back = Event(sched)

    def ping():
        for _ in range(turns):
            there.set()
            yield back.wait()
            back.clear()

    def pong():
        for _ in range(turns):
            yield there.wait()
            there.clear()
            back.set()

    sched.spawn(ping())
    sched.spawn(pong())
    return sched.run


def theirs(turns):
    asyncio.new_event_loop()
    there = asyncio.Event()
    back = asyncio.Event()

    async def pong():
        for _ in range(turns):
            await there.wait()
            there.clear()
            back.set()

    async def main():
        task = asyncio.create_task(pong())
        for _ in range(turns):
            there.set()
            await back.wait()
            back.clear()
        await task

    main_task = main()
    return lambda: asyncio.run(main_task)


harness.compare("event ping-pong", tickslot=ours, asyncio=theirs)
