# needs: time
# covers: asyncrtos:handlers
"""Handlers stand in a table; one can be replaced, added and removed while the service runs."""

import check
import tickslot

sched = tickslot.Scheduler(6)


def one(arg):
    return "one"


def other(arg):
    yield sched.sleep_ms(1)
    return "other"


class Device:
    def method(self, arg):
        return ("bound", arg)


service = tickslot.Service(sched, {0: one}, requests=2, methods=3)
client = tickslot.Client(sched, service)


def program():
    check.equal((yield client.call(0)), "one")
    check.same((yield client.call(2)), tickslot.UNKNOWN_METHOD)
    service.handle(0, other)
    service.handle(2, Device().method)
    check.equal((yield client.call(0)), "other")
    check.equal((yield client.call(2, 5)), ("bound", 5))
    service.handle(0, None)
    check.same((yield client.call(0)), tickslot.UNKNOWN_METHOD)
    service.handle(0, one)
    check.equal((yield client.call(0)), "one")


service.start()
sched.run_until(sched.spawn(program()))
check.raises(ValueError, ("beyond the table of 3", "methods="), service.handle, 3, one)
check.raises(ValueError, "methods=1", tickslot.Service, sched, {1: one}, 2, None, 4, 1)
print("OK")
