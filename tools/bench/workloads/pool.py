"""A job of a pool, and how much faster two cores (threads, on the Unix port) end work than one.

That work only counts: no waiting, no garbage. Most of two is 2. Its jobs are spawned and joined by
one task, whose time is part of it.
"""

import time

import harness
import tickslot
from tickslot.cores.pool import Pool

JOBS = 16
LOOPS = 2000 if harness.BOARD else 100000
ROUNDS = 1 if harness.BOARD else 7


def count(loops):
    for _ in range(loops):
        pass
    return loops


def elapsed(run):
    begin = time.ticks_us()
    run()
    return time.ticks_diff(time.ticks_us(), begin)


def alone():
    for _ in range(JOBS):
        count(LOOPS)


def together():
    sched.run_until(sched.spawn(main()))


def main():
    jobs = [pool.spawn(count, LOOPS) for _ in range(JOBS)]
    for job in jobs:
        yield job.join(sched)


def one_core(turns):
    def main():
        for _ in range(turns):
            yield alone_pool.spawn(abs, -1).join(alone_sched)

    task = alone_sched.spawn(main())
    return lambda: alone_sched.run_until(task)


alone_sched = tickslot.Scheduler(slots=3)
alone_pool = Pool(0, jobs=2, slots=1, main=alone_sched)
harness.compare("pool, spawn and join, one core", headline=False, tickslot=one_core)

if not harness.PROFILE:
    sched = tickslot.Scheduler(slots=10)
    pool = Pool(1, jobs=JOBS, main=sched)
    pool.start()
    together()  # both cores are there
    ratios = sorted([elapsed(alone) / elapsed(together) for _ in range(ROUNDS)])
    harness.value("pool, two cores", "times as fast", True, tickslot=ratios[ROUNDS // 2])
    pool.stop()
