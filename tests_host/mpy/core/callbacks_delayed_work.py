# covers: async:timers_delayed_work
"""Delayed and periodic jobs, cancelled before they start, between turns, and for good."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock)
log = []


def note(what):
    log.append((what, clock()))


# Delayed, and cancelled in time.
kept = sched.call_later(10, note, "kept")
dropped = sched.call_later(10, note, "dropped")
check.equal((kept.done(), dropped.done()), (False, False))
check.same(dropped.cancel(), True)
check.same(dropped.done(), True)
check.same(dropped.cancel(), False, "cancelling it again")
sched.run()
check.equal(log, [("kept", 10)])
check.equal((kept.done(), kept.cancel()), (True, False))

# Cancelled when it is due already, and its turn has not come.
log.clear()
soon = sched.call_soon(note, "soon")
check.same(soon.cancel(), True)
sched.run()
check.equal((log, soon.done()), ([], True))

# Nothing that was cancelled lingers: the slot is free, and no time passes for it.
for _ in range(100):
    sched.call_later(100000, note, "never").cancel()
sched.run()
check.equal((log, clock()), ([], 10))


# Periodic, cancelled from outside between two turns.
def periodic(ms):
    interval = sched.interval(ms)
    try:
        while True:
            yield interval
            note(ms)
    finally:
        note("cleaned up")


job = sched.spawn(periodic(100))
sched.call_later(250, lambda job: job.cancel(), job)
sched.run()
check.equal(log, [(100, 10), (100, 110), (100, 210), ("cleaned up", 260)])

# A call that cancels another that is due at the same tick.
log.clear()
calls = []
sched.call_later(5, lambda _: calls[0].cancel())
calls.append(sched.call_later(5, note, "victim"))
sched.run()
check.equal(log, [])
print("OK")
