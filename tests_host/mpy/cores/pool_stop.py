# needs: threads, time
# covers: nanorun:parking
"""`stop` accounts for every job: ended, cancelled while it ran, or cancelled before it began."""

import sys

import check
import tickslot

board = sys.platform == "rp2"
main = tickslot.Scheduler(8)
pool = tickslot.Pool(1 if board else 3, jobs=40, slots=2, main=main, sealed=board)
count = len(pool.schedulers)
begun = bytearray(40)
cleaned = bytearray(40)


def for_ever(index):
    begun[index] += 1
    try:
        while True:
            yield pool.schedulers[pool.here()].sleep_ms(20)
    finally:
        cleaned[index] += 1


def never(index):
    begun[index] += 1


def slow(job):
    """A job that takes another turn to end."""
    try:
        yield from job
    finally:
        yield


def program():
    while sum(begun) < 2 * count:
        yield main.sleep_ms(1)


pool.start()
check.equal(pool.spawn(abs, -1, worker=count - 1).wait(), 1)
busy = [pool.spawn(for_ever(index), worker=index // 2) for index in range(2 * count - 1)]
busy.append(pool.spawn(slow(for_ever(2 * count - 1)), worker=count - 1))
main.run_until(main.spawn(program()))
queued = [pool.spawn(never, 30, worker=index % count) for index in range(2 * count)]
queued += [pool.spawn(never, 30) for _ in range(4)]
queued.append(pool.spawn(for_ever(31)))
check.same(pool.stop(), True)
check.equal((sum(begun), sum(cleaned)), (2 * count, 2 * count), "begun, cleaned up")
check.true(all(job.cancelled() for job in busy + queued), "all are cancelled")
check.equal((pool.spawned, pool.ran, pool.cancelled),
            (1 + len(busy) + len(queued), 1 + len(busy), len(busy) + len(queued)))
check.equal(main.tasks(), [], "the pool's tasks on the program's own scheduler")
check.raises(RuntimeError, "stopped", pool.spawn, abs, 1)
check.same(pool.stop(), True, "again")
main.run()  # nothing of the pool keeps it
print("OK")
