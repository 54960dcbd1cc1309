# covers: nanorun:timer_wheel
"""6 x 64 x 1 tick: a cascade at each boundary, range 2**36 - 1, a day's gap in a few steps."""

import check
import tickslot
from tickslot.core.block import get_word

ARMED = 5  # words of the state block: nodes in the wheel,
STEPS = 12  # and the lists that it has handled
DAY = 24 * 60 * 60 * 1000
MOST = (1 << 36) - 1

clock = tickslot.ManualClock()
gone = [0]
last = [clock()]


def moved(time):
    gone[0] += time - last[0] & (1 << 30) - 1
    last[0] = time


clock.watch(moved)
sched = tickslot.Scheduler(24, clock=clock)
log = []


def steps():
    return get_word(sched.address, STEPS)


def sleeper(ticks):
    start = gone[0]
    yield sched.sleep(ticks)
    log.append((ticks, gone[0] - start))


# On each side of each level's boundary, from a time on a boundary and from others.
BOUNDARIES = [1 << 6 * level for level in range(1, 6)]
for start in (0, 1, 63, 64, 4095, 262143, 262144 - 5):
    clock.advance(start)
    log.clear()
    lengths = [boundary + d for boundary in BOUNDARIES for d in (-1, 0, 1)] + [1, 2, MOST]
    for ticks in lengths:
        sched.spawn(sleeper(ticks))
    sched.run()
    check.equal([ticks for ticks, _ in log], sorted(lengths))
    check.equal([slept for _, slept in log], sorted(lengths))
    check.equal(get_word(sched.address, ARMED), 0)

# A past deadline fires at once.
log.clear()


def past():
    yield sched.sleep_until(clock() - 1000 & (1 << 30) - 1)
    log.append(clock())


now = clock()
sched.spawn(past())
sched.run()
check.equal(log, [now])

# A day's gap in a bounded number of steps: at most 6 lists for a timer, however long it sleeps.
for length in (DAY, 7 * DAY, 700 * DAY, MOST):
    before = steps()
    sched.spawn(sleeper(length))
    sched.run()
    check.true(steps() - before <= 6, "%d ticks took %d steps" % (length, steps() - before))
for _ in range(24):
    sched.spawn(sleeper(DAY + len(sched.tasks()) * 977))
before = steps()
sched.run()
check.true(steps() - before <= 6 * 24, "24 timers took %d steps" % (steps() - before))

# The same when the clock jumps over it, and not to it.
sched.spawn(sleeper(DAY))
sched.poll_once()
before = steps()
clock.advance(DAY + DAY // 2)
check.true(steps() - before <= 6, "a jump took %d steps" % (steps() - before))
sched.run()

# A gap with nothing in it costs nothing.
before = steps()
clock.advance(DAY)
check.equal(steps(), before)

# Cancel leaves nothing behind: not in the wheel, not in the time that passes.
tasks = [sched.spawn(sleeper(1 << 6 * level)) for level in range(6)]
tasks += [sched.spawn(sleeper(MOST)) for _ in range(6)]
while sched.poll_once():
    pass
check.equal(get_word(sched.address, ARMED), 12)
now = gone[0]
for task in tasks:
    task.cancel()
sched.run()
check.equal(get_word(sched.address, ARMED), 0)
check.equal(gone[0], now)
before = steps()
clock.advance(DAY)
check.equal(steps(), before)
call = sched.call_later(1000, log.append, "never")
check.equal(get_word(sched.address, ARMED), 1)
call.cancel()
check.equal(get_word(sched.address, ARMED), 0)

# So does a wait that ends before its timeout.
channel = sched.channel(1)


def waits():
    yield channel.recv(timeout_ms=DAY)


sched.spawn(waits())
sched.poll_once()
check.equal(get_word(sched.address, ARMED), 1)
channel.try_send("item")
sched.run()
check.equal((get_word(sched.address, ARMED), gone[0]), (0, now + DAY))
print("OK")
