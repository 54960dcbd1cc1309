# needs: threads, time
# also: unfrozen
"""Jobs of a pool allocate nothing: spawned, stolen, injected, joined, too late and in time.

One thread drives both schedulers, so that each step can be proven alone; the last part does it
once more on two threads, sealed.
"""

import gc
import sys

import check
import tickslot


# A pool: two workers of this one thread, so that what is spawned is the second's, and the first
# steals it.
def pool_of(jobs, slots=2):
    clock = tickslot.ManualClock()
    main = tickslot.Scheduler(8, clock=clock)
    pool = tickslot.Pool(1, jobs=jobs, slots=slots, main=main)
    return pool, pool.schedulers, [0]


def counts(count):
    count[0] += 1
    return count


def joins(pool, sched, count, worker=None):
    while True:
        job = pool.spawn(counts, count, worker)
        yield job.join(sched)
        yield pool.spawn(abs, -1, 0).join(sched, 0)  # it has not ended by then
        yield job.join(sched, 50)  # it has
        job.wait(0)
        count[0] += job.done() - job.cancelled() + pool.here() + pool.ran_by(0)


for worker in (None, 0, 1):
    pool, scheds, count = pool_of(8)
    scheds[0].spawn(joins(pool, scheds[0], count, worker))
    check.schedulers_allocate_nothing("jobs for worker %r" % (worker,), scheds, count, advance=1)


def spawns():
    for _ in range(4):
        pool.spawn(counts, count)
    count[0] += pool.spawned - pool.ran >= pool.errors + pool.cancelled


pool, scheds, count = pool_of(40)
check.schedulers_allocate_nothing("jobs that nobody joins", scheds, count, also=spawns)
check.true(pool.stolen > 0 and pool.parked > 0, "stolen and parked")
pool, scheds, count = pool_of(40)
pool._idents[0] = pool._idents[1] = -1  # whose thread this is, nobody knows


def injects():
    spawns()
    pool._idents[0] = pool._idents[1] = -1


check.schedulers_allocate_nothing("jobs from outside", scheds, count, also=injects)
check.true(pool.injected > 0, "injected")


# On two threads, both sealed.
N = 100 if sys.platform == "rp2" else 1000
main = tickslot.Scheduler(8)
pool = tickslot.Pool(1, jobs=8, slots=2, main=main, sealed=True)
used = [0, 0]


def program():
    for i in range(N + 10):
        if i == 10:
            used[0] = gc.mem_alloc()
        first = pool.spawn(abs, -1)
        second = pool.spawn(abs, -1, 1)
        yield pool.spawn(abs, -1).join(main, 60000)
        yield first.join(main)
        yield second.join(main)
    used[1] = gc.mem_alloc()


pool.start()
task = main.spawn(program())
gc.collect()
gc.disable()
main.run_until(task, sealed=True)
gc.enable()
check.equal(used[1] - used[0], 0, "bytes of %d jobs on two threads" % (3 * N))
check.equal((pool.errors, pool.spawned), (0, 3 * N + 30))
check.true(pool.ran_by(1) > N, "the other thread took part")
check.same(pool.stop(), True)
print("OK")
