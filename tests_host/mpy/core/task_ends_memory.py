# covers: problem:261
"""MicroPythonOS#261, micropython-async#74: finished tasks keep memory. Here 10,000 do not."""

import check
import gc
import sys
import tickslot

TASKS = 10000 if sys.platform == "linux" else 1000

sched = tickslot.Scheduler(1, clock=tickslot.ManualClock())
sched.on_error = lambda task, error: None
scope = tickslot.Scope(sched, 1)


def ends(number):
    yield
    if number % 7 == 0:
        raise ValueError("one that raises")
    return bytearray(64)  # a result that nobody takes


def some(count):
    for number in range(count):
        task = (scope if number % 3 == 0 else sched).spawn(ends(number), name="task")
        if number % 5 == 0:
            sched.poll_once()
            task.cancel()
        while sched.poll_once():
            pass
        if scope.live == 0:
            scope._ended = 0  # its results are taken
            scope._states[0] = 0
        check.equal(sched.tasks(), [])


some(100)
gc.collect()
before = gc.mem_alloc()
some(TASKS)
gc.collect()
kept = gc.mem_alloc() - before
# The last results that handles hold, and no more: it does not grow with the number of tasks.
check.true(kept < 2000, "%d bytes are kept" % kept)
print("OK")
