# covers: async:deterministic
"""Same calls, same clock: same order, shown on a trace; a month of it; byte for byte everywhere."""

import binascii
import check
import sys
import tickslot


class Random:
    """The program's own, so that a seed gives the same choices on every machine."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        self._state = (self._state * 1103 + 12345) & 0xFFFFF
        return (self._state >> 4) % limit


def simulate(seed, days, step_ms):
    """A program with random choices, to its end: its trace's checksum and number of records."""
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(6, clock=clock, watchers=2)
    channel = sched.channel(2, name="work")
    lock = tickslot.Lock(sched, "lock")
    stop = tickslot.Event(sched, "stop")
    choice = sched.select(channel, stop)
    trace = tickslot.Trace(sched, 64)
    random = Random(seed)
    buffer = bytearray(12 * 64)
    totals = [0, 0]

    def drain():
        count = trace.drain(buffer)
        totals[0] = binascii.crc32(memoryview(buffer)[: 12 * count], totals[0])
        totals[1] += count

    def produces(number):
        while not stop.is_set():
            yield sched.sleep_ms(random.below(1000) * step_ms)
            yield channel.send(number, timeout_ms=random.below(1000) * step_ms)

    def consumes():
        while True:
            yield choice.wait(1000 * step_ms)
            if choice.source is stop:
                return
            yield lock.acquire(random.below(3))
            if lock.mine():
                yield
                lock.release()
            drain()

    def ends():
        yield sched.sleep_ms(days * 86400000)
        stop.set()

    for number in range(2):
        sched.spawn(produces(number), name="producer")
    sched.spawn(consumes(), name="consumer")
    sched.spawn(ends(), name="ends")
    sched.run()
    drain()
    check.equal((trace.lost, trace.unread, sched.errors), (0, 0, 0))
    return "%08x %d" % (totals[0], totals[1])


STEP = 600  # ms: a thousand of them are ten minutes
once = simulate(1, 1, STEP)
check.equal(simulate(1, 1, STEP), once, "the second run")
check.true(simulate(2, 1, STEP) != once, "another seed is another run")
check.equal(once, "15b1c7c2 4117", "the checksum on every machine")
if sys.platform == "linux":  # a board takes its time over it
    check.equal(simulate(3, 30, STEP), "3d7f4d50 122030", "a month")
print("OK")
