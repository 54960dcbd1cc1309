# needs: time
# covers: asyncrtos:self_send
"""A service that calls itself with its queue full gets FULL, not a deadlock."""

import check
import tickslot

sched = tickslot.Scheduler(6)
outcomes = []


def handler(arg):
    """Asks its own service: with room, and with none."""
    if arg == "outer":
        outcomes.append(client.post(0, "inner"))
    return arg


def task_handler(arg):
    reply = yield client.call(0, "from a task")
    return reply


service = tickslot.Service(sched, {0: handler, 1: task_handler}, requests=4, queue=1)
client = tickslot.Client(sched, service)


def program():
    check.equal((yield client.call(0, "outer")), "outer")
    check.same(outcomes[0], tickslot.FULL)
    check.same((yield client.call(1)), tickslot.FULL, "it holds the one that asks")
    roomy.start()
    check.equal((yield other.call(0)), "inner reply")


def outer(arg):
    reply = yield other.call(1)
    return reply


def inner(arg):
    return "inner reply"


roomy = tickslot.Service(sched, {0: outer, 1: inner}, requests=2)
other = tickslot.Client(sched, roomy)
service.start()
sched.run_until(sched.spawn(program()))
check.equal((service.free, roomy.free, service.refused, service.high_water), (4, 2, 2, 1))
print("OK")
