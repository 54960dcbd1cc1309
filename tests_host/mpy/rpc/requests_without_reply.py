# needs: threads, time
# covers: asyncrtos:forgettable
"""A request without a reply: its slot frees itself."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
total = [0]


def add(arg):
    total[0] += arg


service = tickslot.Service(scheduler, {0: add}, requests=2)
client = tickslot.Client(main, service)


def program():
    for i in range(50):
        while client.post(0, i) is not True:
            yield main.sleep_ms(1)
    while service.free < 2:
        yield main.sleep_ms(1)


service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(), True)
check.equal((total[0], service.accepted, service.free, client.late), (1225, 50, 2, 0))
print("OK")
