"""A fixed-rate tick that does not drift."""

from .burst import OP_ASK

CATCH_UP = "catch-up"
SKIP = "skip"


class Interval:
    """Made by `Scheduler.interval(ms)`: `yield` it at the top of the loop.

    The first tick comes at once; each further one a period after the last was
    due, not after it was served.  A turn that is late is followed at once by
    the next (catch-up), or waits for the next whole period (skip); either way
    `missed` counts the ticks that were due before they were asked for.

    One interval serves one task.  Context: task.  Alloc: 0.
    """

    op = OP_ASK

    def __init__(self, scheduler, ticks, late=CATCH_UP):
        if late not in (CATCH_UP, SKIP):
            raise ValueError('late is "catch-up" or "skip", not %r' % (late,))
        if not 1 <= ticks < scheduler.period >> 2:
            raise ValueError(
                "an interval is 1 to %d ticks, not %r" % ((scheduler.period >> 2) - 1, ticks)
            )
        self._scheduler = scheduler
        self._ticks = ticks
        self._skip = late == SKIP
        self._due = -1  # no tick yet
        self.missed = 0

    def reset(self):
        """Start anew: the next tick comes at once, and the period counts from it.  Alloc: 0."""
        self._due = -1

    def begin(self, node):
        """Part of `yield interval`: see burst.py.  Context: burst."""
        scheduler = self._scheduler
        period = scheduler.period
        now = scheduler.now()
        if self._due < 0:
            self._due = now
        ahead = (self._due - now) % period
        if ahead >= period >> 1:  # the tick was due before now
            late = period - ahead
            ahead = 0
            if late >= self._ticks:
                self.missed += 1
                if self._skip:
                    skipped = late // self._ticks
                    self.missed += skipped - 1
                    self._due = (self._due + skipped * self._ticks) % period
                    ahead = (self._due - now) % period
                    ahead = 0 if ahead >= period >> 1 else ahead
        self._due = (self._due + self._ticks) % period
        if ahead == 0:
            return 0
        scheduler.park(node, ahead)
        return 1

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
