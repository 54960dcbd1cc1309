"""Sampling: one task reads the chip's temperature ten times a second, another prints the mean of
five samples. The channel is bounded: a slow reader slows the sampler down, and no queue grows."""

import machine
import tickslot

SAMPLES = 20
MEAN_OF = 5

sensor = machine.ADC(4)
sched = tickslot.Scheduler(slots=2)
readings = sched.channel(4)
tick = sched.interval(100)


def sample():
    for _ in range(SAMPLES):
        yield tick
        yield readings.send(sensor.read_u16())
    readings.close()


def report():
    total = count = 0
    while True:
        value = yield readings.recv()
        if value is tickslot.CLOSED:
            return
        total += value
        count += 1
        if count == MEAN_OF:
            print("mean of", MEAN_OF, "samples:", total // MEAN_OF)
            total = count = 0


sched.spawn(sample(), name="sample")
sched.spawn(report(), name="report")
sched.run(sealed=True)
print("most samples waiting at once:", readings.high_water)
