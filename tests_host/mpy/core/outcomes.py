"""Expected outcomes are values, one object each, told apart with `is`; they say their names."""

import check
import tickslot

NAMES = ("TIMEOUT", "CLOSED", "FULL", "EMPTY", "REJECTED")
values = [getattr(tickslot, name) for name in NAMES]
for i, value in enumerate(values):
    check.equal(repr(value), NAMES[i])
    for j, other in enumerate(values):
        check.equal(value is other, i == j)
    check.true(value, "%s is false" % NAMES[i])

# Exceptions are misuse: each is a class of its own, of the kind that a user expects.
check.true(issubclass(tickslot.SlotsFull, RuntimeError), "SlotsFull")
check.true(issubclass(tickslot.Deadlock, RuntimeError), "Deadlock")
check.true(issubclass(tickslot.AllocationError, MemoryError), "AllocationError")
check.true(issubclass(tickslot.Cancelled, BaseException), "Cancelled")
check.true(not issubclass(tickslot.Cancelled, Exception), "Cancelled is an Exception")

# Every outcome that a program must expect comes as a value, and nothing is raised or counted.
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock)
channel = sched.channel(1)


def long():
    yield sched.sleep_ms(1000)


def outcomes():
    task = sched.spawn(long())
    yield
    return [
        (yield channel.recv(timeout_ms=1)),
        (yield channel.send("fills it")),
        (yield channel.send("x", timeout_ms=1)),
        channel.try_send("x"),
        (yield task.join(timeout_ms=1)),
        (yield channel.recv()),
        channel.try_recv(),
        channel.close(),
        (yield channel.recv()),
        (yield channel.send("x")),
        channel.try_send("x"),
    ]


TIMEOUT, CLOSED, _, EMPTY, _ = values
got = sched.run_until(sched.spawn(outcomes()))
wanted = [TIMEOUT, True, TIMEOUT, False, TIMEOUT, "fills it", EMPTY, None, CLOSED, CLOSED, False]
check.equal(len(got), len(wanted))
for i, value in enumerate(wanted):
    check.same(got[i], value, "outcome %d" % i)
check.equal(sched.errors, 0)
print("OK")
