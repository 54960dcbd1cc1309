# also: unfrozen
"""A timer that is started, stopped and waited for, with no byte allocated."""

import check
import tickslot


def timer(sched, count):
    timer = tickslot.Timer(sched)

    def waits():
        while True:
            timer.start(100)
            timer.start(1)
            yield timer.wait(50)
            timer.stop()
            count[0] += 1

    return (waits(),)


check.operations_allocate_nothing("timer", timer)
print("OK")
