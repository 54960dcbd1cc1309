"""A number of permits that tasks take and give back."""

from ..core.block import get_word, set_address, set_word
from ..core.inline import address_at
from ..core.layout import LOW, NONE, Begun, State
from ..core.on_cpython import const, micropython, ptr16, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of

# 32-bit words of a semaphore's block; the wait queue is in word 0
_FREE = const(1)  # permits that no task has
_LIMIT = const(2)
_SCHEDULER = const(3)  # the address of the scheduler's block, low and high


def _release_of(address, store, wake, too_many):
    @micropython.viper
    def release():  # hot
        words = ptr32(int(address))
        node = int(ptr16(words)[0])
        if node == NONE:
            if words[_FREE] == words[_LIMIT]:
                too_many()
            words[_FREE] = words[_FREE] + 1
        else:
            store[node] = True
            wake(address_at(words, _SCHEDULER), node, State.READY)

    return release


def _begin_of(address, store, enqueue):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Begin `yield semaphore.acquire()`: see primitive.py.  Context: run loop."""
        words = ptr32(int(address))
        if words[_FREE]:
            words[_FREE] = words[_FREE] - 1
            store[node] = True
            return Begun.DONE
        enqueue(address_at(words, _SCHEDULER), node, address)
        return Begun.WAITS

    return begin


class Semaphore(Primitive):
    """Starts with `permits` permits. A task that finds none waits for one.

    limit   the most permits: a release beyond it is a RuntimeError; None: 2**30 - 1

    Guarantees
     * A release hands its permit to the task that has waited the longest.
     * A timeout or a cancel takes no permit.

    acquire(timeout_ms=None)  Operation: wait for a permit.  `yield` gives True, or
        TIMEOUT.  Context: task.  Alloc: 0.

    release()  Give a permit back: the task that has waited the longest gets it, if one waits.
        RuntimeError: all of `limit` are free already.
        Context: task, call, or outside of `run`.  Alloc: 0.

    A task may release a permit that another task took: so one task can count events, and another
    can wait for them.  ValueError: permits below 0 or above the limit.
    """

    def __init__(self, scheduler, permits=1, limit=None, name=None):
        if limit is None:
            limit = LOW
        if not 0 <= permits <= limit <= LOW or limit == 0:
            raise ValueError(
                "a semaphore has 0 to limit permits, and a limit of 1 to 2**30 - 1: not %r of %r"
                % (permits, limit)
            )
        super().__init__(scheduler, 20, name)
        set_word(self._at, _FREE, permits)
        set_word(self._at, _LIMIT, limit)
        set_address(self._at, _SCHEDULER, self._base)
        self.acquire = call_of(self)
        self.release = _release_of(self._at, self._store, wake, self._too_many)
        self.begin = _begin_of(self._at, self._store, enqueue)

    @micropython.viper
    def try_acquire(self) -> bool:  # hot
        """Take a permit if there is one.  Context: task, call, or outside of `run`.  Alloc: 0."""
        words = ptr32(int(self._at))
        if not words[_FREE]:
            return False
        words[_FREE] = words[_FREE] - 1
        return True

    @property
    def permits(self):
        """How many permits are free.  Context: any.  Alloc: 0."""
        return get_word(self._at, _FREE)

    def _too_many(self):
        self.error(RuntimeError, "%r has all its permits: it was released more than acquired")
