"""1,000 tasks through a few slots, which are reused; 50 tasks of 20 yields each.

This is the half that needs no second worker.
"""

import check
import tickslot

sched = tickslot.Scheduler(50, clock=tickslot.ManualClock())
done = bytearray(1000)
total = [0]


def one(number):
    yield
    done[number] += 1


def yields(times):
    for _ in range(times):
        yield
        total[0] += 1


def spawner():
    number = 0
    while number < 1000:
        try:
            task = one(number)
            sched.spawn(task)
            number += 1
        except tickslot.SlotsFull:
            yield


sched.spawn(spawner(), "spawner")
sched.run()
check.equal(done, bytearray(b"\x01" * 1000))
check.equal(sched.tasks(), [])

for _ in range(50):
    sched.spawn(yields(20))
check.raises(tickslot.SlotsFull, "slots=", sched.spawn, yields(20))
sched.run()
check.equal(total[0], 1000)
check.equal(sched.errors, 0)
print("OK")
