"""How much faster a pool of two cores (threads, on the Unix port) ends work than one core does.

The jobs only count: no waiting, no garbage. Most of two is 2.
"""

import time

import harness
import tickslot
from tickslot.pool import Pool

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


if not harness.PROFILE:
    sched = tickslot.Scheduler(slots=10)
    pool = Pool(1, jobs=JOBS, main=sched)
    pool.start()
    together()  # both cores are there
    ratios = sorted([elapsed(alone) / elapsed(together) for _ in range(ROUNDS)])
    harness.value("pool, two cores", "times as fast", True, tickslot=ratios[ROUNDS // 2])
    pool.stop()
