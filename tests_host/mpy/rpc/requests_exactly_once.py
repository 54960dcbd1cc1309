# needs: host, threads
"""Mixed calls with timeouts, cancels, raises, stops, restarts, full queues and self-calls: every
request ends exactly once, and the pool is whole afterwards.  `ROUNDS` in the environment: how many.
"""

import os
import random

import check
import tickslot

ROUNDS = int(os.getenv("ROUNDS") or 300)
random.seed(4711)

OKAY, RAISES, WAITS, TAKEN, SELF, GONE = range(6)
REASONS = (
    tickslot.TIMEOUT,
    tickslot.FULL,
    tickslot.STOPPED,
    tickslot.RAISED,
    tickslot.CANCELLED,
    tickslot.UNKNOWN_METHOD,
)


def soak(overflow):
    main = tickslot.Scheduler(24, calls=8)
    scheduler = tickslot.Scheduler(24, calls=8)
    worker = tickslot.Worker(scheduler, sealed=False)

    def okay(arg):
        return arg

    def raises(arg):
        raise ValueError(arg)

    def waits(arg):
        yield scheduler.sleep_ms(arg & 3)
        if arg & 4:
            raise ValueError(arg)
        return arg

    def to_self(arg):
        inner.post(OKAY, arg)
        return arg

    def taker():
        while True:
            ticket = yield service.take()
            yield scheduler.sleep_ms(1)
            try:
                service.reply(ticket, service.argument(ticket))
            except RuntimeError:  # the service was stopped meanwhile, and has ended it
                pass

    service = tickslot.Service(
        scheduler,
        {OKAY: okay, RAISES: raises, WAITS: waits, TAKEN: tickslot.TAKEN, SELF: to_self},
        requests=12,
        queue=9,
        name="soak",
        overflow=overflow,
    )
    client = tickslot.Client(main, service)
    inner = tickslot.Client(scheduler, service)
    outcomes = {}
    callbacks = [0, 0]  # asked for, called

    def count(reply, arg):
        if reply in REASONS:
            key = str(reply)
        else:
            assert reply == arg, (reply, arg)
            key = "result"
        outcomes[key] = outcomes.get(key, 0) + 1

    def callback(reply):
        callbacks[1] += 1

    def caller(seed):
        for _ in range(ROUNDS):
            arg = random.getrandbits(10)
            what = random.getrandbits(3)
            method = random.getrandbits(8) % 6
            if what < 3:
                count((yield client.call(method, arg)), arg)
            elif what < 5:
                count((yield client.call(method, arg, timeout_ms=random.getrandbits(2))), arg)
            elif what == 5:
                client.post(method, arg)
                yield
            elif what == 6:
                ticket = client.call_back(method, arg, callback)
                if type(ticket) is int:
                    callbacks[0] += 1
                    if arg & 1:
                        yield
                        if client.cancel(ticket):
                            callbacks[0] -= 1
                yield
            else:
                victim = main.spawn(asks(method, arg))
                generation = victim.generation
                yield main.sleep_ms(arg & 1)
                if victim.generation == generation:  # else the handle is another task's by now
                    victim.cancel()
        ended[0] += 1

    ended = [0]

    def asks(method, arg):
        yield client.call(method, arg)

    def restarts():
        """Stops and starts the service, on its own thread, now and then."""
        while True:
            yield scheduler.sleep_ms(7)
            service.stop()
            yield scheduler.sleep_ms(1)
            service.start()

    def program():
        for i in range(6):
            main.spawn(caller(i))
        while ended[0] < 6:  # their handles are long reused by then: no join
            yield main.sleep_ms(1)
        while service.free < 12 or callbacks[0] != callbacks[1]:
            yield main.sleep_ms(1)

    main.on_error = lambda task, error: None
    scheduler.on_error = lambda task, error: None
    service.start()
    scheduler.spawn(taker())
    scheduler.spawn(restarts())
    worker.start()
    main.run_until(main.spawn(program()))
    worker.stop()
    check.same(worker.join(), True)
    print(outcomes, "late", client.late, "accepted", service.accepted, "refused", service.refused)
    check.equal((service.free, service.held), (12, 0), "the pool is whole")
    total = sum(service.replies(reason) for reason in (None, tickslot.REJECTED) + REASONS[1:])
    check.equal(total, service.accepted, "every request ended once")
    check.true(all(cell is None for cell in service.cells), "a request still refers to something")
    check.equal(main.errors, 0)
    for reason in ("result", "TIMEOUT", "STOPPED", "RAISED", "UNKNOWN_METHOD"):
        check.true(outcomes.get(reason), "the soak never saw %s" % reason)


for overflow in ("reject", "block", "drop-oldest"):
    soak(overflow)
print("OK")
