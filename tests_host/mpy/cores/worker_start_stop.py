# needs: threads
# covers: problem:4303
"""A worker starts, stops, is joined and starts again; nothing that a task raises ends it."""

import time

import check
import tickslot

main = tickslot.Scheduler(2)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler, "one")
seen = bytearray(8)
COUNT, FINALLY, POSTED, SECOND = 0, 1, 2, 3


class Stop(BaseException):
    pass


ERRORS = (ValueError("one"), SystemExit(), Stop())


def busy():
    while True:
        seen[COUNT] = seen[COUNT] + 1 & 127
        yield scheduler.sleep_ms(1)


def cleans_up():
    try:
        while True:
            yield scheduler.sleep_ms(1000)
    finally:
        seen[FINALLY] += 1


def raises(error):
    yield scheduler.sleep_ms(2)
    raise error


def posted(index):
    seen[index] += 1
    if seen[index] == 1:
        raise RuntimeError("a posted call raised")


def silent(task, error):
    pass


def wait_for(index, wanted):
    while seen[index] < wanted:
        tickslot.port.wait_1ms()  # under a GIL, time.sleep_ms keeps it


check.equal(worker.state, "new")
check.true(worker.done() and worker.join(0) is True, "one that never ran is done")
worker.stop()  # does nothing

# Whatever a task raises, the worker goes on.
scheduler.on_error = silent
scheduler.spawn(busy(), name="busy")
raising = scheduler.spawn(raises(ERRORS[0]), name="raises")
scheduler.spawn(cleans_up(), name="cleans up")
worker.start()
check.equal(worker.state, "running")
check.same(worker.start(), worker, "starting a worker that runs")
wait_for(COUNT, 20)
check.true(worker.mailbox.post(posted, POSTED), "there is room")
wait_for(POSTED, 1)
check.true(worker.mailbox.post(posted, POSTED), "there is room")
wait_for(POSTED, 2)
worker.stop()
worker.stop()
check.same(worker.join(), True, "join")
check.equal((worker.state, worker.done(), seen[FINALLY]), ("stopped", True, 1))
check.equal(scheduler.errors >= 2, True, "errors counted")
check.equal(scheduler.tasks(), [])
stands = seen[COUNT]
time.sleep(0.005)
check.equal(seen[COUNT], stands, "a stopped worker's tasks")

# Again, and with an exception that ends `run` itself.
for error in ERRORS[1:]:
    seen[COUNT] = 0
    scheduler.spawn(busy(), name="busy")
    scheduler.spawn(raises(error), name="ends run")
    worker.start()
    wait_for(COUNT, 10)
    worker.stop()
    check.same(worker.join(), True, "join")

# A timeout of join's is a value; a worker that cannot be had says how many there are.
scheduler.spawn(busy(), name="busy")
worker.start()
check.same(worker.join(5), tickslot.TIMEOUT, "join of one that runs")
if tickslot.port.threads == 1:
    second = tickslot.Worker(tickslot.Scheduler(2))
    check.raises(RuntimeError, "this port has 1 beside the main one", second.start)
    check.equal(second.state, "new")
worker.stop()
check.same(worker.join(), True, "join")
check.raises(ValueError, "2048", tickslot.Worker, tickslot.Scheduler(2), "small", True, 100)
print("OK")
