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
