"""Start a task that returns at once, and wait for its result.

Everybody's generators are made beforehand: making one is the caller's own. In one round there are
few, because where many blocks are taken one after the other, the Unix port's allocator searches its
heap from the start each time, and asyncio's figure would be that search.
limit: `yield from` the generator.
"""

import asyncio

import harness
import tickslot


def job():
    return 1
    yield


async def coroutine_job():
    return 1


def ours(turns):
    sched = tickslot.Scheduler(slots=2)
    jobs = [job() for _ in range(turns)]

    def main():
        for generator in jobs:
            yield sched.spawn(generator).join()

    sched.spawn(main())
    return sched.run


def theirs(turns):
    jobs = [coroutine_job() for _ in range(turns)]

    async def main():
        for coroutine in jobs:
            await asyncio.create_task(coroutine)

    asyncio.new_event_loop()
    main_task = main()
    return lambda: asyncio.run(main_task)


def limit(turns):
    jobs = [job() for _ in range(turns)]

    def main():
        for generator in jobs:
            yield from generator

    return lambda: list(main())


harness.compare("spawn and join", most=500, tickslot=ours, asyncio=theirs, limit=limit)
