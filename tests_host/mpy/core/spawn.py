# also: unfrozen
# covers: ato:spawn
"""A scheduler of N slots takes exactly N tasks; the next one fails and the caller still has it."""

import check
import tickslot

sched = tickslot.Scheduler(3, clock=tickslot.ManualClock())
log = []


def task(name):
    log.append(name)
    yield
    log.append(name)


for name in "abc":
    sched.spawn(task(name), name)
check.equal(len(sched.tasks()), 3)

left_over = task("d")
for _ in range(3):
    check.raises(tickslot.SlotsFull, ("all 3 slots", "slots="), sched.spawn, left_over)
check.equal(len(sched.tasks()), 3, "tasks after the failed spawns")

sched.run()
check.equal(log, ["a", "b", "c"] * 2)

# The generator is the caller's, as it was: not started, not closed.
sched.spawn(left_over)
sched.run()
check.equal(log[6:], ["d", "d"])
check.equal(sched.tasks(), [])

# All the slots are free again.
for name in "efg":
    sched.spawn(task(name))
check.raises(tickslot.SlotsFull, "slots=", sched.spawn, task("h"))
print("OK")
