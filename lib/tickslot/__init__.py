"""A cooperative scheduler for MicroPython that allocates at start-up and never while it runs."""

from .core.clock import ManualClock
from .core.scheduler import Scheduler
from .core.outcomes import (
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

# The names outside of the core, and their modules.  Each is loaded when it is first used.
_FEATURES = {
    "Barrier": "sync.barrier",
    "Buffers": "rpc.buffers",
    "EarliestDeadline": "observe.earliest_deadline",
    "Event": "sync.event",
    "Hooks": "observe.hooks",
    "Lock": "sync.lock",
    "Metrics": "observe.metrics",
    "Offer": "sync.select",
    "Policy": "observe.policy",
    "Priorities": "observe.priorities",
    "Pool": "cores.pool",
    "PriorityChannel": "sync.priority_channel",
    "PubSub": "sync.pubsub",
    "Scope": "sync.scope",
    "Select": "sync.select",
    "Semaphore": "sync.semaphore",
    "Signal": "sync.signal",
    "Timer": "sync.timer",
    "Trace": "observe.trace",
    "Watch": "sync.watch",
    "port": "cores.port",
    "report": "observe.report",
    "retry": "sync.combinators",
    "supervise": "sync.combinators",
    "timeout": "sync.combinators",
    "CANCELLED": "rpc.protocol",
    "CrossChannel": "cores.cross_channel",
    "Channel": "core.channel",
    "Client": "rpc.client",
    "Interval": "core.interval",
    "LATER": "rpc.protocol",
    "RAISED": "rpc.protocol",
    "STOPPED": "rpc.protocol",
    "Service": "rpc.service",
    "Statistics": "rpc.statistics",
    "TAKEN": "rpc.handling",
    "UNKNOWN_METHOD": "rpc.protocol",
    "Worker": "cores.worker",
}


def __getattr__(name):
    if name == "Choice":  # the old name of Select: the next release removes it
        return __getattr__("Select")
    if name not in _FEATURES:
        raise AttributeError("tickslot has no %r" % name)
    found = __import__("tickslot." + _FEATURES[name], None, None, (name,))
    if name != "port":  # a module
        found = getattr(found, name)
    globals()[name] = found
    return found
