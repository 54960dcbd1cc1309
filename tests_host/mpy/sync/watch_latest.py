"""A reader of a Watch gets the value that is the latest when its task runs, however it waited."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT


def settle(sched):
    while sched.poll_once():
        pass


def case(observed, policy):
    sched = tickslot.Scheduler(6, clock=tickslot.ManualClock(), policy=policy, watchers=2)
    if observed:
        tickslot.Trace(sched, 64)
    watch = tickslot.Watch(sched)
    got = []

    def reads(reader, timeout_ms=None):
        try:
            got.append((yield reader.changed(timeout_ms)))
            got.append((yield reader.changed(0)))
        except tickslot.Cancelled:
            got.append("Cancelled")

    def after(*values):
        for value in values:
            watch.set(value)
        settle(sched)
        result = got[:]
        got.clear()
        return result

    # It waits, and is woken by the first.
    reader = watch.reader()
    sched.spawn(reads(reader))
    settle(sched)
    check.equal(after("old", "newer", "latest"), ["latest", TIMEOUT])

    # It need not wait, but others run first: they set it again.
    def sets():
        watch.set("in between")
        yield

    watch.set("there")
    sched.spawn(reads(reader))
    sched.spawn(sets())
    check.equal(after(), ["in between", TIMEOUT])

    # Its deadline has come before the first, or between two.
    sched.spawn(reads(reader, 5))
    settle(sched)
    sched.clock.advance(5)
    check.equal(after(1, 2), [2, TIMEOUT])
    sched.spawn(reads(reader, 5))
    settle(sched)
    watch.set(3)
    sched.clock.advance(5)
    check.equal(after(4), [4, TIMEOUT])

    # It is cancelled once it was told: the latest all the same, and then Cancelled.
    task = sched.spawn(reads(reader))
    settle(sched)
    watch.set(5)
    task.cancel()
    check.equal(after(6), [6, "Cancelled"])

    # Two that share a reader, and one with a reader of its own; one that comes when they were told.
    own = watch.reader()
    check.equal((own.latest(), own.latest()), (6, 6))
    for reads_it in (reader, reader, own):
        sched.spawn(reads(reads_it))
    settle(sched)
    watch.set(7)
    sched.spawn(reads(reader, 0))
    check.equal(after(8), [8, 8, 8, TIMEOUT, TIMEOUT, TIMEOUT, TIMEOUT, TIMEOUT])

    # One that waits alone, and one that selects, in their order.
    choice = sched.select(reader, own)

    def selects():
        yield choice
        got.append((choice.index, choice.value))

    sched.spawn(reads(reader))
    settle(sched)
    sched.spawn(selects())
    settle(sched)
    sched.spawn(reads(reader))
    settle(sched)
    check.equal(after(9, 10), [10, (0, 10), 10, TIMEOUT, TIMEOUT])
    check.equal((own.latest(), sched.errors, sched.tasks()), (10, 0, []))


for observed in (False, True):
    case(observed, None)
    case(observed, tickslot.Priorities())
print("OK")
