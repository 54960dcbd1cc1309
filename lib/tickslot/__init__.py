"""A cooperative scheduler for MicroPython whose every byte exists before the first task runs."""

from .clock import ManualClock
from .scheduler import Scheduler
from .values import (
    CLOSED,
    EMPTY,
    FULL,
    REJECTED,
    TIMEOUT,
    AllocationError,
    Cancelled,
    Deadlock,
    SlotsFull,
)

__version__ = "0.1.0"
__all__ = (
    "CLOSED",
    "EMPTY",
    "FULL",
    "REJECTED",
    "TIMEOUT",
    "AllocationError",
    "Cancelled",
    "Deadlock",
    "ManualClock",
    "Scheduler",
    "SlotsFull",
)

# What is not core, and where: loaded when it is first named, so that it costs no RAM before.
_FEATURES = {
    "Barrier": "barrier",
    "Buffers": "buffers",
    "Choice": "choice",
    "EarliestDeadline": "policy",
    "Event": "event",
    "Hooks": "hooks",
    "Lock": "lock",
    "Metrics": "metrics",
    "Offer": "choice",
    "Policy": "policy",
    "Priorities": "policy",
    "Pool": "pool",
    "PriorityChannel": "priority_channel",
    "PubSub": "pubsub",
    "Scope": "scope",
    "Semaphore": "semaphore",
    "Signal": "signal",
    "Timer": "timer",
    "Trace": "trace",
    "Watch": "watch",
    "report": "table",
    "retry": "attempt",
    "supervise": "supervisor",
    "timeout": "deadline",
    "CANCELLED": "request",
    "CrossChannel": "cross_channel",
    "Client": "client",
    "LATER": "request",
    "RAISED": "request",
    "STOPPED": "request",
    "Service": "service",
    "Statistics": "statistics",
    "TAKEN": "service",
    "UNKNOWN_METHOD": "request",
    "Worker": "worker",
}


def __getattr__(name):
    if name == "port":
        found = __import__("tickslot.port", None, None, (name,))
    elif name in _FEATURES:
        found = getattr(__import__("tickslot." + _FEATURES[name], None, None, (name,)), name)
    else:
        raise AttributeError("tickslot has no %r" % name)
    globals()[name] = found
    return found


def _select(scheduler, *sources):
    """A wait for the first of several, made once and yielded often: see Choice.

    Alloc: boot only.
    """
    return __getattr__("Choice")(scheduler, sources)


# Here, because the core imports no feature.
Scheduler.select = _select  # type: ignore[attr-defined]
