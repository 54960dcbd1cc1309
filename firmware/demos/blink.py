"""Blink: the LED toggles every 250 ms. The deadlines do not drift, however long a turn takes."""

import machine
import tickslot

TOGGLES = 8

led = machine.Pin(25, machine.Pin.OUT, value=0)  # the LED of a Pico
sched = tickslot.Scheduler(slots=1)
tick = sched.interval(250)


def blink():
    for _ in range(TOGGLES):
        yield tick
        led.toggle()


sched.spawn(blink(), name="blink")
sched.run(sealed=True)
print("toggled", TOGGLES, "times")
