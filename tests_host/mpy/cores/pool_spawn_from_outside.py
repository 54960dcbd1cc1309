# needs: host, threads
# covers: nanorun:spawn_from_outside
"""Jobs are spawned from other threads, several at once."""

import _thread

import check
import tickslot

pool = tickslot.Pool(2, jobs=64)
lock = _thread.allocate_lock()
ended = []
counts = bytearray(4)


def bump(index):
    with lock:
        counts[index] += 1


def outside(index):
    for _ in range(100):
        while True:
            try:
                pool.spawn(bump, index)
                break
            except tickslot.SlotsFull:
                tickslot.port.wait_1ms()
    with lock:
        ended.append(index)


pool.start()
for index in range(3):
    _thread.start_new_thread(outside, (index,))
outside(3)
while len(ended) < 4 or pool.ran < 400:
    tickslot.port.wait_1ms()
check.equal(bytes(counts), bytes((100, 100, 100, 100)))
check.equal((pool.spawned, pool.injected, pool.errors), (400, 400, 0))
check.same(pool.stop(), True)

# And into one scheduler's own tasks, through its mailbox.
worker = tickslot.Worker(tickslot.Scheduler(4), sealed=False)
got = []


def task(value):
    yield
    got.append(value)


worker.start()
check.same(worker.mailbox.post(worker.scheduler.spawn, task(5)), True)
while not got:
    tickslot.port.wait_1ms()
worker.stop()
check.same(worker.join(), True)
check.equal(got, [5])
print("OK")
