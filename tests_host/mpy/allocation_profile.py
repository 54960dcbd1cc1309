"""An unsealed run tells which task allocates, and how many bytes a resume."""

import check
import gc
import tickslot
from tickslot.observe.allocation_profile import AllocationProfile

check.skip_above_small_addresses()


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
    sched.run(sealed=True)  # the profile keeps it unsealed
    rows = profile.tasks
    check.equal(sched.errors, 0)
    check.equal(rows["frugal"][2], 0, "bytes of the frugal one")
    check.equal((rows["wasteful"][1], rows["sometimes"][1]), (20, 4), "resumes that allocated")
    check.true(20000 <= rows["wasteful"][2] <= 22000, rows)
    check.true(rows["sometimes"][0] == 21 and 200 <= rows["sometimes"][3] <= 300, rows)
    lines = []
    profile.report(lines.append)
    check.equal([line.split()[0] for line in lines], ["task", "wasteful", "sometimes", "frugal"])


profiled()
profiled(tickslot.Priorities())
check.same(gc.isenabled(), True)
print("OK")
