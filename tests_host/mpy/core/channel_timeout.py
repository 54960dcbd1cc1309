"""A send or recv that times out leaves no trace: the item is its sender's, the queue closes up."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(8, clock=clock)
channel = sched.channel(1)
log = []


def drain():
    while sched.poll_once():
        pass


def receiver(name, timeout=None):
    log.append((name, (yield channel.recv(timeout_ms=timeout))))


def sender(item, timeout=None):
    log.append((item, (yield channel.send(item, timeout_ms=timeout))))


# From the head, the middle and the tail of a queue of receivers.
for leaver in range(3):
    log.clear()
    for place in range(3):
        sched.spawn(receiver(place, 10 if place == leaver else None))
    drain()
    clock.advance(10)
    drain()
    check.equal(log, [(leaver, TIMEOUT)])
    for item in "ab":
        channel.try_send(item)
    drain()
    stayed = [place for place in range(3) if place != leaver]
    check.equal(log[1:], [(stayed[0], "a"), (stayed[1], "b")])
check.equal(len(channel), 0)

# The same for senders.
for leaver in range(3):
    log.clear()
    channel.try_send("in the way")
    for place in range(3):
        sched.spawn(sender(place, 10 if place == leaver else None))
    drain()
    clock.advance(10)
    drain()
    check.equal(log, [(leaver, TIMEOUT)])
    check.equal(channel.try_recv(), "in the way")
    stayed = [place for place in range(3) if place != leaver]
    check.equal([channel.try_recv(), channel.try_recv()], stayed)
    drain()
    check.same(channel.try_recv(), tickslot.EMPTY)
    check.equal(log[1:], [(place, True) for place in stayed])

# A timed-out one asks again, and is the last in the queue.
log.clear()


def asks_again():
    log.append(("again", (yield channel.recv(timeout_ms=5))))
    log.append(("again", (yield channel.recv(timeout_ms=50))))


sched.spawn(asks_again())
sched.spawn(receiver("other"))
drain()
clock.advance(5)
drain()
channel.try_send(1)
channel.try_send(2)
drain()
check.equal(log, [("again", TIMEOUT), ("other", 1), ("again", 2)])

# A wait that was answered leaves no timer: no time passes for it.
start = clock()
sched.spawn(receiver("answered", 100000))
drain()
channel.try_send("now")
sched.run()
check.equal(clock(), start)


# Timeouts of the same tick, in the order in which they were armed; a later one later.
log.clear()
for name, timeout in (("c", 20), ("a", 10), ("b", 10)):
    sched.spawn(receiver(name, timeout))
sched.run()
check.equal(log, [("a", TIMEOUT), ("b", TIMEOUT), ("c", TIMEOUT)])
print("OK")
