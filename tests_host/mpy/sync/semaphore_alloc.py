# also: unfrozen
"""Every operation of a semaphore, hit and miss, with no byte allocated."""

import check
import tickslot


def semaphore(sched, count):
    semaphore = tickslot.Semaphore(sched, 2)

    def takes():
        while True:
            yield semaphore.acquire(50)
            yield
            semaphore.try_acquire() and semaphore.release()
            semaphore.release()
            count[0] += semaphore.permits >= 0

    return takes(), takes(), takes()


def semaphore_never(sched, count):
    semaphore = tickslot.Semaphore(sched, 0)
    return check.waits_in_vain(sched, count, semaphore, semaphore.acquire)


check.operations_allocate_nothing("semaphore", semaphore)
check.operations_allocate_nothing("semaphore_never", semaphore_never, advance=2)
print("OK")
