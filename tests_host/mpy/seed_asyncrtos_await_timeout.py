# needs: threads, time
"""A reply that does not come in time is TIMEOUT; a late one is dropped and counted."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
service = tickslot.Service(scheduler, {0: tickslot.TAKEN, 1: abs}, requests=4)
client = tickslot.Client(main, service)


def slow():
    """Keeps its first request for ever, and the others for 60 ms."""
    yield service.take()
    while True:
        ticket = yield service.take()
        yield scheduler.sleep_ms(60)
        service.reply(ticket, "late")


def program():
    before = main.now()
    check.same((yield client.call(0, timeout_ms=40)), tickslot.TIMEOUT, "never")
    check.true(40 <= main.now() - before < 500, "it takes 40 ms")
    check.same((yield client.call(0, timeout_ms=40)), tickslot.TIMEOUT, "late")
    check.equal((yield client.call(1, -3, timeout_ms=1000)), 3, "the late one is not its reply")
    check.equal((yield client.call(0, timeout_ms=1000)), "late")
    check.equal(client.late, 1)
    check.equal((service.held, service.free), (1, 3), "the first is still there")


scheduler.spawn(slow())
service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(2000), True)
print("OK")
