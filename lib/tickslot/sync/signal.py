"""Posts from interrupts and other threads to the tasks of a scheduler.

Each producer has a ring of its own. So every word has one writer: a hard interrupt cannot wait
for a lock, and an RP2040 has no atomic instruction. The steps of a post:

    producer   1 place = value   2 POSTED = next   3 BELL = 1
    scheduler  4 BELL = 0   5 if POSTED is not TAKEN: read the value from the place   6 TAKEN = next

Who sees step 2 sees step 1. So step 5 reads the value of the post. Step 6 comes after the value
was read. So step 1 writes only a place that is free. Step 4 comes before step 5. So a post that
step 5 does not see rings the bell after step 4, and step 5 comes again.
Step 4 is in core/scheduler.py, the other steps are in this file.
tests_host/test_signal_model.py runs the code below in every order of these steps, and wrong
variants of the code too.

Memory order:
 * RP2040: its cores do not reorder loads or stores.
 * RP2350: its cores make loads and stores in order. A store may stay in a buffer for some cycles;
   the way from step 4 to step 5 takes longer.
 * ESP32: one core runs Python.
 * x86-64: stores are seen in order, loads are made in order. Only step 4 may be seen after step 5
   is done, and then a step 3 in between is lost. So a mailbox has a barrier behind step 4
   (cores/mailbox.py), and a scheduler without a mailbox looks into its rings each time that it
   has slept.
 * ARM64: MicroPython has no viper for it.
"""

from ..core.block import address_of, get_half, get_word, set_address, set_word
from ..core.inline import address_at, put_address
from ..core.layout import LOW, NONE, Begun, Header, State
from ..core.on_cpython import const, micropython, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive

# 32-bit words of a producer's block
_TAKEN = const(0)  # the next place to read: the scheduler's thread alone writes it
_POSTED = const(1)  # the next place to write: the producer alone writes it
_DROPPED = const(2)  # posts that found the ring full: the producer alone writes it
_PLACES = const(3)
_NEXT = const(4)  # the address of the next producer's block, in a circle: low, and high
_RING = const(6)  # the first place

# 32-bit words of a signal's block; the wait queue is in word 0
_LAST = const(1)  # the address of the block of the producer that was served last: low, and high


@micropython.viper
def post(at: int, base: int, value: int) -> int:
    """Write a value into the ring of the producer's block at `at`, and ring the bell.

    1, or 0 if the ring is full.
    """
    producer = ptr32(at)
    posted = int(producer[_POSTED])
    after = posted + 1
    if after == producer[_PLACES]:
        after = 0
    done = 0
    if after == producer[_TAKEN]:
        producer[_DROPPED] = (producer[_DROPPED] + 1) & LOW
    else:
        producer[_RING + posted] = value
        producer[_POSTED] = after  # after the value: who sees this sees the value
        done = 1
    ptr32(base)[Header.BELL] = 1
    return done


@micropython.viper
def next_post(at: int) -> int:
    """Take a value out of a ring of the signal's block at `at`; -1: all rings are empty.

    The search begins after the producer that was served last: one that posts without end does
    not stop the others.
    """
    signal = ptr32(at)
    last = address_at(signal, _LAST)
    ring = last
    looking = 1
    while looking:
        producer = ptr32(ring)
        ring = address_at(producer, _NEXT)
        producer = ptr32(ring)
        taken = int(producer[_TAKEN])
        if taken != producer[_POSTED]:
            value = int(producer[_RING + taken])
            taken += 1
            if taken == producer[_PLACES]:
                taken = 0
            producer[_TAKEN] = taken
            put_address(signal, _LAST, ring)
            return value
        if ring == last:
            looking = 0
    return -1


class Producer:
    """Posts to a Signal: for one interrupt handler, one thread, or one callback.

    `Signal.producer()` makes it.
    """

    def __init__(self, signal, capacity):
        if not 1 <= capacity < 1 << 16:
            raise ValueError("a signal keeps 1 to 65535 posts, not %r" % (capacity,))
        self._scheduler = signal._scheduler
        self._base = signal._base
        self._block = bytearray(4 * (_RING + capacity + 1))
        self._at = address_of(self._block)
        set_word(self._at, _PLACES, capacity + 1)

    def set(self, value=1):
        """Post a small int, 0 to 2**30 - 1: True, or False if the post was dropped and counted.

        Context: this one producer: a hard interrupt, callback, thread or task.  Alloc: 0.
        """
        done = post(self._at, self._base, value)
        self._scheduler.ring()  # if the scheduler sleeps on another thread, it wakes up now
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
     * Each post is given to one task: the one that has waited the longest. If no task waits, up
       to `capacity` posts of each producer are kept, in order. Posts beyond that are counted in
       `dropped`.
     * A post takes a bounded time, allocates nothing and waits for nothing.

    `set(value)` is `Producer.set`, for one user: one interrupt handler, one callback, or one
    thread.  Each further user gets a producer of its own, made at boot:
    `tick = signal.producer()`, then `tick.set(value)`.  The posts of one producer come in order;
    producers that have posts take turns.

    The scheduler sees a post when it hears the bell, before its next turn.
    While a scheduler has a Signal, tasks that wait are no deadlock.

    wait(timeout_ms=None)  Operation: wait for a post.  `yield` gives its value, or TIMEOUT.
        Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, capacity=8, name=None):
        super().__init__(scheduler, 12, name)
        self._capacity = capacity
        self._producers = []
        self.set = self.producer().set  # of a producer of the signal's own
        scheduler.on_bell(self._deliver)

    def producer(self, capacity=None):
        """Make another producer, with a ring of as many posts, or of `capacity`.  Context: boot."""
        producer = Producer(self, self._capacity if capacity is None else capacity)
        at = producer._at
        first = self._producers[0]._at if self._producers else at
        last = self._producers[-1]._at if self._producers else at
        set_address(at, _NEXT, first)
        set_address(last, _NEXT, at)
        set_address(self._at, _LAST, at)
        self._producers.append(producer)
        return producer

    wait = Primitive.within

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
        """Drop all posts that are kept.  Context: the scheduler's thread.  Alloc: 0."""
        left = len(self)
        while left and next_post(self._at) >= 0:
            left -= 1

    def begin(self, node):  # hot
        """Begin `yield signal.wait()`: see primitive.py.  Context: run loop."""
        at = self._at
        if get_half(at, 0) == NONE:  # else other tasks come first
            value = next_post(at)
            if value >= 0:
                self._store[node] = value
                return Begun.DONE
        enqueue(self._base, node, at)
        return Begun.WAITS

    def _deliver(self):  # hot
        """Give posts to the tasks that wait.  Context: the scheduler's thread, after the bell."""
        at = self._at
        node = get_half(at, 0)
        while node != NONE:
            value = next_post(at)
            if value < 0:
                break
            self._store[node] = value
            wake(self._base, node, State.READY)
            node = get_half(at, 0)
