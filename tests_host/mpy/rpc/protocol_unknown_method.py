# needs: time
# covers: asyncrtos:unknown_event
"""A method that the service does not have is rejected with UNKNOWN_METHOD."""

import check
import tickslot

sched = tickslot.Scheduler(4)
service = tickslot.Service(sched, {2: lambda arg: arg}, requests=2)
client = tickslot.Client(sched, service)


def program():
    for method in (0, 1, 3, 254, -1, 256, 1000):
        check.same((yield client.call(method)), tickslot.UNKNOWN_METHOD, "method %d" % method)
    check.equal((yield client.call(2, "here")), "here")


service.start()
sched.run_until(sched.spawn(program()))
check.equal((service.replies(tickslot.UNKNOWN_METHOD), service.replies(), service.free), (7, 1, 2))
check.raises(ValueError, "0 to 254", tickslot.Service, sched, {255: print})
check.raises(ValueError, "0 to 254", tickslot.Service, sched, {-1: print})
check.raises(TypeError, "a handler is a function", tickslot.Service, sched, {0: 7})
print("OK")
