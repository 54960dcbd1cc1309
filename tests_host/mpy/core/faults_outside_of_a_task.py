# covers: async:spawn_outside
"""An operation outside of a running task is an error that names the fix."""

import check
import tickslot

sched = tickslot.Scheduler(2, clock=tickslot.ManualClock())
channel = sched.channel(1)
FIX = ("outside of a task", "spawn()")

check.raises(RuntimeError, FIX, sched.sleep_ms, 5)
check.raises(RuntimeError, FIX, sched.sleep_ms, 0)
check.raises(RuntimeError, FIX, sched.sleep, 5)
check.raises(RuntimeError, FIX, sched.sleep_until, 5)
check.raises(RuntimeError, FIX, sched.yield_now)
check.raises(RuntimeError, FIX, channel.recv, 5)
check.raises(RuntimeError, FIX, channel.send, 1, 5)
check.same(channel.try_recv(), tickslot.EMPTY, "what the failed send left")

# In a plain function that the scheduler calls it is the same.
errors = []
sched.on_error = lambda task, error: errors.append(error)
sched.call_soon(sched.sleep_ms, 5)
sched.call_later(5, lambda _: channel.recv(timeout_ms=5))
sched.run()
check.equal(len(errors), 2)
for error in errors:
    check.equal(type(error), RuntimeError)
    check.says(error, *FIX)


# The other scheduler's operation is outside of its tasks.
def strays(other):
    yield other.sleep_ms(5)


sched.spawn(strays(tickslot.Scheduler(1, clock=sched.clock)))
sched.run()
check.says(errors.pop(), *FIX)

# Nothing stays behind: spawning from outside works, and so do the operations inside.
done = []


def fine():
    yield channel.send("x")
    yield sched.sleep_ms(5)
    done.append((yield channel.recv()))


sched.spawn(fine())
sched.run()
check.equal((done, sched.clock()), (["x"], 10))
print("OK")
