"""Services on CPython, where each access of the hot code is checked for the bounds of its block."""

import pytest

import tickslot
from tickslot.rpc.buffers import Buffers
from tickslot.rpc.client import Client
from tickslot.rpc.handling import TAKEN
from tickslot.rpc.service import Service
from tickslot.rpc.statistics import BUCKETS, Statistics

PLAIN, WAITS, TAKES, RAISES, NONE = range(5)


@pytest.mark.parametrize("overflow", ["reject", "block", "drop-oldest"])
def test_calls_of_every_kind(overflow):
    clock = tickslot.ManualClock()
    here = tickslot.Scheduler(6, clock=clock)
    there = tickslot.Scheduler(6, clock=clock)
    there.on_error = lambda task, error: None

    def waits(arg):
        yield there.sleep_ms(2)
        return arg

    def raises(arg):
        raise ValueError(arg)

    def takes():
        while True:
            ticket = yield service.take()
            service.reply(ticket, service.argument(ticket))

    handlers = {PLAIN: abs, WAITS: waits, TAKES: TAKEN, RAISES: raises}
    service = Service(there, handlers, requests=4, queue=2, overflow=overflow)
    statistics = Statistics(service, clock)
    clients = Client(here, service), Client(there, service)
    got = []

    def asks(client, method):
        for arg in range(10):
            got.append((yield client.call(method, arg, 50)))
            if client.post(method, arg) is True:
                yield client.scheduler.sleep_ms(3)

    service.start()
    there.spawn(takes())
    for client in clients:
        for method in (PLAIN, WAITS, TAKES, RAISES, NONE)[:4 if client is clients[1] else 5]:
            client.scheduler.spawn(asks(client, method))
    for _ in range(800):
        here.poll_once()
        there.poll_once()
        clock.advance(1)
    assert len(got) == 90
    assert (service.free, service.held, len(there.tasks()), here.tasks()) == (4, 0, 1, [])
    wanted = {"9", "RAISED", "UNKNOWN_METHOD"} if overflow == "block" else {"9", "FULL"}
    assert {str(reply) for reply in got} >= wanted
    trips = sum(statistics.round_trips(bucket) for bucket in range(BUCKETS))
    assert trips == service.accepted
    service.stop()
    assert Client(here, service).ask(PLAIN) is tickslot.STOPPED
    there.tasks()[0].cancel()
    there.poll_once()


def test_buffers():
    buffers = Buffers(2, 8)
    first, second = buffers.lend("a"), buffers.lend("b")
    assert buffers.lend("c") is tickslot.EMPTY
    buffers.buffer(first, "a")[7] = 1
    first = buffers.pass_on(first, "a", "b")
    assert (buffers.take_back("b"), buffers.lent) == (2, 0)
    for ticket in (first, second, 0, 0x3FFF):
        with pytest.raises(RuntimeError, match="has ended"):
            buffers.give_back(ticket, "b")
