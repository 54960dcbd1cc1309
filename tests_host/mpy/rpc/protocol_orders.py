"""Ready, deadline, cancel and stop of a request, in every order, wherever it is: the tables of the
README.
"""

import check
import tickslot

EVENTS = ("ready", "deadline", "cancel", "stop")
# What the first of them makes of the request for its caller: all that follow change nothing there.
FIRST = {"ready": "value", "deadline": "TIMEOUT", "cancel": "Cancelled", "stop": "STOPPED"}
# And what the service counts when its caller has left, as the service goes on or is stopped.
LEFT = {
    "queued": ("CANCELLED", "STOPPED"),  # it is not handled
    "untaken": ("CANCELLED", "CANCELLED"),
    "in a task": ("None", "STOPPED"),  # the reply is late
    "taken": ("None", "None"),  # who took it is a task of the user's, which `stop` does not end
}
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
REASONS = (
    None,
    tickslot.UNKNOWN_METHOD,
    tickslot.STOPPED,
    tickslot.FULL,
    tickslot.CANCELLED,
    tickslot.RAISED,
    tickslot.REJECTED,
)
PLAIN, TAKEN, WAITS = range(3)
METHOD = {"queued": PLAIN, "untaken": TAKEN, "taken": TAKEN, "in a task": WAITS}


def permutations(items):
    if not items:
        return [()]
    return [
        (item,) + rest
        for item in items
        for rest in permutations(tuple(other for other in items if other != item))
    ]


def outcome_of(where, order, settle):
    """What the caller got, and what the service counted."""
    clock = tickslot.ManualClock()
    here = tickslot.Scheduler(2, clock=clock)
    there = tickslot.Scheduler(2, clock=clock)
    gate = there.channel(1)
    handled = []

    def plain(arg):
        handled.append(arg)
        return arg

    def waits(arg):
        handled.append(arg)
        yield gate.recv()
        return arg

    service = tickslot.Service(
        there, {PLAIN: plain, TAKEN: tickslot.TAKEN, WAITS: waits}, requests=1
    )
    client = tickslot.Client(here, service)
    got = []
    ticket = [None]

    def caller():
        try:
            got.append((yield client.call(METHOD[where], "value", timeout_ms=10)))
        except tickslot.Cancelled:
            got.append("Cancelled")

    def turns(sched, n=6):
        for _ in range(n):
            sched.poll_once()

    def take():
        rid = service.next_pending()
        if rid != 0xFFFF:
            ticket[0] = service.ticket(rid)

    def ready():
        if where == "untaken":
            take()
        elif where == "in a task":
            gate.try_send(True)
        if ticket[0] is not None:
            if service.held:
                service.reply(ticket[0], service.argument(ticket[0]))
            check.raises(RuntimeError, "a reply is given once", service.reply, ticket[0], 1)
        turns(there)

    service.start()
    task = here.spawn(caller())
    turns(here)
    if where != "queued":
        turns(there)
    if where == "taken":
        take()
        check.equal((service.method(ticket[0]), service.wanted(ticket[0])), (TAKEN, True))
    for event in order:
        if event == "ready":
            ready()
        elif event == "deadline":
            clock.advance(20)
        elif event == "cancel":
            task.cancel()
        else:
            service.stop()
            turns(there)
        if settle:
            turns(here)
            if where == "taken" and service.held:
                check.same(service.wanted(ticket[0]), not got)
    turns(here, 12)
    check.equal(len(got), 1, "outcomes of %r" % (order,))
    ready()  # what nobody has answered yet
    turns(here)
    counted = [reason for reason in REASONS if service.replies(reason)]
    check.equal((len(counted), service.accepted), (1, 1), "reasons of %r" % (order,))
    check.equal((service.free, service.held), (1, 0), "the pool after %r" % (order,))
    check.equal((here.tasks(), there.tasks()), ([], []), "tasks after %r" % (order,))
    check.equal(len(handled), int(where == "in a task" or handled == ["value"]))
    dropped = 1 if got[0] in ("Cancelled", tickslot.TIMEOUT) else 0
    check.equal(client.late, dropped, "late replies after %r" % (order,))
    if str(counted[0]) == "CANCELLED":
        check.equal(handled, [], "handled, though its caller had left")
    return str(got[0]), str(counted[0])


def wanted(where, order):
    """By the tables."""
    first = order[0]
    if where == "taken" and first == "stop":
        return wanted(where, order[1:])
    if first == "ready":
        return "value", "None"
    if first == "stop":
        return "STOPPED", "STOPPED"
    rest = [event for event in order[1:] if event in ("ready", "stop")]
    return FIRST[first], LEFT[where][0 if rest[0] == "ready" else 1] if rest else LEFT[where][0]


for where in METHOD:
    for order in permutations(EVENTS):
        check.equal(outcome_of(where, order, True), wanted(where, order), "%s: %r" % (where, order))
for order in TOGETHER:
    got, _ = outcome_of("untaken", order, False)
    check.equal(got, TOGETHER[order], "the outcome of %r in one go" % (order,))
print("OK")
