# needs: threads
"""A start that finds no thread leaves nothing behind: the next start works, and so do sleeps."""

import check
import tickslot

port = tickslot.port
sched = tickslot.Scheduler(3)
worker = tickslot.Worker(sched)
ended = bytearray(1)
start_thread = port.start_thread


def refuse(function, arguments, stack_bytes=0):
    raise RuntimeError("none is left")


def sleeps():
    yield sched.sleep_ms(5)
    ended[0] = 1


port.start_thread = refuse
check.raises(RuntimeError, "none is left", worker.start)
check.equal(worker.state, "new")
port.start_thread = start_thread
sched.spawn(sleeps())
worker.start()
for _ in range(10000):
    if ended[0]:
        break
    port.wait_1ms()
check.equal(ended[0], 1, "a sleep on a worker that was started the second time")
worker.stop()
check.same(worker.join(2000), True, "join")
print("OK")
