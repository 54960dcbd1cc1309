# covers: problem:5795
"""A Signal set in a hard interrupt wakes tasks that wait: each post is delivered, or counted.

The interrupt is that of a PWM slice's edge: see timer_hard_interrupt.py.
"""

import machine
import sys
import tickslot

if not hasattr(machine, "PWM"):
    print("SKIP no PWM, and so no interrupt")
    sys.exit()

POSTS = 20
sched = tickslot.Scheduler(3)
signal = tickslot.Signal(sched, 8, name="edge")
posted = bytearray(1)
got = bytearray(1)


def edge(_):
    posted[0] += 1
    signal.set(posted[0])


def waits():
    last = 0
    while posted[0] < POSTS:
        value = yield signal.wait(1000)
        assert value is not tickslot.TIMEOUT, "no interrupt came"
        assert value > last, "out of order"
        last = value
        got[0] += 1


for _ in range(2):
    sched.spawn(waits())
pin = machine.Pin(2)
pwm = machine.PWM(pin, freq=200, duty_u16=32768)
pin.irq(edge, machine.Pin.IRQ_RISING, hard=True)
sched.run(sealed=True)
pin.irq(None)
pwm.deinit()
print(posted[0], "posted,", got[0], "delivered,", signal.dropped, "dropped,", len(signal), "kept")
assert got[0] + signal.dropped + len(signal) == posted[0]
assert signal.dropped == 0
print("OK")
