# also: unfrozen
"""A barrier that tasks pass, and that they wait at in vain, with no byte allocated."""

import check
import tickslot


def barrier(sched, count):
    barrier = tickslot.Barrier(sched, 3)

    def meets():
        while True:
            count[0] += (yield barrier.wait(50)) + 1

    return meets(), meets(), meets()


def barrier_never(sched, count):
    barrier = tickslot.Barrier(sched, 3)
    return check.waits_in_vain(sched, count, barrier, barrier.wait)


check.operations_allocate_nothing("barrier", barrier)
check.operations_allocate_nothing("barrier_never", barrier_never, advance=2)
print("OK")
