# needs: threads
# covers: problem:4303
"""#4303, #6381: a thread can be neither stopped nor joined.  A worker can, twenty times over."""

import check
import tickslot

scheduler = tickslot.Scheduler(3)
worker = tickslot.Worker(scheduler)
cleaned = bytearray(1)


def busy():
    try:
        while True:
            yield
    finally:
        cleaned[0] += 1


for i in range(20):
    scheduler.spawn(busy())
    worker.start()
    check.same(worker.join(2), tickslot.TIMEOUT)
    worker.stop()
    check.same(worker.join(), True)
    check.equal((cleaned[0], worker.state), (i + 1, "stopped"))
print("OK")
