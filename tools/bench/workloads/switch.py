"""A task gives up its turn, and the next one gets it.

limit: a bytecode loop that sends to the same generators. Of the carried tasks, as all are that can
end, it is a loop in viper that resumes their generators in carriers: see harness.py.
"""

import asyncio

import harness
import micropython
import tickslot


def limit(tasks):
    def prepare(turns):
        generators = [harness.for_ever() for _ in range(tasks)]

        def run():
            for _ in range(turns):
                for generator in generators:
                    generator.send(None)

        return run

    return prepare


def limit_carried(tasks):
    def prepare(turns):
        carriers = [harness.carrier(harness.for_ever()) for _ in range(tasks)]
        return lambda: resume(carriers, turns)

    return prepare


@micropython.viper
def resume(carriers, turns: int):
    for _ in range(turns):
        for carrier in carriers:
            for value in carrier:  # noqa: B007
                break


def ours(tasks, endless=False):
    def prepare(turns):
        sched = tickslot.Scheduler(slots=tasks)
        return harness.switching(sched, tasks, turns, endless)

    return prepare


def theirs(tasks):
    async def for_ever():
        while True:
            await asyncio.sleep_ms(0)

    async def main(turns):
        for _ in range(turns):
            await asyncio.sleep_ms(0)

    def prepare(turns):
        asyncio.new_event_loop()
        for _ in range(tasks - 1):
            asyncio.create_task(for_ever())
        main_task = main(turns)
        return lambda: asyncio.run(main_task)

    return prepare


for tasks in (2, 8, 32, 128):
    harness.compare(
        "switch, %d tasks" % tasks,
        per=tasks,
        board=1024,
        headline=tasks == 8,
        tickslot=ours(tasks),
        asyncio=theirs(tasks),
        limit=limit(tasks),
    )
harness.compare(
    "switch, 8 endless tasks",
    per=8,
    board=1024,
    headline=False,
    tickslot=ours(8, True),
    limit=limit(8),
)
harness.compare(
    "switch, 8 carried tasks",
    per=8,
    board=1024,
    headline=False,
    tickslot=ours(8),
    limit=limit_carried(8),
)
