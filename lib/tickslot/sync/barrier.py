"""A point that tasks pass together."""

from ..core.block import get_half
from ..core.layout import Begun, State
from ..core.wait_queue import enqueue, waiting, wake
from .primitive import Primitive


class Barrier(Primitive):
    """Holds tasks back until `parties` of them wait; then all go on, and it starts anew.

    Each task gets its number: 0 for the first that came.  A task that leaves by a timeout or a
    cancel does not count any more.  ValueError: parties below 1.

    wait(timeout_ms=None)  Operation: wait until all have come.  `yield` gives the task's
        number, or TIMEOUT.  Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, parties, name=None):
        if parties < 1:
            raise ValueError("a barrier is for 1 task or more, not %r" % (parties,))
        super().__init__(scheduler, 4, name)
        self.parties = parties

    wait = Primitive.within

    @property
    def arrived(self):
        """How many tasks wait.  Context: any.  Alloc: 0."""
        return waiting(self._base, self._at)

    def begin(self, node):  # hot
        """Begin `yield barrier.wait()`: see primitive.py.  Context: run loop."""
        base = self._base
        at = self._at
        last = self.parties - 1
        if waiting(base, at) < last:
            enqueue(base, node, at)
            return Begun.WAITS
        store = self._store
        number = 0
        while number < last:
            first = get_half(at, 0)
            store[first] = number
            wake(base, first, State.READY)
            number += 1
        store[node] = last
        return Begun.DONE
