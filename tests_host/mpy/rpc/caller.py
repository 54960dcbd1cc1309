# needs: threads, time
# covers: asyncrtos:awaitable
"""A task asks a service on another core, with 0 and 1 arguments, and waits for a delayed reply."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(6)
worker = tickslot.Worker(scheduler)
NOTHING, DOUBLE, DELAYED = range(3)


def nothing(arg):
    return "nothing" if arg is None else "something"


def double(arg):
    return 2 * arg


service = tickslot.Service(
    scheduler, {NOTHING: nothing, DOUBLE: double, DELAYED: tickslot.TAKEN}, requests=4, name="math"
)
client = tickslot.Client(main, service)


def delayed():
    while True:
        ticket = yield service.take()
        yield scheduler.sleep_ms(5)
        service.reply(ticket, service.argument(ticket) + 1)


def program():
    check.equal((yield client.call(NOTHING)), "nothing")
    check.equal((yield client.call(DOUBLE, 21)), 42)
    before = main.now()
    check.equal((yield client.call(DELAYED, 1)), 2)
    assert main.now() - before >= 5, main.now() - before
    check.equal((yield client.call(DELAYED, 2, timeout_ms=60000)), 3)
    return "done"


scheduler.spawn(delayed(), name="delayed")
service.start()
worker.start()
check.equal(main.run_until(main.spawn(program()), sealed=True), "done")
worker.stop()
check.same(worker.join(), True)
check.equal((service.free, service.held, service.accepted, service.replies()), (4, 0, 4, 4))
check.equal((scheduler.errors, main.errors), (0, 0))
print("OK")
