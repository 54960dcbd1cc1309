# also: unfrozen
"""call_soon and call_later, called and cancelled in each state, with no byte allocated."""

import check
import tickslot

sched = tickslot.Scheduler(1, clock=tickslot.ManualClock(), calls=3, handles=1)
clock = sched.clock
count = [0]


def counts(number):
    count[0] += number


def drain():
    while sched.poll_once():
        pass


def soon():
    sched.call_soon(counts, 1)
    sched.call_soon(counts, 2)
    sched.call_later(0, counts, 3)
    drain()
    if count[0] != 6:
        raise AssertionError(count[0])
    count[0] = 0


def later():
    sched.call_later(1, counts, 1)
    sched.call_later(100, counts, 2)
    sched.call_later(5000, counts, 3)
    drain()
    clock.advance(1)
    drain()
    clock.advance(4999)
    drain()
    if count[0] != 6:
        raise AssertionError(count[0])
    count[0] = 0


def run():
    sched.call_later(1000, counts, 1)
    sched.run()
    if count[0] != 1:
        raise AssertionError(count[0])
    count[0] = 0


def cancelled():
    asleep = sched.call_later(1000, counts, 1)
    ready = sched.call_soon(counts, 1)
    due = sched.call_later(1, counts, 1)
    clock.advance(1)
    if not (asleep.cancel() and ready.cancel() and due.cancel()):
        raise AssertionError("there was something to cancel")
    drain()
    if asleep.cancel() or not ready.done() or not due.done() or count[0]:
        raise AssertionError("they were cancelled")


for step in (soon, later, run, cancelled):
    check.allocates_nothing(step, "calls")
print("OK")
