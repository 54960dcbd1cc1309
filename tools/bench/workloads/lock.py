"""Take a lock and give it back.

uncontended  one task, nobody else
contended    four tasks; who holds it yields once meanwhile
limit: the same on a `_thread` lock, which tasks cannot share: who waits for it stops its thread.
"""

import asyncio

import harness
import tickslot
from tickslot.sync.lock import Lock

TASKS = 4


def ours(tasks, switches):
    def prepare(turns):
        sched = tickslot.Scheduler(slots=tasks)
        lock = Lock(sched)

        def uncontended():
            for _ in range(turns):
                yield lock.acquire()
                lock.release()

        def contended():
            for _ in range(turns):
                yield lock.acquire()
                yield
                lock.release()

        for _ in range(tasks):
            sched.spawn(contended() if switches else uncontended())
        return sched.run

    return prepare


def theirs(tasks, switches):
    def prepare(turns):
        asyncio.new_event_loop()
        lock = asyncio.Lock()

        async def holder():
            for _ in range(turns):
                await lock.acquire()
                if switches:
                    await asyncio.sleep_ms(0)
                lock.release()

        async def main():
            others = [asyncio.create_task(holder()) for _ in range(tasks - 1)]
            await holder()
            for other in others:
                await other

        main_task = main()
        return lambda: asyncio.run(main_task)

    return prepare


def limit(turns):
    import _thread

    lock = _thread.allocate_lock()

    def run():
        for _ in range(turns):
            lock.acquire()
            lock.release()

    return run


harness.compare(
    "lock, uncontended", tickslot=ours(1, False), asyncio=theirs(1, False), limit=limit
)
harness.compare(
    "lock, %d tasks" % TASKS,
    per=TASKS,
    tickslot=ours(TASKS, True),
    asyncio=theirs(TASKS, True),
)
