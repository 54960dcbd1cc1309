# needs: time
# covers: nanorun:injector_budget
"""A worker that never runs dry takes from the injector within 61 turns (one, deterministic)."""

import check
import tickslot

main = tickslot.Scheduler(4)
pool = tickslot.Pool(0, jobs=16, slots=1, main=main)
turns = []


def endless(index):
    """Each spawns its successor into its own worker's queue, which is never empty."""
    turns.append("local")
    if len(turns) < 400:
        pool.spawn(endless, index)


def outsider(index):
    turns.append(index)


for index in range(3):
    pool.spawn(outsider, index)  # from outside: no worker runs yet
check.equal(pool.injected, 3)


def first():
    for _ in range(4):
        pool.spawn(endless, 0, worker=None)
    yield


def program():
    yield pool.spawn(first(), worker=0).join(main)
    while len(turns) < 300:
        yield


main.run_until(main.spawn(program()))
places = [turns.index(index) for index in range(3)]
print("turns at which the injector was looked at:", places)
check.true(places[0] <= 61, "the first within 61 turns")
check.true(places[1] - places[0] <= 61 and places[2] - places[1] <= 61, "and each next one")

# Nor do pinned jobs that go on for ever keep the local ones out.
turns.clear()
main = tickslot.Scheduler(4)
pool = tickslot.Pool(0, jobs=16, slots=1, main=main)


def pinned(index):
    turns.append("pinned")
    if len(turns) < 200:
        pool.spawn(pinned, index, worker=0)


def starts():
    pool.spawn(pinned, 0, worker=0)
    pool.spawn(outsider, 7)
    yield


def second_program():
    yield pool.spawn(starts()).join(main)
    while len(turns) < 200:
        yield


main.run_until(main.spawn(second_program()))
check.true(turns.index(7) <= 61, "a local job within 61 turns")
print("OK")
