# covers: problem:3792
"""#3792, circuitpython#10456: GC pauses of 2 to 286 ms. A sealed control loop has no collection.

(The picture, next to asyncio's: firmware/demos/control_loop.py.)
"""

import check
import gc
import tickslot

check.skip_above_small_addresses()
TURNS = 500

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock)
samples = sched.channel(4)
lock = tickslot.Lock(sched)
turns = [0]
total = [0]


def control():
    tick = ticks[0]
    while turns[0] < TURNS:
        yield tick
        yield lock.acquire(5)
        yield samples.send(turns[0] & 1023, timeout_ms=5)
        lock.release()
        turns[0] += 1
    samples.close()


def filters():
    while True:
        value = yield samples.recv()
        if value is tickslot.CLOSED:
            return
        total[0] = (total[0] * 7 + value) >> 3


ticks = [sched.interval(10)]
sched.spawn(control(), name="control")
sched.spawn(filters(), name="filters")
gc.collect()
before = gc.mem_alloc()
sched.run(sealed=True)
used = gc.mem_alloc() - before
check.equal((turns[0], sched.errors), (TURNS, 0))
# Nothing was allocated, so that nothing had to be collected; what the script itself did aside.
check.true(used <= 128, "%d bytes" % used)
check.equal(clock(), (TURNS - 1) * 10)  # no turn was late
print("OK")
