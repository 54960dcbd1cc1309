"""Wait for the first of four channels, and receive from it. asyncio has nothing for that.

limit: the same two tasks with one channel and a plain `recv`.
"""

import harness
import tickslot
import tickslot.sync.select  # what makes this workload possible


def ours(turns):
    sched = tickslot.Scheduler(slots=2, watchers=4)
    channels = [sched.channel(1) for _ in range(4)]
    choice = sched.select(*channels)

    def receiver():
        for _ in range(turns):
            yield choice.wait()
            choice.value  # noqa: B018  taken, as a program would

    def sender():
        for turn in range(turns):
            yield channels[turn & 3].send(1)

    sched.spawn(receiver())
    sched.spawn(sender())
    return sched.run


def limit(turns):
    sched = tickslot.Scheduler(slots=2)
    channel = sched.channel(1)

    def receiver():
        for _ in range(turns):
            yield channel.recv()

    def sender():
        for _ in range(turns):
            yield channel.send(1)

    sched.spawn(receiver())
    sched.spawn(sender())
    return sched.run


harness.compare("select over 4", tickslot=ours, limit=limit)
