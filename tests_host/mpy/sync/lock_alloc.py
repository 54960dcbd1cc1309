# also: unfrozen
"""Every operation of a lock, hit and miss, with no byte allocated."""

import check
import tickslot


def lock(sched, count):
    lock = tickslot.Lock(sched)

    def takes():
        while True:
            yield lock.acquire(50)
            with lock:
                lock.try_acquire()
                yield
                count[0] += 1
            if lock.try_acquire():
                lock.release()

    return takes(), takes(), takes()


def lock_never(sched, count):
    lock = tickslot.Lock(sched)

    def takes():
        yield lock  # and does not give it back

    sched.spawn(takes())
    sched.run()
    return check.waits_in_vain(sched, count, lock, lock.acquire)


check.operations_allocate_nothing("lock", lock)
check.operations_allocate_nothing("lock_never", lock_never, advance=2)
print("OK")
