# covers: ato:round_robin
"""Tasks run in spawn order, a waiting one goes to the tail, and a live one never loses its place.

In the original a task that spawns while every other slot is full is lost: it is off the ready
queue while it runs, and the new one has taken its place there.
"""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
log = []


def turns(name, count):
    for i in range(count):
        log.append(name + str(i))
        yield


for name in "abcd":
    sched.spawn(turns(name, 3))
sched.run()
check.equal(" ".join(log), "a0 b0 c0 d0 a1 b1 c1 d1 a2 b2 c2 d2")

# One that waits gives up its place, and comes back at the tail.
log.clear()
channel = sched.channel(1)


def waits():
    log.append("waits")
    log.append((yield channel.recv()))


def sends():
    yield
    yield channel.send("item")
    log.append("sent")
    yield
    log.append("sends ends")


sched.spawn(waits())
sched.spawn(sends())
sched.spawn(turns("x", 3))
sched.run()
check.equal(log, ["waits", "x0", "x1", "item", "sent", "x2", "sends ends"])

# Spawning with every slot taken but one's own, at each turn of a busy scheduler.
log.clear()
refused = 0


def parent():
    global refused
    for i in range(20):
        try:
            sched.spawn(turns("child", 2))
        except tickslot.SlotsFull:
            refused += 1
        log.append(i)
        yield


for _ in range(3):
    sched.spawn(turns("x", 20))
sched.spawn(parent())
sched.run()
check.equal([entry for entry in log if type(entry) is int], list(range(20)))
check.equal(log.count("x19"), 3)
check.equal(refused, 20)  # its own slot is no free one
print("OK")
