# needs: threads, time
# also: unfrozen
"""A channel between two schedulers: hit, miss, full, empty, timeout, closed, with 0 bytes."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT


def two():
    clock = tickslot.ManualClock()
    return tickslot.Scheduler(6, clock=clock), tickslot.Scheduler(6, clock=clock)


def ends(capacity):
    scheds = two()
    channel = tickslot.CrossChannel(capacity)
    return scheds, channel, channel.on(scheds[0]), channel.on(scheds[1]), [0]


def sends(end, item, timeout=None):
    while True:
        yield end.send(item, timeout)


def receives(end, count, timeout=None):
    while True:
        if (yield end.recv(timeout)) is not TIMEOUT:
            count[0] += 1


for capacity in (1, 3):
    scheds, channel, here, there, count = ends(capacity)
    scheds[0].spawn(sends(here, count))
    scheds[0].spawn(sends(here, count, 50))
    scheds[1].spawn(receives(there, count))
    scheds[1].spawn(receives(there, count, 50))
    what = "a cross-core channel of %d" % capacity
    check.schedulers_allocate_nothing(what, scheds, count, advance=1)


def gives_up(operation, count):
    while True:
        if (yield operation(0)) is TIMEOUT and (yield operation(1)) is TIMEOUT:
            count[0] += 1


scheds, channel, here, there, count = ends(1)
scheds[0].spawn(gives_up(here.recv, count))
check.schedulers_allocate_nothing("an empty one", scheds, count, advance=2)
scheds, channel, here, there, count = ends(1)
check.same(channel.try_send(count), True)
scheds[0].spawn(gives_up(lambda ms: here.send(count, ms), count))
check.schedulers_allocate_nothing("a full one", scheds, count, advance=2)
scheds, channel, here, there, count = ends(2)


def tries():
    done = channel.try_send(count) and channel.try_send(count) and not channel.try_send(count)
    done = done and len(channel) == 2 == channel.high_water
    while channel.try_recv(None) is not None:
        pass
    count[0] += done and channel.try_recv() is tickslot.EMPTY


check.schedulers_allocate_nothing("tries", scheds, count, also=tries)
channel.try_send(count)
channel.close()


def closed(end, count):
    while True:
        if (yield end.recv()) is tickslot.CLOSED and (yield end.send(1)) is tickslot.CLOSED:
            count[0] += 1


scheds[1].spawn(closed(there, count))
check.schedulers_allocate_nothing("a closed one", scheds, count, also=channel.close)
print("OK")
