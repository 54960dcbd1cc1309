"""Have a plain function called in its turn. asyncio's way is a task; the limit is to call it."""

import asyncio

import harness
import tickslot


def ignore(_):
    pass


async def coroutine(_):
    pass


def ours(turns):
    sched = tickslot.Scheduler(slots=1)

    def main():
        for _ in range(turns):
            sched.call_soon(ignore, 1)
            yield

    sched.spawn(main())
    return sched.run


def theirs(turns):
    async def main():
        for _ in range(turns):
            asyncio.create_task(coroutine(1))
            await asyncio.sleep_ms(0)

    asyncio.new_event_loop()
    main_task = main()
    return lambda: asyncio.run(main_task)


def limit(turns):
    def main():
        for _ in range(turns):
            ignore(1)
            yield

    def run():
        for _ in main():
            pass

    return run


harness.compare("call_soon", tickslot=ours, asyncio=theirs, limit=limit)
