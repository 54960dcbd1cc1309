"""A number of permits that tasks take and give back."""

from ..core.block import get_word, set_address, set_word
from ..core.inline import address_at
from ..core.layout import NONE, State
from ..core.on_cpython import const, micropython, ptr16, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of


# its block: the half of the first that waits, then in 32-bit words
_FREE = const(1)
_LIMIT = const(2)
_A_LO = const(3)  # the address of the scheduler's block
_A_HI = const(4)

_MOST = const(0x3FFFFFFF)


def _release_of(place, store, wake, too_many):
    @micropython.viper
    def release():  # hot
        w = ptr32(int(place))
        node = int(ptr16(int(place))[0])
        if node == NONE:
            if w[_FREE] == w[_LIMIT]:
                too_many()
            w[_FREE] = w[_FREE] + 1
        else:
            store[node] = True
            wake(address_at(w, _A_LO), node, State.READY)

    return release


def _begin_of(place, store, enqueue):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield semaphore.acquire()`: see burst.py.  Context: burst."""
        w = ptr32(int(place))
        if w[_FREE]:
            w[_FREE] = w[_FREE] - 1
            store[node] = True
            return 0
        enqueue(address_at(w, _A_LO), node, place)
        return 1

    return begin


class Semaphore(Primitive):
    """Starts with `permits`; a task that finds none waits for one.

    limit   releasing past it is a RuntimeError; None: the most that an int holds, 2**30 - 1

    Guarantees
     * a release hands its permit to the task that has waited the longest;
     * a timeout or a cancel takes none.

    acquire(timeout_ms=None)  Operation: wait for a permit.  `yield` gives True, or
        TIMEOUT.  Context: task.  Alloc: 0.

    release()  Give a permit back: to the task that has waited the longest, if any does.
        RuntimeError: all of `limit` are free already.
        Context: task, call, or outside of `run`.  Alloc: 0.

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
        super().__init__(scheduler, 20, name)
        set_word(self._at, _FREE, permits)
        set_word(self._at, _LIMIT, limit)
        set_address(self._at, _A_LO, self._base)
        self.acquire = call_of(self)
        self.release = _release_of(self._at, self._store, wake, self._too_many)
        self.begin = _begin_of(self._at, self._store, enqueue)

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

    def _too_many(self):
        self.error(RuntimeError, "%r has all its permits: it was released more than acquired")
