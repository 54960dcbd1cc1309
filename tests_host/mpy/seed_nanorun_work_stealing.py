# needs: threads
"""An unbalanced load is evened out, and the counter shows that it was by stealing."""

import sys
import time

import check
import tickslot

board = sys.platform == "rp2"
main = tickslot.Scheduler(12)
pool = tickslot.Pool(1 if board else 3, jobs=64, main=main, sealed=board)
workers = len(pool.schedulers)
JOBS = 40
done = bytearray(JOBS)
WORK_MS = 3


def work(index):
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < WORK_MS:
        if not board:
            tickslot.port.wait_1ms()  # a desktop may have fewer cores than this has workers
    done[index] += 1
    return index


def unbalanced():
    """All the work is spawned by one job, into its own worker's queue."""
    jobs = [pool.spawn(work, index) for index in range(JOBS)]
    for job in jobs:
        yield job.join(main)


def program():
    yield pool.spawn(unbalanced(), worker=0).join(main)


pool.start()
before = time.ticks_ms()
main.run_until(main.spawn(program()))
took = time.ticks_diff(time.ticks_ms(), before)
check.equal(bytes(done), b"\x01" * JOBS, "each ran once")
shares = [pool.ran_by(worker) for worker in range(workers)]
print("shares", shares, "stolen", pool.stolen, "ms", took)
check.true(pool.stolen > 0, "nothing was stolen")
check.equal(sum(shares), JOBS + 1)
check.true(max(shares) <= 2 * (JOBS + 1) // workers + 2, "it did not end balanced")
check.true(took < JOBS * WORK_MS, "it took as long as on one")
check.equal((pool.spawned, pool.injected, pool.errors), (JOBS + 1, 0, 0))
check.same(pool.stop(), True)
print("OK")
