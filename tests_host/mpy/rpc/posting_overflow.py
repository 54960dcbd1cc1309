"""What becomes of a request that finds its service full: rejected, waiting for room, or in place
of the oldest.
"""

import check
import tickslot
from tickslot.core.channel import BLOCK, DROP_OLDEST

clock = tickslot.ManualClock()
here = tickslot.Scheduler(8, clock=clock)
other = tickslot.Scheduler(4, clock=clock)
there = tickslot.Scheduler(4, clock=clock)
got = []
handled = []


def keeps(arg):
    handled.append(arg)
    if arg == "kept":
        return tickslot.LATER
    return arg


def asks(client, arg, timeout_ms=None):
    try:
        got.append((arg, (yield client.call(0, arg, timeout_ms))))
    except tickslot.Cancelled:
        got.append((arg, "Cancelled"))


def turns(*scheds):
    for _ in range(6):
        for sched in scheds or (here, other, there):
            sched.poll_once()


def results():
    turns()
    found = sorted(got, key=lambda item: item[0])
    order = [arg for arg, _ in got]
    got.clear()
    return found, order


# -- BLOCK: a call waits for room, first come, first served; two clients on two schedulers
service = tickslot.Service(there, {0: keeps, 1: tickslot.TAKEN}, requests=1, overflow=BLOCK)
mine = tickslot.Client(here, service)
its = tickslot.Client(other, service)
service.start()
for arg in "abc":
    here.spawn(asks(mine, arg))
turns(here)
check.equal((service.accepted, service.held, handled), (1, 1, []))
other.spawn(asks(its, "d"))
turns(other)
check.equal(results()[1], ["a", "b", "c", "d"])
check.equal((service.accepted, service.refused, service.high_water), (4, 0, 1))

# Its deadline, a cancel and `stop` end the wait, and such a request was never made.
handled.clear()
check.equal(mine.post(1, "taken"), True)
turns()
first = here.spawn(asks(mine, "cancelled"))
here.spawn(asks(mine, "timed out", 10))
here.spawn(asks(mine, "in time", 30))
other.spawn(asks(its, "e", 30))
turns()
check.same(mine.post(0, "a post cannot wait"), tickslot.FULL)
check.same(mine.call_back(0, "nor can a callback", handled.append), tickslot.FULL)
first.cancel()
clock.advance(10)
turns()
check.equal(got, [("cancelled", "Cancelled"), ("timed out", tickslot.TIMEOUT)])
got.clear()
service.reply(service.ticket(service.next_pending()))
check.equal(results()[0], [("e", "e"), ("in time", "in time")])
check.equal(sorted(handled), ["e", "in time"])
check.equal((service.free, service.held, service.refused), (1, 0, 2))
mine.post(1)
turns()
here.spawn(asks(mine, "g"))
other.spawn(asks(its, "h"))
turns()
service.stop()
check.equal(results()[0], [("g", tickslot.STOPPED), ("h", tickslot.STOPPED)])
check.equal((service.free, here.tasks(), other.tasks()), (1, [], []))
service.start()


# Room that comes in the same turn as the deadline is for the next; a caller on the service's own
# scheduler waits as well.
near = tickslot.Client(there, service)
mine.post(1)
turns()
here.spawn(asks(mine, "late", 10))
there.spawn(asks(near, "near"))
turns()
ticket = service.ticket(service.next_pending())
clock.advance(10)
service.reply(ticket)
check.equal(results()[0], [("late", tickslot.TIMEOUT), ("near", "near")])
check.equal((service.free, service.held), (1, 0))

# -- DROP_OLDEST: the one that has waited the longest ends with FULL
service = tickslot.Service(there, {0: keeps}, requests=5, queue=2, overflow=DROP_OLDEST)
mine = tickslot.Client(here, service)
its = tickslot.Client(other, service)
service.start()
called_back = []
here.spawn(asks(mine, "a"))
other.spawn(asks(its, "b"))
turns(here, other)
check.equal(type(mine.call_back(0, "c", called_back.append)), int)
here.spawn(asks(mine, "d"))
turns(here, other)
check.equal(sorted(arg for arg, reply in got if reply is tickslot.FULL), ["a", "b"])
got.clear()
check.same(its.post(0, "e"), True)
turns(here, other)
check.equal(called_back, [tickslot.FULL])
handled.clear()
check.equal(results()[0], [("d", "d")])
check.equal(handled, ["d", "e"])
check.equal((service.accepted, service.replies(), service.replies(tickslot.FULL)), (5, 2, 3))
check.equal((service.free, service.held, service.refused), (5, 0, 0))
# What a handler has in hand is not dropped: then the new one is rejected.
mine.post(0, "kept")
mine.post(0, "kept")
turns()
check.same(mine.post(0, "f"), tickslot.FULL)
check.equal((service.refused, service.replies(tickslot.FULL)), (1, 3))



def made(overflow):
    tickslot.Service(here, {}, overflow=overflow)


check.raises(ValueError, "overflow is one of", made, "drop")
check.raises(ValueError, "more requests=", made, DROP_OLDEST)


# Nothing of it allocates.
def rounds(overflow, queue):
    sched = tickslot.Scheduler(6, clock=clock)
    far = tickslot.Scheduler(2, clock=clock)
    service = tickslot.Service(far, {0: abs}, requests=4, queue=queue, overflow=overflow)
    client = tickslot.Client(sched, service)
    count = [0]

    def caller():
        while True:
            yield client.call(0, -1, 100)
            count[0] += 1
            yield

    def step():
        before = count[0]
        for _ in range(4):
            sched.poll_once()
        for _ in range(2):
            far.poll_once()
            sched.poll_once()
        clock.advance(1)
        if count[0] == before:
            raise AssertionError("nothing was done")

    service.start()
    for _ in range(4):
        sched.spawn(caller())
    check.allocates_nothing(step, overflow)
    check.equal((sched.errors, far.errors), (0, 0))
    return service


rounds(BLOCK, 1)
check.true(rounds(DROP_OLDEST, 2).replies(tickslot.FULL), "nothing was dropped")
print("OK")
