# needs: threads, time
# covers: problem:async-context
"""micropython-async: a queue's echo between threads stalls; a job that raises ends its worker.

Here every item comes back, in order, beside jobs of which every other one raises.
"""

import sys

import check
import tickslot

board = sys.platform == "rp2"
ECHOES = 300 if board else 3000
JOBS = 20
main = tickslot.Scheduler(4)
pool = tickslot.Pool(1, jobs=4, slots=4, sealed=board)
pool.on(main)
other = pool.schedulers[0]
out, back = tickslot.CrossChannel(4), tickslot.CrossChannel(4)
out_here, back_here = out.on(main), back.on(main)
out_there, back_there = out.on(other), back.on(other)


def echo():
    while True:
        yield back_there.send((yield out_there.recv()))


def sends():
    for i in range(ECHOES):
        yield out_here.send(i)


def receives():
    for i in range(ECHOES):
        check.equal((yield back_here.recv()), i)


def odd(i):
    if i & 1:
        raise ValueError(i)
    return i


def asks():
    raised = 0
    for i in range(JOBS):
        try:
            check.equal((yield pool.spawn(odd, i, worker=0).join(main)), i)
        except ValueError:
            raised += 1
    check.equal(raised, JOBS // 2)


other.spawn(echo())
pool.start()
main.spawn(sends())
asking = main.spawn(asks())
main.run_until(main.spawn(receives()))
main.run_until(asking)
check.equal(pool.errors, JOBS // 2)
check.same(pool.stop(), True)
print("OK")
