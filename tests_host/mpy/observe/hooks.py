# covers: async:lifecycle_hooks
"""Start, finish and error hooks seen in order for each task; spawn, switch and idle as well."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
sched.on_error = lambda task, error: reported.append((str(task), type(error)))
reported = []
log = []


def hook(what):
    def told(slot, time, reason):
        if isinstance(reason, Exception):
            reason = str(reason)
        log.append((what, slot, time, reason))

    return told


names = ("spawn", "start", "switch", "finish", "error", "idle")
hooks = tickslot.Hooks(sched, *[hook(name) for name in names])


def good():
    yield
    yield sched.sleep_ms(5)


def bad():
    yield
    raise ValueError("why")


sched.spawn(good(), name="good")
sched.spawn(bad(), name="bad")
sched.run()
check.equal(log, [
    ("spawn", 0, 0, "good"),
    ("spawn", 1, 0, "bad"),
    ("start", 0, 0, "good"),
    ("switch", 0, 0, "yield"),
    ("start", 1, 0, "bad"),
    ("switch", 1, 0, "yield"),
    ("switch", 0, 0, "sleep"),
    ("switch", 1, 0, "raised"),
    ("error", 1, 0, "why"),
    ("finish", 1, 0, "raised"),
    ("idle", -1, 0, "idle"),
    ("switch", 0, 5, "end"),
    ("finish", 0, 5, "returned"),
    ("idle", -1, 5, "idle"),
])
check.equal(reported, [("<task 'bad' raised>", ValueError)])


# A cancel is no error; one that never started has no start.
def of(slot):
    return [(what, reason) for what, its, time, reason in log if its == slot]


log.clear()
begun = sched.spawn(good(), name="begun")
sched.poll_once()
begun.cancel()
unborn = sched.spawn(good(), name="unborn")
slots = begun._node, unborn._node
unborn.cancel()
sched.run()
check.equal(of(slots[0]), [("spawn", "begun"), ("start", "begun"), ("switch", "yield"),
                           ("switch", "raised"), ("finish", "cancelled")])
check.equal(of(slots[1])[-1], ("finish", "cancelled"))


# An endless task that raises or returns, and one that forgot a `yield`, are told as any other.
def forgets():
    yield
    sched.sleep_ms(5)


log.clear()
for make, endless in ((bad, True), (good, True), (forgets, False)):
    slot = sched.spawn(make(), name="odd", endless=endless)._node
    sched.run()
    check.equal([what for what, _ in of(slot)][-2:], ["error", "finish"])
    check.equal(of(slot)[-1], ("finish", "raised"))
    log.clear()


# A hook that raises is told to on_error, and is called no more; the tasks and other hooks go on.
def raises(slot, time, reason):
    raise KeyError("hook")


sched = tickslot.Scheduler(2, clock=clock)
sched.on_error = lambda task, error: reported.append((str(task), type(error)))
reported.clear()
log.clear()
tickslot.Hooks(sched, start=raises, switch=raises, finish=hook("finish"))
task = sched.spawn(good())
sched.run()
check.equal(reported, [("hooks", KeyError), ("hooks", KeyError)])
check.equal((task.done(), len(log), sched.errors), (True, 1, 2))
print("OK")
