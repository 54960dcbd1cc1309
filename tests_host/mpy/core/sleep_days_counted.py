# covers: problem:9516
"""#9516, #9608: sleeps over 6.2 days overflow. Of 7, 30 and 700 days, each ends when it is due.

Under a ManualClock that wraps at 2**30 ms (12.4 days), as a board's does, and starts near the wrap.
"""

import check
import tickslot

DAY = 24 * 3600 * 1000
PERIOD = 1 << 30


def sleeps(days):
    """How many minutes a sleep of so many days takes, counted by a second task."""
    clock = tickslot.ManualClock(start=PERIOD - 1000)
    sched = tickslot.Scheduler(2, clock=clock)
    minutes = [0]

    def counts():
        while not sleeper.done():
            yield sched.sleep_ms(1440 * 60000 // 24)  # an hour
            minutes[0] += 60

    def sleep():
        yield sched.sleep_ms(days * DAY)
        return minutes[0]

    sleeper = sched.spawn(sleep())
    sched.spawn(counts())
    return sched.run_until(sleeper)


for days in (7, 30, 700):
    minutes = sleeps(days)
    # Both wake at the same tick at the end, and the sleeper's timer was armed first.
    check.true(days * 1440 - 60 <= minutes <= days * 1440, "%d days: %d minutes" % (days, minutes))


# A timeout as long.
sched = tickslot.Scheduler(1, clock=tickslot.ManualClock(start=PERIOD - 1))


def waits():
    return (yield tickslot.Event(sched).wait(timeout_ms=30 * DAY))


check.same(sched.run_until(sched.spawn(waits())), tickslot.TIMEOUT)
print("OK")
