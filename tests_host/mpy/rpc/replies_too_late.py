# needs: threads, time
# covers: asyncrtos:await_timeout
"""A reply that does not come in time is TIMEOUT; a late one is dropped and counted."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
service = tickslot.Service(scheduler, {0: tickslot.TAKEN, 1: abs}, requests=4)
client = tickslot.Client(main, service)
given_up = bytearray(1)


def slow():
    """Keeps its first request for ever, and the next until its caller has given up."""
    yield service.take()
    while True:
        ticket = yield service.take()
        while not given_up[0]:
            yield scheduler.sleep_ms(1)
        service.reply(ticket, "late")


def program():
    before = main.now()
    check.same((yield client.call(0, timeout_ms=40)), tickslot.TIMEOUT, "never")
    check.true(main.now() - before >= 40, "it takes 40 ms")
    check.same((yield client.call(0, timeout_ms=40)), tickslot.TIMEOUT, "late")
    given_up[0] = 1
    check.equal((yield client.call(1, -3, timeout_ms=60000)), 3, "the late one is not its reply")
    check.equal((yield client.call(0, timeout_ms=60000)), "late")
    check.equal(client.late, 1)
    check.equal((service.held, service.free), (1, 3), "the first is still there")


scheduler.spawn(slow())
service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(), True)
print("OK")
