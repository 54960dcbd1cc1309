# covers: ato:run_until_all_done
"""`run` returns when every task has ended; with no task it returns at once."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(8, clock=clock)
ended = []
calls = []


def task(name, ms):
    yield sched.sleep_ms(ms)
    ended.append(name)


def parent():
    sched.spawn(task("child", 500))
    ended.append("parent")
    return
    yield


check.same(sched.run(), None)
check.equal(clock(), 0)

for name, ms in (("slow", 300), ("fast", 10), ("ready", 0)):
    sched.spawn(task(name, ms))
sched.spawn(parent())
sched.run()
check.equal(ended, ["parent", "ready", "fast", "slow", "child"])
check.equal(clock(), 500)
check.equal(sched.tasks(), [])

# A call that is still to come counts as well.
sched.call_later(100, calls.append, "called")
sched.run()
check.equal((calls, clock()), (["called"], 600))

sched.run()
check.equal(clock(), 600)
print("OK")
