# needs: time
"""Every way to ask, to answer and to give up, hit and miss, with no byte allocated."""

import check
import tickslot

clock = tickslot.ManualClock()
here = tickslot.Scheduler(6, clock=clock)
there = tickslot.Scheduler(6, clock=clock)
PLAIN, TAKEN, KEEPS, ON, NONE = range(5)
RIGHT = (PLAIN, TAKEN, ON)
ROUNDS = check.ROUNDS // 10  # each is a dozen calls
LATER = tickslot.LATER
kept = [None]
count = [0]


def keeps(arg):
    kept[0] = service.keep()
    return LATER


def on(arg):
    return service.forward(second, 0, arg)


def takes():
    while True:
        ticket = yield service.take()
        if service.wanted(ticket):
            service.reply(ticket, service.argument(ticket))
        else:
            service.reply(ticket)


def called_back(reply):
    if reply == 7:
        count[0] += 1


service = tickslot.Service(
    there, {PLAIN: abs, TAKEN: tickslot.TAKEN, KEEPS: keeps, ON: on}, requests=3, queue=2
)
behind = tickslot.Service(here, {0: abs})
second = tickslot.Client(there, behind)
far = tickslot.Client(here, service)
near = tickslot.Client(there, service)
wrong = [0]


def asks(client):
    while True:
        for method in RIGHT:
            if (yield client.call(method, 7)) != 7:
                wrong[0] += 1
        if (yield client.call(NONE)) is not tickslot.UNKNOWN_METHOD:
            wrong[0] += 1
        if (yield client.call(KEEPS, 7, 1)) is not tickslot.TIMEOUT:
            wrong[0] += 1
        service.reply(kept[0], 1)
        yield client.scheduler.sleep_ms(1)
        if (yield client.spawn(abs, -7)) != 7:
            wrong[0] += 1
        client.post(PLAIN, 1)
        yield client.scheduler.sleep_ms(1)
        client.call_back(PLAIN, -7, called_back)
        yield client.scheduler.sleep_ms(1)
        ticket = client.call_back(TAKEN, 7, called_back)
        client.cancel(ticket)
        client.cancel(ticket)
        yield client.scheduler.sleep_ms(1)
        count[0] += 1


def turns():
    for _ in range(12):
        here.poll_once()
        there.poll_once()
    clock.advance(1)


def step():
    before = count[0]
    for _ in range(12):
        turns()
    if count[0] == before or wrong[0]:
        raise AssertionError("not what was asked for")


service.start()
behind.start()
there.spawn(takes())
for client in (far, near):
    task = client.scheduler.spawn(asks(client))
    check.allocates_nothing(step, "calls of %r" % client, ROUNDS)
    task.cancel()
    turns()
    if service.held:  # cancelled in a call that was kept
        service.reply(kept[0])
        turns()
check.equal((here.errors, there.errors, service.held), (0, 0, 0))


# Full, and stopped; with a caller that waits in code that is no task.
def refused():
    if far.post(KEEPS) is not True or far.post(KEEPS) is not True:
        raise AssertionError("there is room")
    if far.post(PLAIN) is not tickslot.FULL or far.ask(PLAIN, 1) is not tickslot.FULL:
        raise AssertionError("there is none")
    service.stop()
    if far.post(PLAIN) is not tickslot.STOPPED or far.ask(PLAIN, 1) is not tickslot.STOPPED:
        raise AssertionError("it does not run")
    turns()
    service.start()
    if near.ask(PLAIN, -7) != 7 or near.ask(KEEPS, 1, 0) is not tickslot.TIMEOUT:
        raise AssertionError("not what was asked for")
    service.reply(kept[0])
    turns()


check.allocates_nothing(refused, "refusals", ROUNDS)
check.equal((service.held, service.free), (0, 3))
print("OK")
