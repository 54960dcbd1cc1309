# needs: time
"""Wrong use of services and clients: each says what is wrong, and nothing is lost."""

import check
import tickslot

sched = tickslot.Scheduler(8)
kept = [None]


def keeps(arg):
    kept[0] = service.keep()
    return tickslot.LATER


def not_sent(arg):
    raise tickslot.AllocationError("an exception that is not sent: its reason is")


def interrupted(arg):
    raise KeyboardInterrupt


service = tickslot.Service(sched, {0: keeps, 1: not_sent, 2: abs, 3: interrupted}, requests=2)
client = tickslot.Client(sched, service)
other = tickslot.Scheduler(2)


def program():
    check.same((yield client.call(2, -1)), tickslot.STOPPED, "called before start")
    service.start()
    # A handler that keeps its request, and a reply that is given twice.
    check.same((yield client.call(0, 1, timeout_ms=2)), tickslot.TIMEOUT)
    service.reply(kept[0], "late")
    yield
    yield
    check.raises(RuntimeError, "a reply is given once", service.reply, kept[0], "again")
    for asked in (service.argument, service.method, service.wanted):
        check.raises(RuntimeError, "has ended", asked, kept[0])
    check.raises(RuntimeError, "has ended", service.reply, 0x3FFF, "no such request")
    check.raises(RuntimeError, "is for its handlers", service.keep)
    # Arguments and results are any object.
    check.same((yield client.call(1)), tickslot.RAISED)
    check.same((yield client.call(2, "no number")), tickslot.RAISED)
    check.equal((yield client.call(2, -5)), 5)
    # A call is yielded once.
    call = client.call(2, -6)
    check.equal((yield call), 6)
    try:
        yield call
        raise AssertionError("yielded twice")
    except RuntimeError as error:
        check.says(error, "yielded once")
    # One that is not yielded is answered all the same: on one scheduler at once.
    client.call(2, -7)
    yield
    yield
    yield
    check.equal((service.free, client.late), (2, 1))
    check.raises(RuntimeError, "outside of run()", client.ask, 2, -1)
    try:
        client.call("two")
        raise AssertionError("a method is a number")
    except TypeError:
        pass


check.raises(ValueError, "1 to 16382 requests", tickslot.Service, sched, {}, 0)
check.raises(ValueError, "its queue is 1 to 2", tickslot.Service, sched, {}, 2, 3)
check.raises(ValueError, "1 to 255 clients", tickslot.Service, sched, {}, 2, None, 0)
small = tickslot.Service(sched, {}, clients=1)
tickslot.Client(sched, small)
check.raises(ValueError, "clients=", tickslot.Client, sched, small)

service.on_error = lambda who, error: None
sched.run_until(sched.spawn(program()))
check.equal((service.free, service.held, service.errors), (2, 0, 2))
check.equal(client.ask(2, -9), 9)
check.same(client.ask(0, 0, timeout_ms=3), tickslot.TIMEOUT)
service.reply(kept[0], 1)
check.same(client.ask(9), tickslot.UNKNOWN_METHOD)
check.equal(client.late, 2)
# An interrupt goes on to whoever called, and the request is answered.
check.raises(KeyboardInterrupt, "", client.ask, 3)
check.equal(client.ask(2, -1), 1)
check.equal((service.free, service.held), (2, 0))


# Sealed, a generator function allocates: RAISED, and who hears of errors is told why.  What hands
# out generators that were made before is fine.
def waits(arg):
    yield
    return arg


class Stock:
    def __init__(self):
        self._made = [waits(arg) for arg in range(2)]

    def method(self, arg):
        return self._made[arg]


def sealed():
    replies[0] = yield client.call(0)
    replies[1] = yield client.call(1, 0)
    replies[2] = yield client.call(1, 1)


check.skip_above_small_addresses()
heard = []
replies = [None] * 3
sched = tickslot.Scheduler(8)
service = tickslot.Service(sched, {0: waits, 1: Stock().method})
client = tickslot.Client(sched, service)
service.on_error = lambda who, error: heard.append(error)
sched.on_error = lambda who, error: None
service.start()
sched.run_until(sched.spawn(sealed()), sealed=True)
check.equal(replies, [tickslot.RAISED, 0, 1])
check.equal([type(error) for error in heard], [tickslot.AllocationError])
check.says(heard[0], "<service", "allocated in a sealed scheduler")
check.equal((service.free, service.held), (8, 0))
print("OK")
