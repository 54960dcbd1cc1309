"""A stale handle is told apart from its slot's next task: it neither joins nor cancels that one."""

import check
import tickslot

clock = tickslot.ManualClock()
HANDLES = 6
sched = tickslot.Scheduler(1, clock=clock, calls=0, handles=HANDLES)
ran = []


def task(name):
    ran.append(name)
    yield sched.sleep_ms(10)
    ran.append(name)
    return name


# One slot, taken by one task after the other, while their handles are kept.
stale = sched.spawn(task("a"), "a")
generation = stale.generation
sched.run()
fresh = sched.spawn(task("b"), "b")
check.true(fresh is not stale, "the handle of a live task is that of a dead one")
sched.poll_once()
check.same(stale.done(), True)
check.same(stale.cancel(), False, "cancelling a task that has ended")
check.equal((stale.name, fresh.name), ("a", "b"))
sched.run()
check.equal(ran, ["a", "a", "b", "b"])
check.equal(stale.take(), "a")
check.equal(fresh.take(), "b")

# A handle keeps its result while as many other tasks end as there are spare handles.
kept = sched.spawn(task("kept"), "kept")
generation = kept.generation
sched.run()
for i in range(HANDLES):
    other = sched.spawn(task(i), "other")
    check.true(other is not kept, "handed out again after %d tasks" % i)
    sched.run()
    check.equal((kept.done(), kept.cancel(), kept.name), (True, False, "kept"))
check.equal(kept.generation, generation)
check.equal(kept.take(), "kept")
check.raises(RuntimeError, "taken", kept.take)

# After that the object may be handed out again, and says so.
for i in range(HANDLES + 2):
    other = sched.spawn(task(i), "reused")
    sched.run()
    if other is kept:
        break
check.same(other, kept, "the handles are no ring")
check.true(kept.generation != generation, "the generation is the same")


# A join that timed out is no longer there when its task ends in a reused slot.
def joins(task):
    return (yield task.join(timeout_ms=2))


sched = tickslot.Scheduler(2, clock=clock, calls=0)
slow = sched.spawn(task("slow"), "slow")
check.same(sched.run_until(sched.spawn(joins(slow))), tickslot.TIMEOUT)
unrelated = sched.spawn(task("unrelated"))
sched.run()
check.equal((slow.take(), unrelated.take()), ("slow", "unrelated"))
print("OK")
