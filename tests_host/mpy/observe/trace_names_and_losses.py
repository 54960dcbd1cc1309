"""A line of a trace never has another task's name; what was not recorded is counted."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(1, clock=clock, calls=0, handles=1)


def once():
    yield


def texts(trace):
    return [line.split(" ", 1)[1] for line in trace.lines()]


# One slot, two handles, four tasks: the first was there before the trace, the last lives.
sched.spawn(once(), name="first")
trace = tickslot.Trace(sched, 32)
sched.run()
for name in ("second", "third"):
    sched.spawn(once(), name=name)
    sched.run()
sched.spawn(once(), name="fourth")
sched.poll_once()
check.equal(texts(trace), [
    "yield first", "end first",
    "spawn #0", "yield #0", "end #0",
    "spawn third", "yield third", "end third",
    "spawn fourth", "yield fourth",
])
sched.run()
check.equal(texts(trace), ["end fourth"])

# Where records are lost, a spawn may be among them: then the names are those of now.
trace = tickslot.Trace(sched, 4)
sched.spawn(once(), name="gone")
sched.run()
check.equal((trace.lost, trace.unread), (0, 3))


def long():
    while True:
        yield


sched.spawn(long(), name="long")
for _ in range(9):
    sched.poll_once()
check.equal(texts(trace), ["yield long"] * 4)
check.equal(trace.lost, 9)

# Of the marks of an interrupt the last is written, and the others are lost.
for value in (1, 2, 3):
    trace.mark_from_irq(value)
sched.poll_once()
check.equal(texts(trace), ["mark 3", "yield long"])
check.equal(trace.lost, 11)
trace.mark(-1)
trace.mark((1 << 30) - 1)
check.equal(texts(trace), ["mark 1073741823"] * 2)
print("OK")
