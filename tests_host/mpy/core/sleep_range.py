"""The range of a sleep is 2**36 - 1 ticks; beyond it, below 0 and of no number is a clear error."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
channel = sched.channel(1)
MOST = (1 << 36) - 1
tries = []


def attempts():
    for make, argument in (
        (sched.sleep_ms, MOST + 1),
        (sched.sleep_ms, 1 << 40),
        (sched.sleep, MOST + 1),
        (lambda ms: channel.recv(timeout_ms=ms), MOST + 1),
        (lambda ms: sched.current.join(timeout_ms=ms), MOST + 1),
        (lambda ms: sched.call_later(ms, print), MOST + 1),
    ):
        tries.append(check.raises(ValueError, ("beyond the range of 2**36 - 1",), make, argument))
    for make, argument in (
        (sched.sleep_ms, -1),
        (sched.sleep_ms, -(1 << 40)),
        (sched.sleep, -5),
        (lambda ms: channel.recv(timeout_ms=ms), -1),
        (lambda ms: channel.send("x", timeout_ms=ms), -1),
        (lambda ms: sched.current.join(timeout_ms=ms), -1),
        (lambda ms: sched.call_later(ms, print), -1),
    ):
        tries.append(check.raises(ValueError, ("max(0, ticks)", "sleep_until"), make, argument))
    for make in (sched.sleep, lambda ms: channel.recv(timeout_ms=ms),
                 lambda ms: sched.call_later(ms, print)):
        for argument in ("5", [5]):
            try:
                make(argument)
            except TypeError:
                tries.append("a TypeError")
    for argument in ("5", [5]):
        try:
            sched.sleep_ms(argument)
        except TypeError:
            tries.append("a TypeError")
    yield channel.send("what the failed one left alone")
    yield sched.sleep_ms(1)
    return len(tries)


check.equal(sched.run_until(sched.spawn(attempts())), 6 + 7 + 6 + 2)
check.equal(channel.try_recv(), "what the failed one left alone")
check.equal(clock(), 1)


# The very end of it, and the ticks beside each boundary, are served to the tick.
def sleeper(ticks):
    yield sched.sleep(ticks)
    slept.append(ticks)


class Days:
    """Counts what a ManualClock has gone, beyond its period."""

    def __init__(self):
        self.last = clock()
        self.gone = 0
        clock.watch(self.moved)

    def moved(self, time):
        self.gone += time - self.last & (1 << 30) - 1
        self.last = time


days = Days()
for ticks in (MOST, MOST - 1, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, (1 << 31) + 7, 1 << 35):
    slept = []
    days.gone = 0
    sched.spawn(sleeper(ticks))
    sched.run()
    check.equal((slept, days.gone), ([ticks], ticks))

# With ticks that are no milliseconds the range is that of the ticks.
fast = tickslot.Scheduler(1, clock=tickslot.ManualClock(), ticks_per_ms=1000)


def too_long():
    check.raises(ValueError, "beyond the range", fast.sleep_ms, MOST // 1000 + 1)
    yield fast.sleep_ms(5)
    return fast.now()


check.equal(fast.run_until(fast.spawn(too_long())), 5000)
print("OK")
