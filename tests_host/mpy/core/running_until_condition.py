# covers: ato:until_condition
"""Stepping the scheduler by hand until a flag is set."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock)
flag = [False]
turns = [0]


def sets_it():
    yield sched.sleep_ms(25)
    flag[0] = True
    yield sched.sleep_ms(1000)


def counts():
    while True:
        turns[0] += 1
        yield sched.sleep_ms(10)


sched.spawn(sets_it())
sched.spawn(counts())
steps = 0
while not flag[0]:
    if not sched.poll_once():
        clock.advance(1)
    steps += 1
    check.true(steps < 100, "the flag is never set")
check.equal((clock(), turns[0]), (25, 3))
check.equal(len(sched.tasks()), 2)  # and they are where they were
while turns[0] < 5:
    if not sched.poll_once():
        clock.advance(1)
check.equal(clock(), 40)
print("OK")
