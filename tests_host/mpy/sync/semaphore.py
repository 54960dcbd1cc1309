# covers: problem:5828
"""As many at a time as there are permits; and what misuse gives."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
semaphore = tickslot.Semaphore(sched, 2, limit=2)
inside = [0, 0]


def enters():
    yield semaphore
    inside[0] += 1
    inside[1] = max(inside)
    yield sched.sleep_ms(1)
    inside[0] -= 1
    semaphore.release()


for _ in range(6):
    sched.spawn(enters())
sched.run()
check.equal((inside, semaphore.permits), ([0, 2], 2))
check.raises(RuntimeError, "released more", semaphore.release)
check.equal((semaphore.try_acquire(), semaphore.try_acquire(), semaphore.try_acquire()),
            (True, True, False))
for permits, limit in ((-1, None), (3, 2), (0, 0), (1 << 30, None)):
    check.raises(ValueError, "permits", tickslot.Semaphore, sched, permits, limit)
print("OK")
