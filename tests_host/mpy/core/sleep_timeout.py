# covers: nanorun:timeout
"""Ready at the very deadline is a value, 0 on what is ready too; 10 ms on 60 s is TIMEOUT."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
channel = sched.channel(1)
got = []


def receive(ms):
    got.append(((yield channel.recv(timeout_ms=ms)), clock()))


def send_at(ms):
    yield sched.sleep_ms(ms)
    yield channel.send("value")


# The sender's timer is armed first, so that it is served first in the tick of the deadline.
sched.spawn(send_at(10))
sched.spawn(receive(10))
sched.run()
check.equal(got.pop(), ("value", 10))

# A deadline that was served before the value was made is a timeout, and the value is kept.
sched.spawn(receive(10))
sched.spawn(send_at(11))
sched.run()
check.equal(got.pop(), (tickslot.TIMEOUT, 20))
check.equal(channel.try_recv(), "value")

# Timeout 0: on a ready operation the value, on another TIMEOUT, both without waiting.
start = clock()
channel.try_send("ready")
sched.spawn(receive(0))
sched.spawn(receive(0))
sched.run()
check.equal(got, [("ready", start), (tickslot.TIMEOUT, start)])
got.clear()


def ends(ms):
    yield sched.sleep_ms(ms)
    return "ended"


def joins(task, ms):
    got.append(((yield task.join(timeout_ms=ms)), clock() - start))


# 10 ms on a 60 s sleep.
start = clock()
task = sched.spawn(ends(60000))
sched.spawn(joins(task, 10))
sched.run()
check.equal(got.pop(), (tickslot.TIMEOUT, 10))
check.equal(clock() - start, 60000)
check.equal(task.take(), "ended")

# A join whose task ends in time, and at the very deadline.
for ms, timeout in ((5, 10), (10, 10), (0, 0)):
    start = clock()
    task = sched.spawn(ends(ms))
    sched.spawn(joins(task, timeout))
    sched.run()
    check.equal(got.pop(), ("ended", ms))
task = sched.spawn(ends(0))
sched.run()
start = clock()
sched.spawn(joins(task, 0))
sched.run()
check.equal(got.pop(), ("ended", 0))


# Sending, into a full channel.
def send(item, ms):
    got.append((yield channel.send(item, timeout_ms=ms)))


channel.try_send("fills it")
start = clock()
sched.spawn(send("x", 10))
sched.run()
check.same(got.pop(), tickslot.TIMEOUT)
check.equal(clock() - start, 10)
check.equal((channel.try_recv(), channel.try_recv()), ("fills it", tickslot.EMPTY))
sched.spawn(send("x", 0))
sched.run()
check.same(got.pop(), True)
check.equal(channel.try_recv(), "x")
print("OK")
