# covers: problem:9516
"""Sleeps of 7, 30 and 700 days of milliseconds, across many wraps of the clock (#9516, #9608)."""

import check
import tickslot

DAY = 24 * 60 * 60 * 1000


class Gone:
    """What the clock has gone since, as it wraps every 12.4 days."""

    def __init__(self, clock):
        self.last = clock()
        self.ms = 0
        clock.watch(self.moved)

    def moved(self, time):
        self.ms += time - self.last & (1 << 30) - 1
        self.last = time


def sleep_from(start):
    clock = tickslot.ManualClock(start=start)
    gone = Gone(clock)
    sched = tickslot.Scheduler(4, clock=clock)
    woke = []

    def sleeper(days):
        yield sched.sleep_ms(days * DAY)
        woke.append((days, gone.ms - days * DAY))

    def minute():
        # something goes on meanwhile, on the first day
        for _ in range(24 * 60):
            yield sched.sleep_ms(60 * 1000)

    for days in (30, 700, 7):
        sched.spawn(sleeper(days))
    sched.spawn(minute())
    sched.run()
    check.equal(woke, [(7, 0), (30, 0), (700, 0)])


for start in (0, (1 << 30) - 1, 123456789):
    sleep_from(start)

# Not a tick early, seen by hand.
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(1, clock=clock)


def week():
    yield sched.sleep_ms(7 * DAY)


task = sched.spawn(week())
sched.poll_once()
clock.advance(7 * DAY - 1)
check.same(sched.poll_once(), False)
clock.advance(1)
check.same(sched.poll_once(), True)
check.same(task.done(), True)
print("OK")
