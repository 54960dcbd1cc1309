"""A full channel: block slows the producer, drop-oldest counts; and its high-water mark."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)


def producer(channel, items, log):
    for item in range(items):
        check.same((yield channel.send(item)), True)
        log.append(clock())


def consumer(channel, items, log):
    for _ in range(items):
        yield sched.sleep_ms(10)
        log.append((yield channel.recv()))


# Block: a consumer of 10 ms an item makes the producer just as slow, and none is lost.
channel = sched.channel(2)
sent = []
got = []
sched.spawn(producer(channel, 6, sent))
sched.spawn(consumer(channel, 6, got))
sched.run()
check.equal(got, list(range(6)))
check.equal(sent, [0, 0, 10, 20, 30, 40])
check.equal((channel.high_water, channel.dropped), (2, 0))

# Drop-oldest: the producer never waits, the newest are there, and the others are counted.
channel = sched.channel(2, overflow="drop-oldest")
sent = []
got = []
start = clock()
sched.run_until(sched.spawn(producer(channel, 6, sent)))
check.equal(sent, [start] * 6)
check.equal((len(channel), channel.high_water, channel.dropped), (2, 2, 4))
check.equal([channel.try_recv(), channel.try_recv()], [4, 5])
for item in range(5):
    check.same(channel.try_send(item), True)
check.equal([channel.try_recv(), channel.try_recv()], [3, 4])
check.equal(channel.dropped, 7)
check.same(channel.try_recv(), tickslot.EMPTY)

# A receiver that waits gets the item straight: nothing is dropped.
def receiver():
    got.append((yield channel.recv()))


for item in range(3):
    sched.spawn(receiver())
    while sched.poll_once():
        pass
    channel.try_send(item)
sched.run()
check.equal((got, channel.dropped), ([0, 1, 2], 7))

# The mark is the most that was in it, not what passed through.
channel = sched.channel(8)
for count in (3, 1, 5, 2):
    for item in range(count):
        channel.try_send(item)
    for _ in range(count):
        channel.try_recv()
check.equal((channel.high_water, channel.capacity, len(channel)), (5, 8, 0))

for capacity in (0, -1, 1 << 23):
    check.raises(ValueError, "a channel holds 1 to", sched.channel, capacity)
check.raises(ValueError, '"block" or "drop-oldest"', sched.channel, 1, "drop")
print("OK")
