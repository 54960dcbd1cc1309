# needs: host, threads
# covers: nanorun:thousand_tasks
"""1,000 tasks on 4 workers with slots reused; 50 tasks of 20 yields; tasks that spawn tasks."""

import check
import tickslot

pool = tickslot.Pool(4, jobs=64)
counts = [bytearray(4 * 1000), 0]


def bump(index):
    counts[0][index] += 1
    return index


def yields(n):
    for _ in range(n):
        yield
    return n


def nested(depth):
    if depth == 0:
        return 1
    first = pool.spawn(nested, depth - 1)
    second = pool.spawn(nested, depth - 1)
    here = pool.schedulers[pool.here()]
    a = yield first.join(here)
    b = yield second.join(here)
    return a + b


pool.start()
# A job's slot is its own until it has ended: at most 64 are under way.
jobs = []
for index in range(1000):
    while True:
        try:
            jobs.append(pool.spawn(bump, index))
            break
        except tickslot.SlotsFull:
            while not jobs.pop(0).done():
                tickslot.port.wait_1ms()
while pool.ran < 1000:
    tickslot.port.wait_1ms()
check.equal(bytes(counts[0][:1000]), b"\x01" * 1000, "each ran once")

jobs = [pool.spawn(yields, 20) for _ in range(50)]
check.equal([job.wait() for job in jobs], [20] * 50)
check.equal(pool.spawn(nested, 3).wait(), 8)
check.equal((pool.errors, pool.spawned), (0, 1000 + 50 + 15))
check.same(pool.stop(), True)
check.equal((pool.ran, pool.cancelled), (1065, 0))
print("OK")
