"""A hard interrupt from a timer runs in the midst of a program that never yields.

The timer is a PWM slice, and the interrupt that of the edge it makes: rp2's machine.Timer learned
hard interrupts after MicroPython 1.25.
"""

import machine
import micropython
import time

PERIOD_MS = 5
count = bytearray(1)


def tick(_):
    count[0] += 1


pin = machine.Pin(2)
pwm = machine.PWM(pin, freq=1000 // PERIOD_MS, duty_u16=32768)
pin.irq(tick, machine.Pin.IRQ_RISING, hard=True)


# What waits for the scheduler waits until this call of a native function ends.
@micropython.native
def busy(ms):
    start = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), start) < ms:
        pass


busy(10 * PERIOD_MS)
seen = count[0]
pin.irq(None)
pwm.deinit()

print(seen, "interrupts in", 10 * PERIOD_MS, "ms")
assert 9 <= seen <= 11, seen
print("OK")
