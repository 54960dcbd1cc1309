"""A number of permits that tasks take and give back."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16, ptr32

from .primitive import Primitive
from .slot import enqueue, get_word, set_word, wake

_NONE = const(0xFFFF)
_READY = const(1)

# its block: the half of the first that waits, then in 32-bit words
_FREE = const(1)
_LIMIT = const(2)

_MOST = const(0x3FFFFFFF)


class Semaphore(Primitive):
    """Starts with `permits`; a task that finds none waits for one.

    limit   releasing past it is a RuntimeError; None: the most that an int holds, 2**30 - 1

    Guarantees
     * a release hands its permit to the task that has waited the longest;
     * a timeout or a cancel takes none.

    Anybody may release: a task that counts events up and another that waits
    for them is a proper use.  ValueError: permits below 0 or above the limit.
    """

    def __init__(self, scheduler, permits=1, limit=None, name=None):
        if limit is None:
            limit = _MOST
        if not 0 <= permits <= limit <= _MOST or limit == 0:
            raise ValueError(
                "a semaphore has 0 to limit permits, and a limit of 1 to 2**30 - 1: not %r of %r"
                % (permits, limit)
            )
        super().__init__(scheduler, 12, name)
        # Found in the instance, a method costs less than found in the class.
        self.acquire = self.acquire  # type: ignore[method-assign]
        self.release = self.release  # type: ignore[method-assign]
        set_word(self._at, _FREE, permits)
        set_word(self._at, _LIMIT, limit)

    @micropython.native
    def acquire(self, timeout_ms=None):  # hot
        """Operation: wait for a permit.  `yield` gives True, or TIMEOUT.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self._within(timeout_ms)
        return self

    @micropython.viper
    def try_acquire(self) -> bool:  # hot
        """Take a permit if there is one.  Context: task, call, or outside of `run`.  Alloc: 0."""
        w = ptr32(int(self._at))
        if not w[_FREE]:
            return False
        w[_FREE] = w[_FREE] - 1
        return True

    @property
    def permits(self):
        """How many are free.  Context: any.  Alloc: 0."""
        return get_word(self._at, _FREE)

    @micropython.viper
    def release(self):  # hot
        """Give a permit back: to the task that has waited the longest, if any does.

        RuntimeError: all of `limit` are free already.
        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        at = int(self._at)
        node = int(ptr16(at)[0])
        if node == _NONE:
            w = ptr32(at)
            if w[_FREE] == w[_LIMIT]:
                self._too_many()
            w[_FREE] = w[_FREE] + 1
        else:
            self._store[node] = True
            wake(int(self._a), node, _READY)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield semaphore.acquire()`: see burst.py.  Context: burst."""
        at = int(self._at)
        w = ptr32(at)
        if w[_FREE]:
            w[_FREE] = w[_FREE] - 1
            self._store[node] = True
            return 0
        enqueue(int(self._a), node, at)
        return 1

    def _too_many(self):
        self.error(RuntimeError, "%r has all its permits: it was released more than acquired")
