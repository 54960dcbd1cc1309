"""A point that tasks pass together."""

from ..core.block import get_half
from ..core.layout import NONE, State
from ..core.wait_queue import enqueue, wake
from ..core.wait_queue import waiting
from .primitive import Primitive


class Barrier(Primitive):
    """Holds tasks back until `parties` of them have come; then it starts anew.

    Each gets its number, 0 for the first that came.  One that leaves by a
    timeout or a cancel does not count any more.  ValueError: parties below 1.
    """

    def __init__(self, scheduler, parties, name=None):
        if parties < 1:
            raise ValueError("a barrier is for 1 task or more, not %r" % (parties,))
        super().__init__(scheduler, 4, name)
        self.parties = parties

    def wait(self, timeout_ms=None):
        """Operation: wait until all have come.  `yield` gives the task's number, or TIMEOUT.

        Context: task.  Alloc: 0.
        """
        return self.within(timeout_ms)

    @property
    def arrived(self):
        """How many tasks wait.  Context: any.  Alloc: 0."""
        return waiting(self._base, self._at)

    def begin(self, node):  # hot
        """Part of `yield barrier.wait()`: see burst.py.  Context: burst."""
        a = self._base
        at = self._at
        last = self.parties - 1
        if waiting(a, at) < last:
            enqueue(a, node, at)
            return 1
        store = self._store
        number = 0
        while number < last:
            first = get_half(at, 0)
            if first == NONE:
                break
            store[first] = number
            wake(a, first, State.READY)
            number += 1
        store[node] = last
        return 0
