"""From an interrupt or another thread to the tasks of a scheduler."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr32

from .primitive import Primitive
from .slot import NONE, READY, enqueue, get_half, get_word, set_word, wake

# its block, in 32-bit words: the queue of those that wait, then
_TAKEN = const(1)  # next place to read: written by the scheduler's thread alone
_POSTED = const(2)  # next place to write: written by the producer alone
_DROPPED = const(3)  # and so is this
_PLACES = const(4)
_RING = const(5)  # the first place

_BELL = const(21)  # see slot.py
_LOW = const(0x3FFFFFFF)


@micropython.viper
def post(at: int, a: int, value: int) -> int:
    """Write a value into the ring of the block at `at`, ring the bell: 1, or 0 if it is full."""
    w = ptr32(at)
    posted = int(w[_POSTED])
    after = posted + 1
    if after == w[_PLACES]:
        after = 0
    done = 0
    if after == w[_TAKEN]:
        w[_DROPPED] = (w[_DROPPED] + 1) & _LOW
    else:
        w[_RING + posted] = value
        w[_POSTED] = after  # after the value: who sees this sees that
        done = 1
    ptr32(a)[_BELL] = 1
    return done


class Signal(Primitive):
    """`set()` in an interrupt handler; `yield signal.wait()` in a task.

    Guarantees
     * each post is given to one task that waits, the one that has waited the
       longest, or kept, up to `capacity` of them, in order; what does not fit
       is counted in `dropped`;
     * posting takes a bounded time, allocates nothing and waits for nobody.

    There is one producer: one interrupt, or one scheduled callback, or one
    thread.  For several, make a Signal for each: no lock is fit for a hard
    interrupt, and so each word of the ring has one writer.

    While a scheduler has a Signal, tasks that wait are no deadlock.
    """

    def __init__(self, scheduler, capacity=8, name=None):
        if not 1 <= capacity < 1 << 16:
            raise ValueError("a signal keeps 1 to 65535 posts, not %r" % (capacity,))
        super().__init__(scheduler, 4 * (_RING + capacity + 1), name)
        set_word(self._at, _PLACES, capacity + 1)
        scheduler.on_bell(self._deliver)

    def set(self, value=1):
        """Post a small int, 0 to 2**30 - 1: True, or False when it was dropped and counted.

        Context: the one producer, hard interrupt, callback, thread or task.  Alloc: 0.
        """
        done = post(self._at, self._a, value)
        self._scheduler.ring()  # the bell has rung: this ends the sleep of one on another thread
        return done == 1

    def wait(self, timeout_ms=None):
        """Operation: wait for a post.  `yield` gives its value, or TIMEOUT.

        Context: task.  Alloc: 0.
        """
        return self.within(timeout_ms)

    @property
    def dropped(self):
        """Posts that found the ring full, modulo 2**30.  Context: any.  Alloc: 0."""
        return get_word(self._at, _DROPPED)

    def __len__(self):
        at = self._at
        count = get_word(at, _POSTED) - get_word(at, _TAKEN)
        return count if count >= 0 else count + get_word(at, _PLACES)

    def clear(self):
        """Forget what was posted and not taken.  Context: the scheduler's thread.  Alloc: 0."""
        set_word(self._at, _TAKEN, get_word(self._at, _POSTED))

    def begin(self, node):  # hot
        """Part of `yield signal.wait()`: see burst.py.  Context: burst."""
        at = self._at
        if get_half(at, 0) != NONE or get_word(at, _TAKEN) == get_word(at, _POSTED):
            enqueue(self._a, node, at)
            return 1
        self._store[node] = self._take()
        return 0

    def _deliver(self):  # hot
        """The bell rang: give what was posted to the tasks that wait."""
        at = self._at
        node = get_half(at, 0)
        while node != NONE and get_word(at, _TAKEN) != get_word(at, _POSTED):
            self._store[node] = self._take()
            wake(self._a, node, READY)
            node = get_half(at, 0)

    def _take(self):  # hot
        at = self._at
        taken = get_word(at, _TAKEN)
        value = get_word(at, _RING + taken)
        taken += 1
        set_word(at, _TAKEN, 0 if taken == get_word(at, _PLACES) else taken)
        return value
