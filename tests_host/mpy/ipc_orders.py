"""Ready, deadline, cancel and stop of a request, in every order, against a table of outcomes."""

import check
import tickslot

EVENTS = ("ready", "deadline", "cancel", "stop")
# What the first of them makes of the request: all that follow change nothing.
FIRST = {"ready": "value", "deadline": "TIMEOUT", "cancel": "Cancelled", "stop": "STOPPED"}
# Two in one go, before the caller has its turn.
TOGETHER = {
    ("ready", "deadline"): "value",  # a ready value beats a deadline
    ("deadline", "ready"): "value",
    ("ready", "cancel"): "Cancelled",  # the reply is not delivered yet: it is dropped, and counted
    ("cancel", "ready"): "Cancelled",
    ("ready", "stop"): "value",  # a reply that was made is delivered
    ("stop", "ready"): "STOPPED",
    ("deadline", "cancel"): "Cancelled",
    ("cancel", "deadline"): "Cancelled",
    ("deadline", "stop"): "STOPPED",  # a reason is a reply too
    ("stop", "deadline"): "STOPPED",
    ("cancel", "stop"): "Cancelled",
    ("stop", "cancel"): "Cancelled",
}


def permutations(items):
    if not items:
        return [()]
    return [
        (item,) + rest
        for item in items
        for rest in permutations(tuple(other for other in items if other != item))
    ]


def outcome_of(order, settle):
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(4, clock=clock)
    service = tickslot.Service(sched, {0: tickslot.TAKEN}, requests=1)
    client = tickslot.Client(sched, service)
    got = []

    def caller():
        try:
            got.append((yield client.call(0, "value", timeout_ms=10)))
        except tickslot.Cancelled:
            got.append("Cancelled")

    def turns(n):
        for _ in range(n):
            sched.poll_once()

    service.start()
    task = sched.spawn(caller())
    turns(4)
    held = [None]

    def reply():
        rid = service._next_pending()
        if rid != 0xFFFF:
            held[0] = service.ticket(rid)
            service.reply(held[0], service.argument(held[0]))

    for event in order:
        if event == "ready":
            reply()
        elif event == "deadline":
            clock.advance(20)
        elif event == "cancel":
            task.cancel()
        else:
            service.stop()
        if settle:
            turns(6)
    turns(12)
    check.equal(len(got), 1, "outcomes of %r" % (order,))
    reply()  # what nobody has answered yet
    turns(6)
    check.equal((service.free, service.held), (1, 0), "the pool after %r" % (order,))
    check.equal(sched.tasks(), [], "tasks after %r" % (order,))
    dropped = 1 if got[0] in ("Cancelled", tickslot.TIMEOUT) else 0
    check.equal(client.late, dropped, "late replies after %r" % (order,))
    if held[0] is not None:
        check.raises(RuntimeError, "a reply is given once", service.reply, held[0], 1)
    return str(got[0])


for order in permutations(EVENTS):
    check.equal(outcome_of(order, True), FIRST[order[0]], "the outcome of %r" % (order,))
for order in TOGETHER:
    check.equal(outcome_of(order, False), TOGETHER[order], "the outcome of %r in one go" % (order,))
print("OK")
