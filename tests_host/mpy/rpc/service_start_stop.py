# needs: time
# covers: asyncrtos:start_stop
"""Start and stop are idempotent and call their hooks once; a failing hook keeps the old state."""

import check
import tickslot

sched = tickslot.Scheduler(8)
said = []
fails = [False]


def started(service):
    said.append("start")
    if fails[0]:
        raise ValueError("no")


def stopped(service):
    said.append("stop")
    return not fails[0]


service = tickslot.Service(sched, {0: abs}, on_start=started, on_stop=stopped, name="s")
client = tickslot.Client(sched, service)


def program():
    check.same((yield client.call(0, -1)), tickslot.STOPPED, "before start")
    check.same(service.stop(), True, "stopping what is stopped")
    check.equal(said, [])
    fails[0] = True
    check.same(service.start(), False, "a start hook that fails")
    check.same(service.running, False)
    check.same((yield client.call(0, -1)), tickslot.STOPPED)
    fails[0] = False
    for _ in range(2):
        check.same(service.start(), True)
        check.same(service.start(), True)
        check.equal((yield client.call(0, -1)), 1)
        fails[0] = True
        check.same(service.stop(), False, "a stop hook that fails")
        check.same(service.running, True)
        check.equal((yield client.call(0, -1)), 1)
        fails[0] = False
        check.same(service.stop(), True)
        check.same(service.stop(), True)
        check.same((yield client.call(0, -1)), tickslot.STOPPED)


sched.run_until(sched.spawn(program()))
check.equal(said, ["start"] + ["start", "stop", "stop"] * 2)
check.equal((service.errors, service.refused, service.replies(), service.free), (1, 4, 4, 8))
print("OK")
