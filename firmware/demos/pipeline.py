"""A pipeline: channels join a sensor, a filter and a reporter. The sensor sends at a fixed rate.
Now and then it sends nothing; then the filter's timeout reports that, and nobody waits for ever."""

import tickslot

sched = tickslot.Scheduler(slots=8)
samples = sched.channel(8, name="samples")
means = sched.channel(2, name="means")
WINDOW = 8
tick = sched.interval(10)  # made here, like the window: a sealed task must not allocate
window = [0] * WINDOW


def sensor():
    level = 500
    count = 0
    while True:
        yield tick
        level = (level * 29 + 17) % 1000  # noise, without floats
        yield samples.send(level)
        count += 1
        if count % 40 == 0:
            yield sched.sleep_ms(100)


def smooth():
    total = place = 0
    while True:
        sample = yield samples.recv(timeout_ms=50)
        if sample is tickslot.TIMEOUT:
            yield means.send(-1)
            continue
        total += sample - window[place]
        window[place] = sample
        place = (place + 1) % WINDOW
        if place == 0:
            yield means.send(total // WINDOW)


def report():
    while True:
        mean = yield means.recv()
        if mean < 0:
            print("  the sensor is silent")
        else:
            print("  mean", mean)


sched.spawn(sensor(), name="sensor")
sched.spawn(smooth(), name="filter")
sched.spawn(report(), name="report")
sched.run(sealed=True)
