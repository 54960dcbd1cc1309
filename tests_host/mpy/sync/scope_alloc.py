# also: unfrozen
"""Every wait for a scope's members, who end or do not, with no byte allocated."""

import check
import tickslot


def scope(sched, count):
    scope = tickslot.Scope(sched, 2)

    def waits():
        while True:
            yield scope.join_all(1)
            yield scope.join_next(0)
            yield scope.race(1, 0)
            yield scope.race(2, 0)
            yield scope.close()
            count[0] += 1

    return (waits(),)


check.operations_allocate_nothing("scope", scope)


# Members that end: their generators are made beforehand.
def member():
    yield
    return "result"


def scope_round(what, times, wait, sealed=False):
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())
    scope = tickslot.Scope(sched, 3)
    rounds = 2 * check.ROUNDS + 8
    fresh = [member() for _ in range(3 * rounds)]
    count = [0]

    def waits():
        place = 0
        while place < len(fresh):
            for _ in range(3):
                scope.spawn(fresh[place])
                place += 1
            for _ in range(times):
                yield wait(scope)
            yield scope.close()
            count[0] += 1

    def a_round():
        before = count[0]
        while count[0] == before:
            sched.poll_once()

    sched.spawn(waits())
    if sealed:
        sched.run(sealed=True)
        check.equal(count[0], rounds)
    else:
        check.allocates_nothing(a_round, what)
    check.equal(sched.errors, 0)


scope_round("join_all", 1, lambda scope: scope.join_all())
scope_round("join_next", 4, lambda scope: scope.join_next())
scope_round("a race that all win", 1, lambda scope: scope.race(3))
# A cancel makes its exception, but not in a sealed run: there a byte would be an error.
scope_round("race", 1, lambda scope: scope.race(), True)
scope_round("close", 0, None, True)
print("OK")
