"""A switch among 8 tasks in an order of a policy's. limit: the same first in, first out."""

import harness
import tickslot
from tickslot.observe.earliest_deadline import EarliestDeadline
from tickslot.observe.policy import Policy
from tickslot.observe.priorities import Priorities

TASKS = 8


class Own(Policy):
    """First in, first out, once more, in Python."""

    def attach(self, scheduler):
        super().attach(scheduler)
        self._places = [0] * self.nodes
        self._first = self._last = 0

    def put(self, node):
        last = self._last
        self._places[last] = node
        self._last = (last + 1) % self.nodes

    def get(self):
        first = self._first
        self._first = (first + 1) % self.nodes
        return self._places[first]


def switch(kind):
    def prepare(turns):
        policy = kind() if kind else None
        sched = tickslot.Scheduler(slots=TASKS, policy=policy)
        run = harness.switching(sched, TASKS, turns)
        if kind is EarliestDeadline:
            for task in sched.tasks():
                policy.deadline(task, 100)
        return run

    return prepare


for name, kind in (("priorities", Priorities), ("deadlines", EarliestDeadline), ("own", Own)):
    harness.compare(
        "policy: a switch, %s" % name,
        per=TASKS,
        board=1024,
        headline=False,
        tickslot=switch(kind),
        limit=switch(None),
    )
