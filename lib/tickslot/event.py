"""A flag that tasks wait for."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16

from .burst import OP_EVENT
from .primitive import Primitive
from .slot import enqueue, wake

_NONE = const(0xFFFF)
_READY = const(1)

# its block, in halves: the first that waits, then
_SET = const(1)


class Event(Primitive):
    """Set or clear; any number of tasks wait until it is set.

    Guarantees
     * `set` wakes every task that waits, in the order in which they came, each
       with True, even if it is cleared before they run;
     * a task that waits for an event that is set goes on at once.

    `yield event` is the same as `yield event.wait()`, and quicker.
    From an interrupt or another thread: use a Signal.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, 4, name)
        self.op = self._at + OP_EVENT  # so that `burst` does what `begin` does

    def wait(self, timeout_ms=None):
        """Operation: wait until it is set.  `yield` gives True, or TIMEOUT.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self._within(timeout_ms)
        return self

    @micropython.viper
    def is_set(self) -> bool:  # hot
        """True while it is set.  Context: any.  Alloc: 0."""
        return ptr16(int(self._at))[_SET] != 0

    @micropython.viper
    def clear(self):  # hot
        """From here on tasks wait again.  Context: the scheduler's thread.  Alloc: 0."""
        ptr16(int(self._at))[_SET] = 0

    @micropython.viper
    def set(self):  # hot
        """Set it, and wake all that wait.  Setting twice is no error.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        q = ptr16(int(self._at))
        q[_SET] = 1
        node = int(q[0])
        if node != _NONE:
            a = int(self._a)
            while node != _NONE:  # True was put into the store when it began to wait
                wake(a, node, _READY)
                node = int(q[0])

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `select`: see Choice.  Context: burst."""
        at = int(self._at)
        self._store[node] = True
        if ptr16(at)[_SET]:
            return 0
        enqueue(int(self._a), node, at)
        return 1
