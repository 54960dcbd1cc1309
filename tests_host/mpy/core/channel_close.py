"""close(): nothing more goes in, receivers drain what is there and then get CLOSED."""

import check
import tickslot

CLOSED = tickslot.CLOSED
sched = tickslot.Scheduler(8, clock=tickslot.ManualClock())
log = []


def drain():
    while sched.poll_once():
        pass


def receiver(channel, timeout=None):
    while True:
        item = yield channel.recv(timeout_ms=timeout)
        log.append(item)
        if item is CLOSED or item is tickslot.TIMEOUT:
            return


def sender(channel, item, timeout=None):
    log.append((item, (yield channel.send(item, timeout_ms=timeout))))


# What is in it comes out first.
channel = sched.channel(3)
for item in "abc":
    channel.try_send(item)
check.same(channel.closed, False)
channel.close()
check.same(channel.closed, True)
check.same(channel.try_send("d"), False)
sched.spawn(receiver(channel))
sched.run()
check.equal(log, ["a", "b", "c", CLOSED])
check.same(channel.try_recv(), tickslot.EMPTY)
channel.close()  # twice is no error

# Receivers that wait are told at once, all of them, in order.
log.clear()
channel = sched.channel(1)
for timeout in (None, 100, None):
    sched.spawn(receiver(channel, timeout))
drain()
channel.close()
drain()
check.equal(log, [CLOSED] * 3)
sched.run()
check.equal(sched.clock(), 0)

# Senders that wait are told at once, and keep their item; what was in goes on to come out.
log.clear()
channel = sched.channel(1)
for item, timeout in (("in", None), ("x", None), ("y", 100)):
    sched.spawn(sender(channel, item, timeout))
drain()
channel.close()
drain()
check.equal(log, [("in", True), ("x", CLOSED), ("y", CLOSED)])
sched.spawn(sender(channel, "late"))
drain()
check.equal(log[-1], ("late", CLOSED))
check.equal((channel.try_recv(), channel.try_recv()), ("in", tickslot.EMPTY))


# From inside a task that has other things to do, and beside a timeout of the same tick.
def closer(channel):
    yield sched.sleep_ms(10)
    channel.close()
    log.append("closed it")


log.clear()
channel = sched.channel(1)
sched.spawn(closer(channel))
sched.spawn(receiver(channel, 10))
sched.run()
check.equal(log, ["closed it", CLOSED])

# A drop-oldest channel closes as well.
channel = sched.channel(1, overflow="drop-oldest")
channel.try_send(1)
channel.close()
check.same(channel.try_send(2), False)
check.equal((channel.try_recv(), channel.dropped), (1, 0))
print("OK")
