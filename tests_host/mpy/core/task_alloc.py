# also: unfrozen
# covers: ato:no_alloc
"""Spawn, end, join and run, with no byte allocated.

The generators are made beforehand: they are the caller's.
"""

import check
import tickslot

check.skip_above_small_addresses()

TIMEOUT = tickslot.TIMEOUT
ROUNDS = check.ROUNDS


def prove(what, make, step):
    """Prove `step(sched, generators, i)`, with a fresh generator of `make` each time."""
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), handles=2)
    fresh = [make(sched) for _ in range(2 * ROUNDS + 3)]
    place = [0]

    def a_round():
        i = place[0]
        step(sched, fresh, i)
        place[0] = i + 1

    check.allocates_nothing(a_round, what)
    check.equal(place[0], len(fresh), what + ": generators used")
    check.equal((sched.errors, sched.tasks()), (0, []), what + ": what is left")


def drain(sched):
    while sched.poll_once():
        pass


def ends(sched):
    yield
    return "result"


def sleeps(sched):
    yield sched.sleep_ms(1000)


def spawn_and_end(sched, fresh, i):
    task = sched.spawn(fresh[i], "name")
    drain(sched)
    if not task.done() or task.name != "name" or sched.current is not None:
        raise AssertionError("it has not ended")
    if task.take() != "result":
        raise AssertionError("its result")


def spawn_and_drop(sched, fresh, i):
    sched.spawn(fresh[i], name="name", priority=3)
    drain(sched)


def run(sched, fresh, i):
    sched.spawn(fresh[i])
    sched.run()


def run_sealed(sched, fresh, i):
    sched.spawn(fresh[i])
    sched.run(sealed=True)


def run_until(sched, fresh, i):
    if sched.run_until(sched.spawn(fresh[i])) != "result":
        raise AssertionError("its result")


prove("spawn, end, take", ends, spawn_and_end)
prove("spawn, end, detached", ends, spawn_and_drop)
prove("run", ends, run)
prove("run, sealed", ends, run_sealed)
prove("run_until", ends, run_until)
prove("run, with a jump of the clock", sleeps, run)


# A task that spawns and joins, hit, wait and timeout.
def joining(fresh, how):
    sched, generators, count = fresh
    spawn = sched.spawn
    i = 0
    while True:
        task = spawn(generators[i])
        i += 1
        if how == "waits":
            result = yield task.join()
        elif how == "late":
            while not task.done():
                yield
            result = yield task.join()
        elif how == "in time":
            result = yield task.join(timeout_ms=50)
        elif how == "bare":
            result = yield task
        else:
            if (yield task.join(timeout_ms=0)) is not TIMEOUT:
                raise AssertionError("no timeout")
            result = yield task.join(timeout_ms=1)
            if result is TIMEOUT:
                result = yield task.join()
        if result != ("slow" if how == "timeout" else "result"):
            raise AssertionError(result)
        count[0] += 1


def slow(sched):
    yield sched.sleep_ms(3)
    return "slow"


for how in ("waits", "late", "in time", "bare", "timeout"):
    sched = tickslot.Scheduler(2, clock=tickslot.ManualClock(), handles=1)
    count = [0]
    make = slow if how == "timeout" else ends
    generators = [make(sched) for _ in range(2 * ROUNDS * 4 + 20)]
    sched.spawn(joining((sched, generators, count), how))
    check.tasks_allocate_nothing(
        sched, count, "join, " + how, steps=8, advance=4 if how == "timeout" else 0
    )
    check.true(count[0] < len(generators), "the generators ran out")
print("OK")
