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


def waits():
    return (yield here.recv())


def program():
    """On the worker, which frees the main thread when nothing else does."""
    micropython.schedule(called.append, 1)
    yield scheduler.sleep_ms(200)
    yield far.send(len(called))
    for i in range(3):
        # not at once: who waits for a command is deaf to it
        os.system("(sleep 0.05; kill -INT $PPID) &")
        for _ in range(500):
            yield scheduler.sleep_ms(10)
            if interrupts[0] > i:
                break
        else:
            yield far.send("not interrupted")


scheduler.spawn(program())
worker.start()
check.equal(main.run_until(main.spawn(waits())), 1, "calls")

# Ctrl-C ends `run`, and leaves all as it was: it can go on.
for i in range(3):
    waiting = main.spawn(waits())
    check.raises(KeyboardInterrupt, "", main.run)
    interrupts[0] += 1
    check.same(channel.try_send(i), True)
    check.equal(main.run_until(waiting), i)
worker.stop()
check.same(worker.join(2000), True)
check.equal((main.errors, scheduler.errors), (0, 0))
print("OK")
