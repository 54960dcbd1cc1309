"""A tick at a fixed rate, without drift."""

from .block import get_word
from .clock import later
from .layout import Header, Op
from .timer_wheel import ahead


CATCH_UP = "catch-up"
SKIP = "skip"


class Interval:
    """A tick each `ms` milliseconds: `yield` it at the top of the loop.

    The first tick comes at once.  Each further tick is due one period after the last one was due,
    not after it was served.  When a task is late by whole periods, the ticks that it missed follow
    at once (catch-up), or only one of them, and then the next in step (skip).  `missed` counts
    them in both cases.

    One interval serves one task.  Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, ms, late=CATCH_UP):
        ticks = ms * get_word(scheduler.address, Header.TICKS_PER_MS)
        if late not in (CATCH_UP, SKIP):
            raise ValueError('late is "catch-up" or "skip", not %r' % (late,))
        if not 1 <= ticks < scheduler.period // 4:
            raise ValueError(
                "an interval is 1 to %d ticks, not %r" % (scheduler.period // 4 - 1, ticks)
            )
        self.op = Op.ASK
        self._scheduler = scheduler
        self._ticks = ticks
        self._skip = late == SKIP
        self._due = -1  # no tick yet
        self.missed = 0

    def reset(self):
        """Start anew: the next tick comes at once, and the period counts from it.  Alloc: 0."""
        self._due = -1

    def begin(self, node):
        """Part of `yield interval`.  Context: the run loop."""
        scheduler = self._scheduler
        period = scheduler.period
        ticks = self._ticks
        now = scheduler.now()
        if self._due < 0:
            self._due = now
        wait = ahead(scheduler.address, self._due, now)
        while wait <= -ticks:  # a whole period late, or more
            self.missed += 1
            if not self._skip:
                break
            self._due = later(self._due, ticks, period)
            wait += ticks
        self._due = later(self._due, ticks, period)
        if wait <= 0:
            return 0
        scheduler.park(node, wait)
        return 1

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
