# needs: host, threads
"""Ctrl-C, and what another thread schedules, reach a main thread that waits for a worker."""

import os

import check
import micropython
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler, sealed=False)
channel = tickslot.CrossChannel(1)
here, far = channel.on(main), channel.on(scheduler)
called = []
interrupts = [0]
waiting = [0]  # times that `run` has run a task which then waits
PRESS = "(while kill -0 $PPID && ! rm %s; do sleep 0.02; done; kill -INT $PPID) 2>/dev/null &"
GO = "/tmp/tickslot-ctrl-c-%s" % open("/proc/self/stat").read().split()[0]


def waits():
    return (yield here.recv())


def waits_for_ctrl_c():
    waiting[0] += 1
    return (yield here.recv())


def program():
    """On the worker, which frees the main thread when nothing else does."""
    micropython.schedule(called.append, 1)
    while not called:
        yield scheduler.sleep_ms(1)
    yield far.send(1)
    for i in range(3):
        # Who waits for a command is deaf to Ctrl-C: it comes after that, and when `run` runs.
        os.system(PRESS % GO)
        while waiting[0] <= i:
            yield scheduler.sleep_ms(1)
        open(GO, "w").close()
        while interrupts[0] <= i:
            yield scheduler.sleep_ms(1)


scheduler.spawn(program())
worker.start()
check.equal(main.run_until(main.spawn(waits())), 1, "calls")

# Ctrl-C ends `run`, and leaves all as it was: it can go on.
for i in range(3):
    task = main.spawn(waits_for_ctrl_c())
    check.raises(KeyboardInterrupt, "", main.run)
    interrupts[0] += 1
    check.same(channel.try_send(i), True)
    check.equal(main.run_until(task), i)
worker.stop()
check.same(worker.join(), True)
check.equal((main.errors, scheduler.errors), (0, 0))
print("OK")
