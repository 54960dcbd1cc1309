"""When an observed scheduler reads the clock, and when it writes a mark of an interrupt."""

import check
import tickslot


def texts(trace):
    return [line.split(" ", 1)[1] for line in trace.lines()]


# A mark is written before the next turn, however long nobody looked at the clock.
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock)
trace = tickslot.Trace(sched, 400)


def marks():
    for turn in range(100):
        if turn == 90:
            trace.mark_from_irq(turn)
        yield


sched.run_until(sched.spawn(marks(), name="marks"))
check.equal(texts(trace), ["spawn marks"] + ["yield marks"] * 91 + ["mark 90"]
            + ["yield marks"] * 9 + ["end marks"])  # fmt: skip


# The scheduler's clock is read the more often, the more of it a turn takes; but not each turn
# where it stands still.
def slow():
    for _ in range(300):
        yield
    for _ in range(80):
        yield
        clock.advance(1)


sched.run_until(sched.spawn(slow(), name="slow"))
times = [int(line.split()[0]) for line in trace.lines()]
check.equal(times[:301], [0] * 301)
check.equal(times[-10:], list(range(70, 80)))
print("OK")
