# needs: threads, time
# covers: asyncrtos:callbacker
"""A callback is called on the caller's core when the reply comes; several requests in flight."""

import check
import tickslot

try:
    from _thread import get_ident
except ImportError:
    get_ident = None

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
service = tickslot.Service(scheduler, {0: tickslot.TAKEN}, requests=4)
client = tickslot.Client(main, service)
got = []
turns = [0]
taken = [0]
here = get_ident()


def reverse():
    """Answers three requests at once, the last first."""
    while True:
        first = yield service.take()
        taken[0] += 1
        second = yield service.take()
        third = yield service.take()
        service.reply(third, service.argument(third) * 10)
        service.reply(second, service.argument(second) * 10)
        service.reply(first, service.argument(first) * 10)


def callback(reply):
    got.append(reply)
    assert get_ident() == here, "a callback belongs on the caller's core"


def program():
    tickets = [client.call_back(0, i, callback) for i in range(3)]
    assert len(set(tickets)) == 3
    check.equal(got, [], "the caller does not wait")
    while len(got) < 3:
        turns[0] += 1
        yield main.sleep_ms(1)
    check.equal(got, [20, 10, 0])
    check.same(client.cancel(tickets[0]), False, "too late to cancel")
    # One that is given up is not called, and its reply is counted as late.
    given_up = client.call_back(0, 7, callback)
    while taken[0] < 2:
        yield main.sleep_ms(1)
    check.same(client.cancel(given_up), True)
    for i in range(2):
        client.call_back(0, 8 + i, callback)
    while len(got) < 5:
        yield main.sleep_ms(1)
    check.equal(got[3:], [90, 80])
    yield main.sleep_ms(5)
    check.equal(client.late, 1)
    check.equal(service.replies(tickslot.CANCELLED), 0, "it was handled")


scheduler.spawn(reverse())
service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(), True)
check.true(turns[0] > 0, "the caller ran on")
check.equal((service.free, len(got), main.errors), (4, 5, 0))
print("OK")
