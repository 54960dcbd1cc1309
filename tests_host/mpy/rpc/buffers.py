# needs: threads, time
"""Bulk data in buffers that are lent, passed on across cores and given back; each misuse shows."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
check.raises(ValueError, "make its Worker first", tickslot.Buffers, 2, 16, scheduler)
check.raises(ValueError, "1 to 16383 buffers", tickslot.Buffers, 0, 16)
check.raises(ValueError, "of a byte or more", tickslot.Buffers, 1, 0)
worker = tickslot.Worker(scheduler)
buffers = tickslot.Buffers(2, 64, scheduler)
EMPTY = tickslot.EMPTY


# -- one who borrows, and misuse
check.raises(RuntimeError, "has ended", buffers.buffer, 0, "me")
first = buffers.lend("me")
second = buffers.lend("you")
check.same(buffers.lend("me"), EMPTY, "all are lent")
check.equal((buffers.lent, buffers.high_water), (2, 2))
check.equal(len(buffers.buffer(first, "me")), 64)
check.true(buffers.buffer(first, "me") is not buffers.buffer(second, "you"), "two of them")
check.raises(RuntimeError, "'you' does not hold", buffers.give_back, first, "you")
check.raises(RuntimeError, "does not hold", buffers.buffer, first, "you")
check.raises(RuntimeError, "does not hold", buffers.pass_on, second, "me", "me")
passed = buffers.pass_on(first, "me", "you")
check.raises(RuntimeError, ("'me'", "has ended", "passed on"), buffers.buffer, first, "me")
check.raises(RuntimeError, "has ended", buffers.give_back, first, "me")
check.equal(len(buffers.buffer(passed, "you")), 64)
buffers.give_back(passed, "you")
check.raises(RuntimeError, ("has ended", "given back"), buffers.give_back, passed, "you")
check.raises(RuntimeError, "has ended", buffers.buffer, passed, "you")
check.raises(RuntimeError, "has ended", buffers.buffer, 0x3FFF, "you")
check.raises(RuntimeError, "has ended", buffers.give_back, 0x3FFF, "you")
check.raises(RuntimeError, "has ended", buffers.pass_on, passed, "you", "me")
check.equal(buffers.lent, 1)
third = buffers.lend("me")
check.true(third != first and third != passed, "the same buffer, another lease")
check.equal((buffers.take_back("you"), buffers.take_back("you"), buffers.leaks), (1, 0, 1))
buffers.give_back(third, "me")
check.equal((buffers.lent, buffers.take_back("me"), buffers.leaks), (0, 0, 1))


# -- across cores: the caller fills a buffer, the service answers in it
def invert(ticket):
    data = buffers.buffer(ticket, service)
    for i in range(len(data)):
        data[i] ^= 255
    return buffers.pass_on(ticket, service, client)


def keeps(ticket):
    """Neither gives it back nor passes it on."""
    buffers.buffer(ticket, service)


def returns_twice(ticket):
    buffers.give_back(ticket, service)
    buffers.give_back(ticket, service)


def uses_no_more(ticket):
    buffers.give_back(ticket, service)
    return buffers.buffer(ticket, service)


def stopping(service):
    leaked[0] += buffers.take_back(service)


errors = []
leaked = [0]
service = tickslot.Service(
    scheduler,
    {0: invert, 1: keeps, 2: returns_twice, 3: uses_no_more},
    requests=4,
    on_stop=stopping,
    name="bulk",
)
client = tickslot.Client(main, service)
service.on_error = lambda who, error: errors.append(error)
scheduler.on_error = lambda who, error: None


def program():
    for round in range(100):
        mine = buffers.lend(client)
        data = buffers.buffer(mine, client)
        for i in range(64):
            data[i] = round
        back = yield client.call(0, buffers.pass_on(mine, client, service))
        if buffers.buffer(back, client)[63] != round ^ 255:
            raise AssertionError("another's data")
        buffers.give_back(back, client)
    for method, wanted in ((2, tickslot.RAISED), (3, tickslot.RAISED), (1, None)):
        mine = buffers.lend(client)
        check.same((yield client.call(method, buffers.pass_on(mine, client, service))), wanted)
    check.equal((buffers.lent, buffers.high_water), (1, 2), "the one that was kept")


service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(), True)
check.equal((leaked[0], buffers.leaks, buffers.lent), (1, 2, 0), "what leaked is seen at the stop")
check.equal(len(errors), 2)
for error in errors:
    check.says(error, "bulk", "has ended")


# -- it allocates nothing
def step():
    mine = buffers.lend(main)
    buffers.buffer(mine, main)
    its = buffers.pass_on(mine, main, scheduler)
    other = buffers.lend(main)
    if buffers.lend(main) is not EMPTY or buffers.lent != 2:
        raise AssertionError("it had another one")
    buffers.give_back(its, scheduler)
    if buffers.take_back(main) != 1 or other < 0:
        raise AssertionError("it was lent")


check.allocates_nothing(step, "leases")
print("OK")
