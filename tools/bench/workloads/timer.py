"""Set a timer and cancel it, while so many others run: `call_later` and `cancel`. Flat, or not.

asyncio has no timers but sleeping tasks: its peer is its own queue of them, which is in C, without
the task that each of them takes. Each call slot of tickslot's has its generator, made beforehand.
"""

import time
from asyncio.core import Task, TaskQueue

import harness
import tickslot


def ignore(_):
    pass


def ours(timers):
    def prepare(turns):
        sched = tickslot.Scheduler(slots=1, calls=timers, clock=tickslot.ManualClock())
        for number in range(1, timers):
            sched.call_later(7 * number, ignore)

        def run():
            for _ in range(turns):
                sched.call_later(500, ignore).cancel()

        return run

    return prepare


def theirs(timers):
    def prepare(turns):
        queue = TaskQueue()
        start = time.ticks_ms()
        for number in range(1, timers):
            queue.push(Task(None), time.ticks_add(start, 7 * number))
        task = Task(None)

        def run():
            for _ in range(turns):
                queue.push(task, time.ticks_add(start, 500))
                queue.remove(task)

        return run

    return prepare


for timers in (10, 100, 1000):
    harness.compare(
        "timer set and cancel, %d" % timers,
        headline=timers == 100,
        tickslot=ours(timers),
        asyncio=theirs(timers),
    )
