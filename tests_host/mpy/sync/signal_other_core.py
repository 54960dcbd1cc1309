# needs: threads
# covers: problem:9124
"""#9124, #17968: no Pin IRQ on core 1.  A signal takes it from core 0 to a task on core 1."""

import sys
import time

import check
import tickslot

scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
signal = tickslot.Signal(scheduler, capacity=16)
seen = bytearray(64)


def waiter():
    while True:
        value = yield signal.wait()
        seen[value] += 1


def handler(_):
    """What a Pin's handler does: one call, 0 bytes."""
    signal.set(sent[0])
    sent[0] += 1


sent = [0]
scheduler.spawn(waiter())
worker.start()
if sys.platform == "rp2":
    import machine

    pin = machine.Pin(2)
    pwm = machine.PWM(pin, freq=1000, duty_u16=32768)
    pin.irq(handler, machine.Pin.IRQ_RISING, hard=True)
    time.sleep_ms(20)
    pin.irq(None)
    pwm.deinit()
    time.sleep_ms(5)
    check.true(sent[0] >= 15, "%d interrupts" % sent[0])
else:
    for _ in range(50):
        handler(None)
        while sum(seen) < sent[0]:
            time.sleep(0.0001)
check.equal((sum(seen), signal.dropped), (sent[0], 0))
worker.stop()
check.same(worker.join(), True)
print("OK")
