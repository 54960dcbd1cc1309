# needs: time
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


pool._idents[0] = -1  # the program spawns from outside, though on the same thread
for index in range(3):
    pool.spawn(outsider, index)
pool._idents[0] = 0


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
check.raises(ValueError, "1 at least", tickslot.Pool, 0)
check.raises(ValueError, "thread(s) beside the main one", tickslot.Pool, 1000)
print("OK")
