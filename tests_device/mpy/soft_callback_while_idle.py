# needs: threads, time
"""Soft callbacks run while a scheduler that has a mailbox sleeps, with a timer armed or without.

On rp2 that is more than the user's own: USB is served by such a callback.
"""

import machine
import micropython
import sys
import time

import tickslot
from tickslot.cores.mailbox_of import mailbox_of

if not hasattr(machine, "Timer"):
    print("SKIP no machine.Timer")
    sys.exit()

AFTER_MS = 5
sched = tickslot.Scheduler(3)
signal = tickslot.Signal(sched, 4)
mailbox_of(sched)
called = []
ended = []


def soft(timer):
    called.append(time.ticks_ms())
    micropython.schedule(signal.set, len(called))


def waits():
    return (yield signal.wait())


def sleeps():
    yield sched.sleep_ms(10 * AFTER_MS)
    ended.append(time.ticks_ms())


start = time.ticks_ms()
machine.Timer(period=AFTER_MS, mode=machine.Timer.ONE_SHOT, callback=soft)
assert sched.run_until(sched.spawn(waits())) == 1
machine.Timer(period=AFTER_MS, mode=machine.Timer.ONE_SHOT, callback=soft)
sched.run_until(sched.spawn(sleeps()))
late = [time.ticks_diff(time_ms, start) for time_ms in called + ended]
print("ms:", late)
assert late[0] <= 2 * AFTER_MS, late
assert late[1] - late[0] <= 2 * AFTER_MS, late
assert late[2] - late[1] >= 8 * AFTER_MS, late
print("OK")
