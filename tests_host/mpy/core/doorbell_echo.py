# needs: threads
# covers: problem:15982
"""#15982, #13288: no wake is lost in echoes between two threads that stall now and then.

Here 2 runs of 5,000. A soak, in this folder:
../../../build/unix/micropython doorbell_echo.py 100000 20
"""

import sys
import time

import tickslot
from tickslot.cores.mailbox_of import mailbox_of

host = sys.platform != "rp2"
arguments = [int(argument) for argument in sys.argv[1:]]
ECHOES, RUNS = arguments or (5000, 2 if host else 1)
# Under a GIL only `sleep` lets the other side go on meanwhile; its floats are made here.
STALLS = (0.00001, 0.00003, 0.0001, 0.0003)

main = tickslot.Scheduler(4)
back = mailbox_of(main)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler, "echo")
out = worker.mailbox
arrived = main.channel(4)
state = [12345, 54321]


def stall(side):
    """Now and then, keep this side from looking for some microseconds."""
    seed = state[side] = (state[side] * 73 + 12345) & 0xFFFF
    if seed >> 10 == 0:
        if host:
            time.sleep(STALLS[seed >> 8 & 3])
        else:
            time.sleep_us(seed >> 3 & 127)


def ping(value):
    stall(1)
    assert back.post(pong, value)


def pong(value):
    assert arrived.try_send(value)


def program():
    for i in range(ECHOES):
        stall(0)
        assert out.post(ping, i)
        got = yield arrived.recv()
        assert got == i, (got, i)
        if i & 1023 == 0:
            yield main.sleep_ms(1)  # a timer runs meanwhile


worker.start()
for _ in range(RUNS):
    start = time.ticks_us()
    main.run_until(main.spawn(program()))
    print("%.1f us an echo" % (time.ticks_diff(time.ticks_us(), start) / ECHOES))
worker.stop()
assert worker.join() is True, worker
assert (out.refused, back.refused, scheduler.errors, main.errors) == (0, 0, 0, 0)
print("OK")
