# covers: problem:1158
"""micropython-lib#1158, micropython-rotary#14: "schedule queue full". A burst of 1,000 posts.

All are delivered, or counted: none is lost in silence, whatever the size of the signal's own ring.
"""

import check
import tickslot

POSTS = 1000


def burst(capacity, waiters, at_once):
    """Post them `at_once` at a time: what was delivered and what was dropped."""
    sched = tickslot.Scheduler(waiters + 1, clock=tickslot.ManualClock())
    signal = tickslot.Signal(sched, capacity, name="encoder")
    got = []

    def waits():
        while (yield signal.wait(100)) is not tickslot.TIMEOUT:
            got.append(1)

    def posts():  # as an interrupt would: between two turns
        posted = 0
        while posted < POSTS:
            for _ in range(at_once):
                if signal.set(posted):
                    kept[0] += 1
                posted += 1
            yield
            yield

    kept = [0]
    for _ in range(waiters):
        sched.spawn(waits())
    sched.spawn(posts())
    sched.run()
    check.equal(len(got) + signal.dropped, POSTS, "delivered and dropped")
    check.equal((len(got), len(signal)), (kept[0], 0))
    return signal.dropped


check.equal(burst(1000, 1, 1000), 0)
check.equal(burst(8, 1, 1000), 992)
check.equal(burst(8, 3, 1000), 992)
check.equal(burst(64, 3, 4), 0)  # the bell is heard within 8 turns
burst(1, 1, 4)

# In order, to the one that has waited the longest.
sched = tickslot.Scheduler(2, clock=tickslot.ManualClock())
signal = tickslot.Signal(sched, 3)
log = []


def waits(name):
    for _ in range(2):
        log.append((name, (yield signal)))


sched.spawn(waits("a"))
sched.spawn(waits("b"))
while sched.poll_once():
    pass
for value in (10, 20, 30):
    signal.set(value)
check.equal(len(signal), 3)
sched.poll_once()
signal.set(40)
sched.run()
check.equal(log, [("a", 10), ("b", 20), ("a", 30), ("b", 40)])
signal.set(5)
signal.clear()
check.equal(len(signal), 0)

# Producers of one signal: each keeps and counts its own, and none starves another.
sched = tickslot.Scheduler(2, clock=tickslot.ManualClock())
signal = tickslot.Signal(sched, 2)
floods = signal.producer(1000)
other = signal.producer()
for value in range(POSTS + 5):
    check.same(floods.set(value), value < POSTS)
for value in (5001, 5002, 5003):
    other.set(value)
signal.set(7001)
check.equal((len(floods), len(other), len(signal)), (POSTS, 2, POSTS + 3))
check.equal((floods.dropped, other.dropped, signal.dropped), (5, 1, 6))
log.clear()


def takes_all():
    while (yield signal.wait(0)) is not tickslot.TIMEOUT:
        log.append(1)


def takes_six():
    for _ in range(6):
        log.append((yield signal))


sched.run_until(sched.spawn(takes_six()))
check.equal(log, [7001, 0, 5001, 1, 5002, 2])
log.clear()
sched.run_until(sched.spawn(takes_all()))
check.equal((len(log), len(signal)), (POSTS - 3, 0))
other.set(1)
signal.set(1)
signal.clear()
check.equal(len(signal), 0)
for capacity in (0, -1, 1 << 16):
    check.raises(ValueError, "posts", signal.producer, capacity)
    check.raises(ValueError, "posts", tickslot.Signal, sched, capacity)
print("OK")
