# needs: threads
# covers: nanorun:work_stealing
"""An unbalanced load is evened out, and the counter shows that it was by stealing."""

import sys

import check
import tickslot

board = sys.platform == "rp2"
main = tickslot.Scheduler(12)
pool = tickslot.Pool(1 if board else 3, jobs=64, slots=2, main=main, sealed=board)
workers = len(pool.schedulers)
JOBS = 40
LEAST = JOBS // workers // 2  # how many each worker is to run
done = bytearray(JOBS)
begun = bytearray(workers)


def work(index):
    """Ends when every worker has begun as many, up to LEAST: none may stay without work."""
    worker = pool.here()
    begun[worker] += 1
    wanted = min(begun[worker], LEAST)
    while min(begun) < wanted:
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
main.run_until(main.spawn(program()))
check.equal(bytes(done), b"\x01" * JOBS, "each ran once")
shares = [pool.ran_by(worker) for worker in range(workers)]
print("shares", shares, "stolen", pool.stolen)
check.equal(sum(shares), JOBS + 1)
check.true(min(shares) >= LEAST, "it ended balanced")
check.true(pool.stolen >= (workers - 1) * LEAST, "what the others ran was stolen")
check.equal((pool.spawned, pool.injected, pool.errors), (JOBS + 1, 0, 0))
check.same(pool.stop(), True)
print("OK")
