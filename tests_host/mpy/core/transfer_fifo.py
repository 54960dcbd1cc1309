"""FIFO items and FIFO waiters on both sides, handed over directly, whatever mix of calls."""

import check
import tickslot

sched = tickslot.Scheduler(8, clock=tickslot.ManualClock())
log = []


def drain():
    while sched.poll_once():
        pass


def receiver(name, channel):
    log.append((name, (yield channel.recv())))


def sender(item, channel):
    yield channel.send(item)
    log.append((item, "sent"))


# Receivers that wait are served in the order in which they came.
channel = sched.channel(2)
for name in "abc":
    sched.spawn(receiver(name, channel))
drain()
for item in (1, 2):
    check.same(channel.try_send(item), True)
check.equal(len(channel), 0, "items that went straight to a receiver and into the buffer as well")
sched.spawn(sender(3, channel))
drain()
check.equal(log, [("a", 1), ("b", 2), ("c", 3), (3, "sent")])

# A receiver that comes while an item is under way does not overtake.
log.clear()
sched.spawn(receiver("first", channel))
drain()
channel.try_send("x")
sched.spawn(receiver("second", channel))
channel.try_send("y")
drain()
check.equal(log, [("first", "x"), ("second", "y")])

# Senders that wait are served in the order in which they came, behind what is in the buffer.
log.clear()
for item in range(1, 6):
    sched.spawn(sender(item, channel))
drain()
check.equal(log, [(1, "sent"), (2, "sent")])
check.equal(len(channel), 2)
check.same(channel.try_send(6), False, "overtaking senders that wait")
check.equal([channel.try_recv() for _ in range(3)], [1, 2, 3])
drain()
check.equal(log[2:], [(3, "sent"), (4, "sent"), (5, "sent")])
check.equal([channel.try_recv(), channel.try_recv()], [4, 5])
check.same(channel.try_recv(), tickslot.EMPTY)

# Capacity 1 to many: the places go round.
for capacity in (1, 2, 3, 7):
    channel = sched.channel(capacity)
    expected = 0
    item = 0
    for burst in (capacity, 1, capacity, capacity // 2 + 1, capacity) * 3:
        for _ in range(burst):
            if channel.try_send(item):
                item += 1
        for _ in range(burst):
            got = channel.try_recv()
            if got is not tickslot.EMPTY:
                check.equal(got, expected)
                expected += 1
    while channel.try_recv() is not tickslot.EMPTY:
        expected += 1
    check.equal(expected, item)

# Any object is an item, also None, False and the values of the package.
channel = sched.channel(4)
for item in (None, False, 0, tickslot.TIMEOUT):
    check.same(channel.try_send(item), True)
for item in (None, False, 0, tickslot.TIMEOUT):
    check.same(channel.try_recv("default"), item)


def both():
    for item in (None, False, 0, (), tickslot.EMPTY):
        check.same((yield channel.send(item)), True)
        check.same((yield channel.recv()), item)
    return "done"


check.equal(sched.run_until(sched.spawn(both())), "done")
check.equal(channel.high_water, 4)
print("OK")
