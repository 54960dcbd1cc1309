"""A switch among 8 tasks while something looks on. limit: the same with nobody looking on."""

import harness
import tickslot
from tickslot.observe.hooks import Hooks
from tickslot.observe.metrics import Metrics
from tickslot.observe.trace import Trace

TASKS = 8


def told(slot, time, reason):
    pass


def hooks(sched):
    Hooks(sched, switch=told)


def stopped(sched):
    Trace(sched).stop()


def switch(observer):
    def prepare(turns):
        sched = tickslot.Scheduler(slots=TASKS)
        if observer:
            observer(sched)
        return harness.switching(sched, TASKS, turns)

    return prepare


for name, observer in (
    ("trace on", Trace),
    ("metrics on", Metrics),
    ("a hook set", hooks),
    ("trace stopped", stopped),
):
    harness.compare(
        "switch, %s" % name,
        per=TASKS,
        board=1024,
        headline=False,
        tickslot=switch(observer),
        limit=switch(None),
    )
