"""A clock that stands still, goes back, or jumps beyond half its period: late, never early."""

import check
import tickslot

PERIOD = 1 << 10
time = [0]


def clock():
    return time[0] % PERIOD


def fresh():
    time[0] = 0
    return tickslot.Scheduler(3, clock=clock, period=PERIOD)


def sleeper(sched, ticks, woke):
    yield sched.sleep(ticks)
    woke.append(time[0])


def drain(sched):
    while sched.poll_once():
        pass


# It stands still: nobody wakes, and tasks that do not wait for it go on.
sched = fresh()
woke = []
turns = [0]


def busy():
    for _ in range(100):
        turns[0] += 1
        yield


sched.spawn(sleeper(sched, 1, woke))
sched.spawn(busy())
drain(sched)
check.equal((turns[0], woke), (100, []))
time[0] += 1
drain(sched)
check.equal(woke, [1])

# It goes back, once and again, and comes by where it was: the sleep is as long as ever, or longer.
sched = fresh()
woke = []
time[0] = 500
sched.spawn(sleeper(sched, 100, woke))
drain(sched)
for back in (499, 450, 100, 590, 400, 599):
    time[0] = back
    drain(sched)
    check.equal(woke, [], "at %d" % back)
time[0] = 600
drain(sched)
check.equal(woke, [600])

# A sleep that begins while the clock is back is measured from where the clock was, at the worst.
sched = fresh()
woke = []
time[0] = 500
sched.spawn(sleeper(sched, 50, woke))
drain(sched)
time[0] = 480
sched.spawn(sleeper(sched, 10, woke))
drain(sched)
for now in range(480, 600):
    time[0] = now
    drain(sched)
check.equal(len(woke), 2)
check.true(490 <= woke[0] <= 510 and woke[1] == 550, "woke at %r" % woke)

# It jumps by more than half its period: that cannot be told from going back.  Late, never early.
sched = fresh()
woke = []
sched.spawn(sleeper(sched, 700, woke))
drain(sched)
time[0] = 699
drain(sched)
check.equal(woke, [])  # no early wake
while not woke:
    time[0] += 1
    drain(sched)
    check.true(time[0] <= 700 + PERIOD, "it never wakes")
check.true(woke[0] >= 700, "it woke early, at %d" % woke[0])

# By less than half: all that came due is served, in order.
sched = fresh()
woke = []
sched.spawn(sleeper(sched, 30, woke))
sched.spawn(sleeper(sched, 10, woke))
sched.spawn(sleeper(sched, 511, woke))
drain(sched)
time[0] = 511
drain(sched)
check.equal(woke, [511, 511, 511])
print("OK")
