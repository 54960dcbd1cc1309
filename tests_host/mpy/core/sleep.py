# covers: ato:sleep
"""Sleeping by a time function of the user's: equality fires, a clock that goes back never early."""

import check
import tickslot

# One that adds 10 ms a call, as in the original.
time = 0


def clock():
    global time
    time += 10
    return time


sched = tickslot.Scheduler(2, clock=clock)
woke = []


def sleeper(ms):
    start = time + 10  # what sleep_ms will be told
    yield sched.sleep_ms(ms)
    woke.append(time - start)


for ms in (10, 100, 105):
    sched.spawn(sleeper(ms))
    sched.run()
for i, ms in enumerate((10, 100, 105)):
    slept = woke[i]
    check.true(ms <= slept <= ms + 40, "%d ms took %d" % (ms, slept))


# By hand: equality fires, one tick less does not.
time = 1000


def by_hand():
    return time


sched = tickslot.Scheduler(2, clock=by_hand)
woke.clear()


def naps():
    yield sched.sleep_ms(50)
    woke.append(time)


sched.spawn(naps())
sched.poll_once()
time = 1049
check.same(sched.poll_once(), False, "one tick early")
time = 1050
check.same(sched.poll_once(), True, "equality")
check.equal(woke, [1050])

# A clock that goes backwards delays: never early.
woke.clear()
sched.spawn(naps())
sched.poll_once()
for time in (1099, 900, 0, 1, 500, 1099):
    check.same(sched.poll_once(), False, "the clock went back to %d" % time)
time = 1100
check.same(sched.poll_once(), True)
check.equal(woke, [1100])
print("OK")
