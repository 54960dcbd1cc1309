"""Two tasks wake one another, there and back, each by an Event."""

import harness
import tickslot
from tickslot.sync.event import Event


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


harness.compare("event ping-pong", tickslot=ours, asyncio=harness.event_ping_pong)
