# covers: problem:2989
"""#2989: a 10 ms sleep takes 407 ms beside busy tasks. With a priority it is one slice late."""

import check
import tickslot

SLICE = 5
clock = tickslot.ManualClock()


def lateness(policy, priority):
    """The most by which a 10 ms sleeper is late, beside ten tasks that hold on for 5 ms each."""
    sched = tickslot.Scheduler(11, clock=clock, policy=policy)
    worst = [0]

    def busy():
        while not sleeper.done():
            clock.advance(SLICE)
            yield

    def sleeps():
        for offset in range(100):
            clock.advance(offset % 3)  # so that the deadlines fall within slices
            due = clock() + 10
            yield sched.sleep_ms(10)
            worst[0] = max(worst[0], clock() - due)

    sleeper = sched.spawn(sleeps(), priority=priority)
    if isinstance(policy, tickslot.EarliestDeadline):
        policy.deadline(sleeper, SLICE)
    for _ in range(10):
        sched.spawn(busy())
    sched.run_until(sleeper)
    sched.run()
    return worst[0]


# Without one it waits for each of the others once, and no more.
check.true(10 < lateness(None, 0) <= 10 * SLICE, "round robin")
check.true(lateness(tickslot.Priorities(), 7) <= SLICE, "priority")
check.true(lateness(tickslot.EarliestDeadline(), 0) <= SLICE, "earliest deadline")
print("OK")
