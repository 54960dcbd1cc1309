"""A profile tells which task allocates how many bytes in a resume, in a sealed run too."""

import check
import gc
import tickslot
from tickslot.observe.allocation_profile import AllocationProfile

check.skip_above_small_addresses()


def forgets(sched):
    sched.sleep_ms(1)
    yield


def profiled(policy=None):
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(4, clock=clock, policy=policy)
    channel = sched.channel(1)
    profile = AllocationProfile(sched)

    def frugal():
        for item in range(20):
            yield channel.send(item)
            yield sched.sleep_ms(1)

    def wasteful():
        for _ in range(20):
            kept[0] = bytearray(1000)
            yield channel.recv()

    def sometimes():
        for turn in range(20):
            if turn % 5 == 0:
                kept[0] = bytearray(200)
            yield

    kept = [None]
    for task, name in ((frugal(), "frugal"), (wasteful(), "wasteful"), (sometimes(), "sometimes")):
        sched.spawn(task, name=name)
    sched.run(sealed=True)  # the profile unlocks the heap for each resume
    rows = profile.tasks
    check.equal(sched.errors, 0)
    check.equal(rows["frugal"][2], 0, "bytes of the frugal one")
    check.equal((rows["wasteful"][1], rows["sometimes"][1]), (20, 4), "resumes that allocated")
    check.true(20000 <= rows["wasteful"][2] <= 22000, rows)
    check.true(rows["sometimes"][0] == 21 and 200 <= rows["sometimes"][3] <= 300, rows)
    lines = []
    profile.report(lines.append)
    check.equal([line.split()[0] for line in lines], ["task", "wasteful", "sometimes", "frugal"])
    again = sched.spawn(sometimes(), name="sometimes")
    sched.run_until(again, sealed=True)
    check.equal((sched.errors, rows["sometimes"][1]), (0, 8))
    task = sched.spawn(forgets(sched))
    check.raises(RuntimeError, "did not yield it", sched.run_until, task, True)
    kept[0] = bytearray(200)  # the heap is not locked any more


profiled()
profiled(tickslot.Priorities())
check.same(gc.isenabled(), True)
print("OK")
