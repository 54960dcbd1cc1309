"""A `call_later` between a sleep's call and its `yield` moves neither deadline."""

import check
import tickslot

time = [0]
sched = tickslot.Scheduler(1, clock=lambda: time[0])
woke = []
called = []


def task():
    operation = sched.sleep_ms(10)
    time[0] = 4
    sched.call_later(3, called.append, "called")
    yield operation
    woke.append(time[0])


sched.spawn(task())
while not woke:
    if not sched.poll_once():
        time[0] += 1
        check.true(time[0] <= 10, "neither comes late")
        check.equal(called, ["called"] if time[0] > 7 else [], "calls by %d" % time[0])
check.equal(woke, [10])
check.equal(called, ["called"])
print("OK")
