# covers: async:pluggable_queue
"""EDF counts, for each task, the turns that ended after their deadline."""

import check
import tickslot

clock = tickslot.ManualClock()
edf = tickslot.EarliestDeadline()
sched = tickslot.Scheduler(3, clock=clock, policy=edf)
misses = []


def works(ms, times):
    task = sched.current
    for _ in range(times):
        clock.advance(ms)
        yield
    misses.append(edf.missed(task))


late, timely = sched.spawn(works(5, 4)), sched.spawn(works(1, 4))
edf.deadline(late, 3)
edf.deadline(timely, 100)
sched.run()
check.equal(misses, [4, 0])
check.raises(ValueError, "has ended", edf.deadline, late, 5)
check.raises(ValueError, "1 ms", edf.deadline, sched.spawn(works(1, 1)), 0)
print("OK")
