# covers: async:join_set
"""What breaks the news of a member's end to its scope is nobody's fault: no task gets it."""

import check
import micropython
import tickslot

check.skip_above_small_addresses()
clock = tickslot.ManualClock()


def sleeps(ms):
    yield sched.sleep_ms(ms)
    return ms


def races(scope):
    for ms in (5, 50):
        scope.spawn(sleeps(ms))
    value = yield scope.race()
    return value


# A user's locked heap, where an exception cannot be made: the losers are cancelled all the same.
def locked():
    main = sched.spawn(races(tickslot.Scope(sched, 2)), name="main")
    for _ in range(4):
        sched.poll_once()
    micropython.heap_lock()
    try:
        for _ in range(10):
            clock.advance(1)
            sched.poll_once()
    finally:
        micropython.heap_unlock()
    check.equal((main.done(), sched.errors, sched.tasks()), (True, 0, []))
    check.equal(main.take(), 5)


# What comes from outside in that moment, such as Ctrl-C, comes out of `run`, and the slot is free.
class Interrupted(tickslot.Scope):
    def ended(self, member, outcome, raised):
        super().ended(member, outcome, raised)
        if raised == 0 and outcome == 5:
            raise KeyboardInterrupt


def interrupted():
    scope = Interrupted(sched, 2)
    main = sched.spawn(races(scope), name="main")
    check.raises(KeyboardInterrupt, "", sched.run)
    check.same(sched.current, None)
    check.equal(len(sched.tasks()), 2)
    check.equal(sched.run_until(main), 5)
    check.equal((sched.errors, sched.tasks()), (0, []))
    sched.spawn(sleeps(1))  # each slot works on
    sched.spawn(sleeps(1))
    sched.spawn(sleeps(1))
    sched.run()
    check.equal(sched.errors, 0)


for observed in (False, True):
    for policy in (False, True):
        sched = tickslot.Scheduler(3, clock=clock, policy=tickslot.Priorities() if policy else None)
        if observed:
            tickslot.Trace(sched, 16)
        locked()
        interrupted()
print("OK")
