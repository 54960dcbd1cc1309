"""Each policy with each thing that looks on: the same order, the same end, and no byte."""

import check
import tickslot

clock = tickslot.ManualClock()


class InTurn(tickslot.Policy):
    """First in, first out, once more: a policy of the user's own."""

    def attach(self, scheduler):
        super().attach(scheduler)
        self._places = [0] * self.nodes
        self._first = self._last = 0

    def put(self, node):
        self._places[self._last] = node
        self._last = (self._last + 1) % self.nodes

    def get(self):
        node = self._places[self._first]
        self._first = (self._first + 1) % self.nodes
        return node


def nothing(sched):
    pass


def hooks(sched):
    calls = []
    hook = lambda slot, time, reason: calls.append(slot)  # noqa: E731
    tickslot.Hooks(sched, hook, hook, hook, hook, hook, hook)
    return calls


def metrics(sched):
    return tickslot.Metrics(sched)


def trace(sched):
    return tickslot.Trace(sched, 64)


def everything(sched):
    return [observe(sched) for observe in (hooks, metrics, trace)]


POLICIES = (nothing, tickslot.Priorities, tickslot.EarliestDeadline, InTurn)
OBSERVERS = (nothing, hooks, metrics, trace, everything)


def each():
    for kind in POLICIES:
        for observe in OBSERVERS:
            policy = None if kind is nothing else kind()
            sched = tickslot.Scheduler(6, clock=clock, policy=policy)
            observe(sched)
            yield sched, policy, "%s and %s" % (kind.__name__, observe.__name__)


def for_ever():
    while True:
        yield


def counts(turns):
    for _ in range(turns):
        yield
    return turns


# The end of a task that is waited for ends the run, whoever else is always ready.
def raises():
    yield
    raise ValueError("mine")


for sched, _, what in each():
    sched.spawn(for_ever())
    sched.spawn(for_ever())
    check.equal(sched.run_until(sched.spawn(counts(5))), 5, what)
    check.raises(ValueError, "mine", sched.run_until, sched.spawn(raises()))
    cancelled = sched.spawn(for_ever())
    sched.call_soon(lambda _, task=cancelled: task.cancel())
    check.raises(tickslot.Cancelled, "", sched.run_until, cancelled)
    check.same(sched.run_until(sched.call_soon(lambda _: None)), None, what)
    later = sched.call_later(50, lambda _: None)
    sched.call_soon(lambda _, call=later: call.cancel())
    check.raises(RuntimeError, "taken", sched.run_until, later)
print("OK")
