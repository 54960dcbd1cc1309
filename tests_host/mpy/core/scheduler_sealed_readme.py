# also: unfrozen
"""The README's program, sealed, for 1,000 samples on a clock that is moved by hand: 0 bytes."""

import check
import gc
import tickslot

check.skip_above_small_addresses()

SAMPLES = check.ROUNDS
clock = tickslot.ManualClock(start=(1 << 30) - 50)
sched = tickslot.Scheduler(slots=8, clock=clock)
readings = sched.channel(4)
seen = [0, 0]


class Adc:
    """Stands in for machine.ADC."""

    def __init__(self):
        self.value = 0

    def read_u16(self):
        self.value = (self.value + 4099) % 65536
        return self.value


def sample(adc):
    while True:
        yield readings.send(adc.read_u16())
        yield sched.sleep_ms(100)


def report():
    while True:
        value = yield readings.recv()
        seen[0] += 1
        seen[1] = value


def stop():
    yield sched.sleep_ms(100 * SAMPLES - 50)


adc = Adc()
sched.spawn(sample(adc), name="sample")
sched.spawn(report(), name="report")
last = sched.spawn(stop(), name="stop")
gc.collect()
gc.disable()
before = gc.mem_alloc()
sched.run_until(last, sealed=True)
used = gc.mem_alloc() - before
gc.enable()
check.equal(used, 0, "bytes after boot")
check.equal((seen[0], seen[1]), (SAMPLES, adc.value))
check.equal((len(sched.tasks()), sched.errors), (2, 0))
check.equal((readings.high_water, len(readings)), (1, 0))
print("OK")
