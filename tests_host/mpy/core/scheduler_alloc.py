# also: unfrozen
"""What the scheduler says and does besides, with no byte allocated: steps, time, who runs."""

import check
import tickslot

clock = tickslot.ManualClock(start=(1 << 30) - 1000)
sched = tickslot.Scheduler(2, clock=clock)


def idle():
    if sched.poll_once() or sched.run() is not None:
        raise AssertionError("there was work")
    if sched.current is not None or sched.errors or sched.now() != clock():
        raise AssertionError("what it says of itself")
    sched.switches  # noqa: B018
    clock.advance(0)
    clock.advance(1)
    clock.advance((1 << 30) - 1)
    clock.advance(300)


check.allocates_nothing(idle, "an idle scheduler")

# The clock goes on under tasks that wait: expiring, and finding nothing due.
count = [0]


def sleeps(ms):
    while True:
        yield sched.sleep_ms(ms)
        count[0] += 1
        if sched.current.name != "task" or sched.current.done():
            raise AssertionError("who runs")


sched.spawn(sleeps(7), "task")
sched.spawn(sleeps(100000), "task")
check.tasks_allocate_nothing(sched, count, "a clock that goes on", steps=3, advance=8)


def miss():
    if sched.poll_once():
        raise AssertionError("there was work")


while sched.poll_once():
    pass
check.allocates_nothing(miss, "poll_once with every task asleep")

# A step at a time, and in a burst.
sched = tickslot.Scheduler(3, clock=clock)


def gives():
    while True:
        count[0] += 1
        yield


sched.spawn(gives())
sched.spawn(gives())
check.tasks_allocate_nothing(sched, count, "poll_once", steps=2)


def hundred():
    for _ in range(100):
        yield


fresh = [hundred() for _ in range(2 * 50 + 3)]
place = [0]


def burst():
    sched.run_until(sched.spawn(fresh[place[0]]))
    place[0] += 1


check.allocates_nothing(burst, "run_until beside busy tasks", rounds=50)
print("OK")
