"""Start a task that returns at once, and wait for its result.

Everybody's generators are made beforehand: making one is the caller's own. In one round there are
few, because where many blocks are taken one after the other, the Unix port's allocator searches its
heap from the start each time, and asyncio's figure would be that search.
limit: the same calls, of a function and a method that do nothing, the job sent to a carrier (see
harness.py), where it runs and ends, and the parent resumed in its own, and sent the result.
"""

import asyncio

import harness
import micropython
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


class Handle:
    @micropython.native
    def join(self, timeout_ms=None):
        return self


class Nothing:
    """Has a scheduler's call, which does nothing."""

    def __init__(self):
        handle = Handle()

        @micropython.native
        def spawn(generator, name=None, priority=0, endless=False):
            return handle

        self.spawn = spawn


def calls_alone(turns):
    sched = Nothing()
    jobs = [job() for _ in range(turns)]

    def main():
        for generator in jobs:
            yield sched.spawn(generator).join()

    parent = harness.carrier(main())
    child = harness.carrier()
    return lambda: start_and_end(jobs, child.send, parent.send)


@micropython.viper
def start_and_end(jobs, send_child, send_parent):
    for generator in jobs:
        send_parent(send_child(generator))


harness.compare("spawn and join", most=500, tickslot=ours, asyncio=theirs, limit=calls_alone)
