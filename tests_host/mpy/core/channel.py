# covers: ato:channels
"""Many producers and consumers: each item to one receiver, FIFO; a full channel leaves the item."""

import check
import tickslot

sched = tickslot.Scheduler(8, clock=tickslot.ManualClock())
channel = sched.channel(2)

# try_send on a full one leaves the item with the caller.
check.same(channel.try_send("a"), True)
check.same(channel.try_send("b"), True)
check.same(channel.try_send("c"), False)
check.equal((channel.try_recv(), channel.try_recv()), ("a", "b"))
check.same(channel.try_recv(), tickslot.EMPTY)
check.same(channel.try_recv(None), None)

# Each item to one receiver, in the order of each producer.
taken = []
PRODUCERS = 3
EACH = 20


def producer(number):
    for i in range(EACH):
        yield channel.send(number * 100 + i)


def consumer(mine):
    while True:
        item = yield channel.recv()
        if item is tickslot.CLOSED:
            return
        mine.append(item)
        taken.append(item)


def closer(tasks):
    for task in tasks:
        yield task.join()
    channel.close()


producers = [sched.spawn(producer(number)) for number in range(PRODUCERS)]
piles = [[], [], []]
for pile in piles:
    sched.spawn(consumer(pile))
sched.spawn(closer(producers))
sched.run()
check.equal(sorted(taken), [n * 100 + i for n in range(PRODUCERS) for i in range(EACH)])
check.equal(sum(len(pile) for pile in piles), PRODUCERS * EACH)
check.true(all(piles), "one receiver got nothing")
for number in range(PRODUCERS):
    own = [item for item in taken if item // 100 == number]
    check.equal(own, sorted(own))

# A producer and a consumer alternate on a channel of one.
channel = sched.channel(1)
log = []


def produce():
    for i in range(4):
        yield channel.send(i)
        log.append("sent %d" % i)


def consume():
    for _ in range(4):
        log.append("got %d" % (yield channel.recv()))


sched.spawn(produce())
sched.spawn(consume())
sched.run()
order = [entry.split()[0] for entry in log]
check.equal([entry for entry in log if entry[0] == "s"], ["sent %d" % i for i in range(4)])
check.equal([entry for entry in log if entry[0] == "g"], ["got %d" % i for i in range(4)])
lead = 0
for entry in order:  # never further ahead than the place there is, and the hand-over
    lead += 1 if entry == "sent" else -1
    check.true(-1 <= lead <= 2, "they do not alternate: %r" % log)
print("OK")
