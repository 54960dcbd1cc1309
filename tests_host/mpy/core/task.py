"""What a handle says of its task: name, done, generation; what the scheduler says of its tasks."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock)
channel = sched.channel(1)
seen = []


def task():
    seen.append(sched.current)
    yield channel.recv()
    seen.append(sched.current)
    return "result"


check.same(sched.current, None)
check.equal(sched.tasks(), [])
first = sched.spawn(task(), "first")
second = sched.spawn(task())
check.equal((first.name, second.name), ("first", None))
check.equal((first.done(), second.done()), (False, False))
check.same(first == second, False)
live = sched.tasks()
check.equal(len(live), 2)
check.same(live[0], first)
check.same(live[1], second)
check.says(repr(first), "'first'", "ready")
while sched.poll_once():
    pass
check.same(seen[0], first)
check.same(seen[1], second)
check.same(sched.current, None)
check.says(repr(first), "'first'", "waiting")
channel.try_send(1)
while sched.poll_once():
    pass
check.equal((first.done(), second.done()), (True, False))
check.says(repr(first), "'first'", "ended")
check.equal(len(sched.tasks()), 1)
check.same(sched.tasks()[0], second)
check.equal(first.take(), "result")
check.equal(first.name, "first")
channel.try_send(2)
sched.run()

# `current` of a call is its handle; afterwards nobody runs.
calls = []
call = sched.call_soon(lambda argument: calls.append(sched.current))
sched.run()
check.same(calls[0], call)
check.same(sched.current, None)


# Dropping the handle detaches: the task goes on by itself.
def counts():
    for _ in range(3):
        seen.append("detached")
        yield sched.sleep_ms(1)


seen.clear()
sched.spawn(counts())
sched.run()
check.equal(seen, ["detached"] * 3)
print("OK")
