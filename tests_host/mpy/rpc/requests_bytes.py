# needs: time
# covers: asyncrtos:ram
"""Bytes for a request slot, on the heap, and that a request takes none."""

import gc
import sys

import check
import tickslot

sched = tickslot.Scheduler(4)


def used(requests):
    gc.collect()
    before = gc.mem_alloc()
    service = tickslot.Service(sched, {0: abs}, requests=requests)
    after = gc.mem_alloc()
    return after - before, service


used(8)
few, a = used(16)
many, b = used(16 + 1024)
each = (many - few) / 1024
word = 4 if sys.maxsize < 1 << 32 else 8
print("%.2f bytes a request, with references of %d" % (each, word))
assert each <= 16 + 2 * word + 0.1, each

service = tickslot.Service(sched, {0: abs}, requests=4)
client = tickslot.Client(sched, service)
count = [0]


def program():
    while True:
        reply = yield client.call(0, -5)
        if reply == 5:
            count[0] += 1
        yield client.call(0, -5, timeout_ms=10)
        client.post(0, 1)
        yield
        yield client.call(9)


service.start()
sched.spawn(program())
check.tasks_allocate_nothing(sched, count, "requests", steps=40)
print("OK")
