"""Sizes and uses that make no sense: each is refused, with a sentence that names the fix."""

import check
import tickslot

sched = tickslot.Scheduler(2, clock=tickslot.ManualClock(), watchers=1)

for kind, sizes, words in (
    (tickslot.PriorityChannel, (0, -1, 1 << 16), "1 to 65535"),
    (tickslot.Signal, (0, -1, 1 << 16), "1 to 65535"),
    (tickslot.Scope, (0, -1, 256), "1 to 255"),
    (tickslot.Barrier, (0, -1), "1 task or more"),
    (tickslot.Semaphore, (-1, 1 << 30), "permits"),
    (tickslot.Trace, (0, 1, (1 << 20) + 1), "records"),
):
    for size in sizes:
        check.raises(ValueError, words, kind, sched, size)
for capacity in (0, 1 << 22):
    check.raises(ValueError, "items", tickslot.PubSub(sched, capacity).subscribe)
check.raises(ValueError, "watchers", tickslot.Scheduler, 1, None, None, 1, None, 4, 4, -1)
check.raises(ValueError, "watchers", tickslot.Scheduler, 1, None, None, 1, None, 4, 4, 16384)

# Releasing what is not held.
check.raises(RuntimeError, "does not hold", tickslot.Lock(sched).release)
check.raises(RuntimeError, "released more", tickslot.Semaphore(sched, 1, limit=1).release)

# Selecting over nothing, over what cannot be selected, over more than there is room for.
event = tickslot.Event(sched)
check.raises(ValueError, "over nothing", sched.select)
check.raises(TypeError, "cannot select", sched.select, tickslot.Scope(sched, 1))
check.raises(ValueError, "watchers=", sched.select, event, tickslot.Event(sched))

# An operation outside of a task.
for operation in (event.wait, tickslot.Lock(sched).acquire, tickslot.Barrier(sched, 2).wait):
    check.raises(RuntimeError, "outside of a task", operation, 5)
    operation()  # without a timeout it sets nothing
check.raises(AttributeError, "no 'Evnt'", lambda: tickslot.Evnt)


# A timeout that is none.
def waits(timeout_ms):
    yield event.wait(timeout_ms)


for timeout_ms, kind in ((-1, ValueError), (1 << 36, ValueError), (1.5, TypeError)):
    check.raises(kind, "", sched.run_until, sched.spawn(waits(timeout_ms)))
print("OK")
