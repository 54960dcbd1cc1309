"""The clock is any callable; its period is the user's to say; ticks need not be milliseconds."""

import check
import tickslot


class Counter:
    """A clock of any period that a test moves by hand, as a hardware counter moves itself."""

    def __init__(self, period, start=0):
        self.ticks = start
        self.wraps_at = period

    def __call__(self):
        return self.ticks % self.wraps_at


def naps(sched, ms, woke, clock):
    start = clock.ticks
    yield sched.sleep_ms(ms)
    woke.append(clock.ticks - start)


# Periods that are powers of two and others, small and large, and starts just before the wrap.
for period in (1 << 30, 1 << 16, 1 << 10, 1000, 86400, 12345):
    for start in (0, period - 1, period - 7, period // 2):
        clock = Counter(period, start)
        sched = tickslot.Scheduler(2, clock=clock, period=period)
        woke = []
        length = min(period // 3, 200)
        sched.spawn(naps(sched, length, woke, clock))
        sched.spawn(naps(sched, length * 5, woke, clock))  # longer than a small period
        for _ in range(length * 5 + 2):
            while sched.poll_once():
                pass
            clock.ticks += 1
        check.equal(woke, [length, length * 5], "period %d from %d" % (period, start))

# Microseconds: a thousand ticks to a millisecond.
clock = Counter(1 << 30)
sched = tickslot.Scheduler(1, clock=clock, ticks_per_ms=1000)
woke = []
sched.spawn(naps(sched, 3, woke, clock))
while not woke:
    sched.poll_once()
    clock.ticks += 500
check.equal(woke, [3000])
check.equal(sched.now(), clock())


# A method, a lambda, a bound method of something else: any callable.
class Board:
    def __init__(self):
        self.time = 100

    def ticks(self):
        return self.time


board = Board()
for clock in (board.ticks, lambda: board.time):
    sched = tickslot.Scheduler(1, clock=clock)
    check.equal(sched.now(), 100)

# ManualClock knows its own period.
clock = tickslot.ManualClock(start=995, period=1000)
sched = tickslot.Scheduler(1, clock=clock)
check.equal(sched.period, 1000)
ends = []


def sleeper():
    yield sched.sleep(10)
    ends.append(clock())
    yield sched.sleep(5000)
    ends.append(clock())


sched.spawn(sleeper())
sched.run()
check.equal(ends, [5, 5])
check.raises(ValueError, "only goes forward", clock.advance, -1)

for period in (0, 3, -4, (1 << 30) + 1, 1 << 31):
    check.raises(ValueError, "4 to 2**30", tickslot.ManualClock, 0, period)
    check.raises(ValueError, "4 to 2**30", tickslot.Scheduler, 1, board.ticks, period)
for ticks in (0, -1, (1 << 20) + 1):
    check.raises(ValueError, "ticks_per_ms", tickslot.Scheduler, 1, board.ticks, None, ticks)
print("OK")
