# covers: async:sync_first
"""Plain functions are scheduled as they are, at once or later, without being generators."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock)
log = []


def note(what):
    log.append((what, clock()))


# In the order of the calls, in turn with tasks.
def task():
    note("task")
    yield
    note("task")


sched.call_soon(note, 1)
sched.spawn(task())
sched.call_soon(note, 2)
sched.run()
check.equal([what for what, _ in log], [1, "task", 2, "task"])

# Later: by deadline, equal ones in the order of the calls; 0 is soon.
log.clear()
sched.call_later(20, note, "c")
sched.call_later(10, note, "a")
sched.call_later(10, note, "b")
sched.call_later(0, note, "now")
sched.run()
check.equal(log, [("now", 0), ("a", 10), ("b", 10), ("c", 20)])

# The argument is None if there is none; a call may make another.
log.clear()
sched.call_soon(note)
sched.call_soon(lambda _: sched.call_later(5, note, "again"))
sched.run()
check.equal(log, [(None, 20), ("again", 25)])

# As many as there are slots for calls, apart from the tasks' own.
for i in range(4):
    sched.call_later(10, note, i)
check.raises(tickslot.SlotsFull, ("all 4 calls", "calls="), sched.call_soon, note, 5)
check.raises(tickslot.SlotsFull, ("all 4 calls", "calls="), sched.call_later, 10, note, 5)
check.equal(len([sched.spawn(task()) for _ in range(2)]), 2)
log.clear()
sched.run()
check.equal(len(log), 4 + 4)

# One that raises is reported, and ends alone; its result is nobody's.
errors = []
sched.on_error = lambda task, error: errors.append(error)
sched.call_soon(int, "no number")
log.clear()
sched.call_soon(note, "after")
sched.run()
check.equal((len(errors), type(errors[0]), log), (1, ValueError, [("after", 35)]))

# A scheduler may have no calls at all.
none = tickslot.Scheduler(1, clock=clock, calls=0)
check.raises(tickslot.SlotsFull, "calls=", none.call_soon, note)
print("OK")
