# covers: problem:5828
"""A watch's reader gets the latest value, once."""

import check
import tickslot

sched = tickslot.Scheduler(6, clock=tickslot.ManualClock())


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


temperature = tickslot.Watch(sched)
reader = temperature.reader()


def measures():
    for value in (20, 21, 22):
        temperature.set(value)
    yield sched.sleep_ms(5)
    temperature.set(23)


def shows():
    shown = []
    while True:
        value = yield reader.changed(10)
        if value is tickslot.TIMEOUT:
            return shown
        shown.append(value)


check.equal(run(measures(), shows())[1], [22, 23])
check.equal(temperature.value, 23)
check.equal(tickslot.Watch(sched, "first").reader()._watch.value, "first")
print("OK")
