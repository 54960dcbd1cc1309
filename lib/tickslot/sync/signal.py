"""From interrupts and other threads to the tasks of a scheduler.

Each producer has a ring of its own, and so every word has one writer: no lock is
fit for a hard interrupt, and an RP2040 has no atomic instruction.  A post:

    producer   1 cell = value   2 POSTED = next   3 BELL = 1
    scheduler  4 BELL = 0   5 POSTED is not TAKEN? the value from the cell   6 TAKEN = next

Who sees 2 sees 1, and so 5 gets the value; 6 comes after the value was read, and
so 1 writes no cell that is not free.  4 comes before 5: a post that 5 does not
see rings after 4, and 5 comes again.  tests_host/test_signal_model.py goes
through the orders of these accesses, in the text below, and in wrong ones.

Memory order: RP2040: its cores do not reorder.  RP2350: loads and stores are
made in order; a store may be buffered for some cycles, which the switch from 4
to 5 outlasts.  ESP32: one core runs Python.  x86-64: stores are seen in order,
loads are made in order; only 4 may be seen after 5 was done, and 3 between them be
lost.  So a mailbox has a barrier behind 4, and a scheduler without one looks into
its rings each time that it has slept.  There is no viper for ARM64.
"""

from ..core.block import address_of, get_half, get_word, set_address, set_word
from ..core.inline import address_at, put_address
from ..core.layout import Header, LOW, NONE, State
from ..core.on_cpython import const, micropython, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive


# a producer's block, in 32-bit words
_TAKEN = const(0)  # next place to read: written by the scheduler's thread alone
_POSTED = const(1)  # next place to write: written by the producer alone
_DROPPED = const(2)  # and so is this
_PLACES = const(3)
_NEXT = const(4)  # the address of the next producer's block, in a circle: low, and high
_RING = const(6)  # the first place

# the signal's: the queue of those that wait, then
_LAST = const(1)  # the address of the producer that was served last: low, and high

# see slot.py


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
        w[_DROPPED] = (w[_DROPPED] + 1) & LOW
    else:
        w[_RING + posted] = value
        w[_POSTED] = after  # after the value: who sees this sees that
        done = 1
    ptr32(a)[Header.BELL] = 1
    return done


@micropython.viper
def next_post(at: int) -> int:
    """Take a value out of a ring of the signal at `at`; -1: there is none.

    It begins behind the producer that was served last: one that floods stops no other.
    """
    s = ptr32(at)
    last = address_at(s, _LAST)
    ring = last
    looking = 1
    while looking:
        w = ptr32(ring)
        ring = address_at(w, _NEXT)
        w = ptr32(ring)
        taken = int(w[_TAKEN])
        if taken != w[_POSTED]:
            value = int(w[_RING + taken])
            taken += 1
            if taken == w[_PLACES]:
                taken = 0
            w[_TAKEN] = taken
            put_address(s, _LAST, ring)
            return value
        if ring == last:
            looking = 0
    return -1


class Producer:
    """Made by `Signal.producer()`: for one interrupt handler, one thread, or one callback."""

    def __init__(self, signal, capacity):
        if not 1 <= capacity < 1 << 16:
            raise ValueError("a signal keeps 1 to 65535 posts, not %r" % (capacity,))
        self._scheduler = signal._scheduler
        self._base = signal._base
        self._block = bytearray(4 * (_RING + capacity + 1))
        self._at = address_of(self._block)
        set_word(self._at, _PLACES, capacity + 1)

    def set(self, value=1):
        """Post a small int, 0 to 2**30 - 1: True, or False when it was dropped and counted.

        Context: this one producer: a hard interrupt, callback, thread or task.  Alloc: 0.
        """
        done = post(self._at, self._base, value)
        self._scheduler.ring()  # the bell has rung: this ends the sleep of one on another thread
        return done == 1

    @property
    def dropped(self):
        """Its posts that found its ring full, modulo 2**30.  Context: any.  Alloc: 0."""
        return get_word(self._at, _DROPPED)

    def __len__(self):
        at = self._at
        count = get_word(at, _POSTED) - get_word(at, _TAKEN)
        return count if count >= 0 else count + get_word(at, _PLACES)


class Signal(Primitive):
    """`set()` in an interrupt handler; `yield signal.wait()` in a task.

    Guarantees
     * each post is given to one task that waits, the one that has waited the
       longest, or kept, up to `capacity` of them, in order; what does not fit
       is counted in `dropped`;
     * posting takes a bounded time, allocates nothing and waits for nobody.

    `set(value)` is `Producer.set`, for one user: one interrupt handler, or one
    callback, or one thread.  Each further one gets a producer of its own, made
    at boot: `tick = signal.producer()`, then `tick.set(value)`.  Each one's
    posts come in order; producers that have posts take turns.

    A post counts from when the scheduler hears the bell, before its next turn.
    While a scheduler has a Signal, tasks that wait are no deadlock.
    """

    def __init__(self, scheduler, capacity=8, name=None):
        super().__init__(scheduler, 12, name)
        self._capacity = capacity
        self._producers = []
        self.set = self.producer().set  # its own producer's
        scheduler.on_bell(self._deliver)

    def producer(self, capacity=None):
        """A further producer, with a ring of as many posts, or of `capacity`.  Context: boot."""
        producer = Producer(self, self._capacity if capacity is None else capacity)
        at = producer._at
        first = self._producers[0]._at if self._producers else at
        last = self._producers[-1]._at if self._producers else at
        set_address(at, _NEXT, first)
        set_address(last, _NEXT, at)
        set_address(self._at, _LAST, at)
        self._producers.append(producer)
        return producer

    def wait(self, timeout_ms=None):
        """Operation: wait for a post.  `yield` gives its value, or TIMEOUT.

        Context: task.  Alloc: 0.
        """
        return self.within(timeout_ms)

    @property
    def dropped(self):
        """Posts of all producers that found their ring full.  Context: any.  Alloc: 0."""
        dropped = 0
        for producer in self._producers:
            dropped += producer.dropped
        return dropped & LOW

    def __len__(self):
        count = 0
        for producer in self._producers:
            count += len(producer)
        return count

    def clear(self):
        """Forget what was posted and not taken.  Context: the scheduler's thread.  Alloc: 0."""
        left = len(self)
        while left and next_post(self._at) >= 0:
            left -= 1

    def begin(self, node):  # hot
        """Part of `yield signal.wait()`: see burst.py.  Context: burst."""
        at = self._at
        if get_half(at, 0) == NONE:  # else others come first
            value = next_post(at)
            if value >= 0:
                self._store[node] = value
                return 0
        enqueue(self._base, node, at)
        return 1

    def _deliver(self):  # hot
        """The bell rang: give what was posted to the tasks that wait."""
        at = self._at
        node = get_half(at, 0)
        while node != NONE:
            value = next_post(at)
            if value < 0:
                break
            self._store[node] = value
            wake(self._base, node, State.READY)
            node = get_half(at, 0)
