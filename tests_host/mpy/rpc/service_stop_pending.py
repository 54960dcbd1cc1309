# needs: time
# covers: asyncrtos:stop_pending
"""On stop, replies that were made are delivered; what waits is rejected with STOPPED."""

import check
import tickslot

sched = tickslot.Scheduler(12)
order = []
ran = []


def plain(arg):
    ran.append(arg)
    return arg


def waits(arg):
    ran.append(arg)
    try:
        yield sched.sleep_ms(1000)
    finally:
        ran.append("finally")


service = tickslot.Service(sched, {0: plain, 1: waits, 2: tickslot.TAKEN}, requests=8)
client = tickslot.Client(sched, service)


def caller(name, method):
    order.append((name, (yield client.call(method, name))))


def stopper():
    yield  # every caller has asked
    while service.held > 2:  # the plain one has its reply made, not yet delivered
        yield
    client.post(0, "posted")  # waits: not handled yet
    service.stop()
    order.append("stopped")


sched.spawn(caller("b", 1))
sched.spawn(caller("c", 2))
sched.spawn(caller("a", 0))
service.start()
task = sched.spawn(stopper())
sched.run_until(task)
for _ in range(20):
    sched.poll_once()
    if len(order) == 4:
        break
results = dict(item for item in order if item != "stopped")
check.equal(results["a"], "a")
check.same(results["b"], tickslot.STOPPED)
check.same(results["c"], tickslot.STOPPED)
check.equal(ran, ["a", "b", "finally"])
check.equal((service.free, service.held), (8, 0))
check.equal((service.replies(), service.replies(tickslot.STOPPED)), (1, 3))


# A handler that is a task may stop its own service: the others end as well.
def stops(arg):
    yield
    service.stop()
    raise AssertionError("it is cancelled there")


order.clear()
service.start()
service.handle(0, stops)
for name, method in (("d", 1), ("e", 0), ("f", 1)):
    sched.spawn(caller(name, method))
for _ in range(12):
    sched.poll_once()
check.equal(sorted(name for name, reply in order if reply is tickslot.STOPPED), ["d", "e", "f"])
check.equal((service.free, service.held, sched.tasks()), (8, 0, []))
print("OK")
