"""A sleep's deadline is fixed when the call is made; late, never early; equal ones in order."""

import check
import tickslot

time = [0]


def clock():
    return time[0]


sched = tickslot.Scheduler(4, clock=clock)
woke = []


def works_first():
    operation = sched.sleep_ms(100)
    time[0] += 40  # work between the call and the yield
    yield operation
    woke.append(time[0])


def step_until(end):
    while time[0] < end:
        while sched.poll_once():
            pass
        time[0] += 1


sched.spawn(works_first())
step_until(200)
check.equal(woke, [100])


# Equal deadlines wake in the order in which they were armed, whenever that was.
def sleeper(name, delay, ms):
    yield sched.sleep_ms(delay)
    yield sched.sleep_ms(ms)
    woke.append(name)


woke.clear()
start = time[0]
sched.spawn(sleeper("third", 70, 30))
sched.spawn(sleeper("first", 10, 90))
sched.spawn(sleeper("second", 40, 60))
step_until(start + 99)
check.equal(woke, [])
step_until(start + 102)
check.equal(woke, ["first", "second", "third"])

# Late by what the others' turns take, and then the next one is not early either.
woke.clear()


def naps():
    for _ in range(3):
        start = time[0]
        yield sched.sleep_ms(10)
        woke.append(time[0] - start)


def hog():
    for _ in range(5):
        time[0] += 7
        yield


sched.spawn(naps())
sched.spawn(hog())
step_until(time[0] + 100)
check.true(all(10 <= slept <= 24 for slept in woke) and len(woke) == 3, "slept %r" % woke)


# sleep() is in ticks, sleep_until() takes the clock's own value, and the past is now.
def by_ticks():
    yield sched.sleep(10)
    woke.append(time[0])
    yield sched.sleep_until(time[0] + 10)
    woke.append(time[0])
    yield sched.sleep_until(time[0])
    yield sched.sleep_until(time[0] - 50)
    woke.append(time[0])


woke.clear()
sched.spawn(by_ticks())
start = time[0]
step_until(start + 30)
check.equal(woke, [start + 10, start + 20, start + 20])
print("OK")
