# covers: async:join_set
"""Join-all in declaration order, join-next, race (losers cancelled), race-n, abort-all, scope."""

import check
import tickslot

EMPTY = tickslot.EMPTY
TIMEOUT = tickslot.TIMEOUT

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
sched.on_error = lambda task, error: None
scope = tickslot.Scope(sched, 4, name="jobs")
cancelled = []


def job(value, ms, error=None):
    try:
        yield sched.sleep_ms(ms)
    except tickslot.Cancelled:
        cancelled.append(value)
        yield sched.sleep_ms(1)  # cleaning up takes its time
        raise
    if error:
        raise error
    return value


def spawn_three(error=None):
    scope.spawn(job("a", 30))
    scope.spawn(job("b", 10, error))
    scope.spawn(job("c", 20))


def run(generator):
    """Run it, with the time and the list of the cancelled anew; what it returns."""
    cancelled.clear()
    return sched.run_until(sched.spawn(generator))


def joins_all():
    spawn_three()
    results = yield scope.join_all()
    check.same(results, scope.results)
    check.equal(results, ["a", "b", "c", None])
    # It can be used again, and an error waits for the others to end.
    began = clock()
    spawn_three(ValueError("of b"))
    try:
        yield scope.join_all()
        raise AssertionError("the error of b was lost")
    except ValueError as error:
        check.equal(str(error), "of b")
    check.equal(clock() - began, 30)
    # Nothing to wait for is no wait.
    check.same((yield scope.join_all()), scope.results)
    check.equal(clock() - began, 30)


def joins_next():
    spawn_three()
    check.same((yield scope.join_next(5)), TIMEOUT)
    got = []
    for _ in range(3):
        got.append(((yield scope.join_next()), scope.last))
    check.equal(got, [("b", 1), ("c", 2), ("a", 0)])
    check.same((yield scope.join_next()), EMPTY)
    # A place is free again once its result was taken; ends that nobody awaited are kept in order.
    spawn_three()
    scope.spawn(job("d", 1))
    check.raises(tickslot.SlotsFull, "places", scope.spawn, job("e", 1))
    yield sched.sleep_ms(100)
    check.equal((yield scope.join_next()), "d")
    scope.spawn(job("e", 1))
    check.equal((yield scope.join_next()), "b")
    check.equal((yield scope.join_next()), "c")
    yield scope.close()


def races():
    began = clock()
    spawn_three()
    check.equal((yield scope.race()), "b")
    check.equal((scope.last, scope.live), (1, 0))
    check.equal(cancelled, ["a", "c"])
    check.equal(clock() - began, 11)  # the losers have cleaned up
    cancelled.clear()
    spawn_three()
    check.equal((yield scope.race(2)), [EMPTY, "b", "c", None])
    check.equal(cancelled, ["a"])
    spawn_three()
    check.equal((yield scope.race(3)), ["a", "b", "c", None])
    spawn_three(KeyError("of b"))
    try:
        yield scope.race()
        raise AssertionError("the winner's error was lost")
    except KeyError:
        pass
    check.same((yield scope.race()), EMPTY, "a race of nobody")
    check.raises(ValueError, "winner", scope.race, 0)


def aborts_all():
    spawn_three()
    yield
    scope.cancel()
    try:
        yield scope.join_all()
        raise AssertionError("they were cancelled")
    except tickslot.Cancelled:
        pass
    check.equal(sorted(cancelled), ["a", "b", "c"])


def leaves(how):
    """A task that leaves its scope by a return, an error or a cancel leaves nothing behind."""

    def inside():
        spawn_three()
        if how == "return":
            yield sched.sleep_ms(5)
            return "done"
        if how == "error":
            yield sched.sleep_ms(5)
            raise ValueError("inside")
        yield sched.sleep_ms(1000)

    def body():
        return (yield from scope.inside(inside()))

    task = sched.spawn(body())
    yield sched.sleep_ms(6)
    if how[:6] == "cancel":
        task.cancel()
    if how == "cancel twice":
        yield  # it closes its scope by now, whose members clean up
        check.equal(scope.live, 3)
        task.cancel()
    try:
        check.equal((yield task.join()), "done")
        check.equal(how, "return")
    except ValueError:
        check.equal(how, "error")
    except tickslot.Cancelled:
        check.equal(how[:6], "cancel")
    check.equal(sorted(cancelled), ["a", "b", "c"], how)
    check.equal((scope.live, len(sched.tasks())), (0, 1), how)


run(joins_all())
run(joins_next())
run(races())
run(aborts_all())
for how in ("return", "error", "cancel", "cancel twice"):
    run(leaves(how))


async def with_async():
    async with scope:
        spawn_three()
        await sched.sleep_ms(5)
    check.equal(scope.live, 0)


run(with_async())
check.equal(sorted(cancelled), ["a", "b", "c"])


# One waits at a time, and no member.
def member():
    try:
        yield scope.close()
    except RuntimeError as error:
        check.says(error, "own end")
        return "told"


def asks():
    scope.spawn(member())
    check.equal((yield scope.join_next()), "told")


run(asks())
for places in (0, -1, 256):
    check.raises(ValueError, "1 to 255", tickslot.Scope, sched, places)
print("OK")
