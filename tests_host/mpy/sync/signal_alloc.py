# also: unfrozen
"""Every operation of a signal and its producers, hit and miss, with no byte allocated."""

import check
import tickslot


def signal(sched, count):
    signal = tickslot.Signal(sched, 2)
    producer = signal.producer()

    def waits():
        while True:
            yield signal.wait(50)
            count[0] += 1

    def sets():
        while True:
            for value in range(4):
                signal.set(value)
                producer.set(value)
            yield
            yield
            if signal.dropped and len(signal) + len(producer):
                signal.clear()

    return waits(), waits(), sets()


def signal_never(sched, count):
    signal = tickslot.Signal(sched, 2)
    return check.waits_in_vain(sched, count, signal, signal.wait)


check.operations_allocate_nothing("signal", signal)
check.operations_allocate_nothing("signal_never", signal_never, advance=2)
print("OK")
