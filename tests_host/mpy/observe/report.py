# covers: problem:9737
"""#9737, #7456: no way to list or profile tasks. There is: tasks(), metrics, a report, a trace."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
metrics = tickslot.Metrics(sched, clock=lambda: clock() * 1000)
trace = tickslot.Trace(sched, 32)


def works(ms):
    while True:
        clock.advance(ms)
        yield sched.sleep_ms(10)


heavy, light = sched.spawn(works(6), name="heavy"), sched.spawn(works(1), name="light")


def looks():
    yield sched.sleep_ms(1000)
    names = [task.name for task in sched.tasks()]
    check.equal(names, ["heavy", "light", "looks"])
    share = metrics.cpu_ms(heavy) * 100 // (metrics.cpu_ms(light) * 6)
    check.true(90 <= share <= 110, "heavy has six times light's: %d %%" % share)
    table = []
    tickslot.report(sched, table.append)
    check.true("heavy" in table[1] and "running" in table[3], "\n".join(table))
    check.true(any("sleep heavy" in line for line in trace.lines()), "the trace names it")
    for task in (heavy, light):
        task.cancel()


sched.spawn(looks(), name="looks")
sched.run()
print("OK")
