"""Tasks that sleep for 1 tick each, under a clock that is driven by hand: one sleep and wake.

The clock jumps on when every task sleeps: tickslot's ManualClock does, and asyncio's is made to.
"""

import asyncio

import harness
import tickslot


def ours(sleepers):
    def sleeper(sched, turns):
        for _ in range(turns):
            yield sched.sleep_ms(1)

    def prepare(turns):
        sched = tickslot.Scheduler(slots=sleepers, clock=tickslot.ManualClock())
        for _ in range(sleepers):
            sched.spawn(sleeper(sched, turns))
        return sched.run

    return prepare


def theirs(sleepers):
    async def sleeper(turns):
        for _ in range(turns):
            await asyncio.sleep_ms(1)

    async def main(tasks, turns):
        await sleeper(turns)
        for task in tasks:
            await task

    def prepare(turns):
        clock = harness.HandClock()
        tasks = [asyncio.create_task(sleeper(turns)) for _ in range(sleepers - 1)]
        main_task = main(tasks, turns)
        return lambda: clock.run(main_task)

    return prepare


for sleepers in (8, 32, 128):
    harness.compare(
        "sleep, %d sleepers" % sleepers,
        per=sleepers,
        board=8 * sleepers,
        headline=sleepers == 32,
        tickslot=ours(sleepers),
        asyncio=theirs(sleepers),
    )
