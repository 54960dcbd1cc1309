# needs: threads
# covers: asyncrtos:spawn
"""A function is run once on another worker, and its result is the reply."""

from _thread import get_ident

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler, sealed=False)
service = tickslot.Service(scheduler, {}, requests=2)
client = tickslot.Client(main, service)


def where(arg):
    return (get_ident(), arg)


def waits(arg):
    yield scheduler.sleep_ms(2)
    return arg + 1


def raises(arg):
    raise ValueError(arg)


def program():
    ident, arg = yield client.spawn(where, 5)
    check.true(ident != get_ident(), "on the other thread")
    check.equal(arg, 5)
    if tickslot.port.threads > 1:  # rp2's second core must not allocate a generator
        check.equal((yield client.spawn(waits, 41)), 42)
    check.same((yield client.spawn(raises, 1)), tickslot.RAISED)
    check.same((yield client.spawn(where, 6)).__class__, tuple, "it lives")


scheduler.on_error = lambda task, error: None
service.start()
worker.start()
main.run_until(main.spawn(program()))
worker.stop()
check.same(worker.join(), True)
check.equal((service.free, service.errors, main.errors), (2, 1, 0))
print("OK")
