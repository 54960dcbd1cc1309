# needs: host, threads
# covers: problem:15423
"""#15423, #4372: busy threads make others late under a GIL.  Idle workers let it go; none spins.

What they would take of the interpreter's time is time of the processor, whoever else has that.
"""

import time

import check
import tickslot


def cpu_ticks():
    with open("/proc/self/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])  # user and system, of 10 ms


def work():
    """Return the ticks of the processor that the whole process takes meanwhile."""
    start = cpu_ticks()
    for _ in range(10000000):
        pass
    return cpu_ticks() - start


def sleeper(scheduler):
    while True:
        yield scheduler.sleep_ms(5)


def start():
    scheduler = tickslot.Scheduler(3)
    scheduler.spawn(sleeper(scheduler))
    return tickslot.Worker(scheduler).start()


alone = work()
workers = [start(), start(), start()]
time.sleep(0.02)  # under a GIL, sleep_ms keeps it
beside = work()
for worker in workers:
    worker.stop()
for worker in workers:
    check.same(worker.join(), True)
print("%d ticks alone, %d beside 3 workers that sleep" % (alone, beside))
check.true(beside <= alone * 3 // 2 + 5, "idle workers take the interpreter's time")
print("OK")
