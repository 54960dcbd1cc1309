# needs: time
# covers: asyncrtos:send_to_stopped
"""A request to a stopped service is rejected with STOPPED at once, and no handler runs."""

import check
import tickslot

sched = tickslot.Scheduler(4)
ran = []
service = tickslot.Service(sched, {0: ran.append}, requests=2)
client = tickslot.Client(sched, service)


def program():
    check.same((yield client.call(0, 1)), tickslot.STOPPED)
    check.same(client.post(0, 2), tickslot.STOPPED)
    check.same(client.call_back(0, 3, ran.append), tickslot.STOPPED)
    check.same((yield client.call(9, 1)), tickslot.STOPPED, "whatever the method")


sched.run_until(sched.spawn(program()))
check.same(client.ask(0, 4), tickslot.STOPPED)
check.equal((ran, service.accepted, service.refused, service.free), ([], 0, 5, 2))
print("OK")
