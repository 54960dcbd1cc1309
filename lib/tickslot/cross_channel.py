"""A bounded FIFO between tasks of several schedulers, on any threads.

Guarantees
 * items come out in the order in which they went in, each to one receiver;
 * many producers and many consumers, on every side;
 * those that wait on one scheduler are served in their order there; between
   schedulers the first to look gets the item;
 * an item is with the sender, in the channel, or with a receiver: a timeout or a
   cancel loses none; nothing allocates after the constructors.

Who owns a cell, and between which steps:

    empty --1 put, under the lock--> full --2 take, under the lock--> empty

    a task that finds no item (no room)  3 sets its end's WANTS bit, in the section of its look
    who puts (takes)                     4 rings every end with that bit, in the section of 1 (2)
    that end, on its own thread          5 looks again for each of its tasks that wait

3 and 4 are under one lock: whoever finds nothing is seen by the next who brings
something.  A bit that nobody waits for any more costs one bell, and is cleared.

Memory order: every word of the block, and every cell, is read and written under
the mailboxes' lock alone, by all threads: see mailbox.py for what that is worth
on each machine.  An end's wait queues are its own scheduler's.

The block, in 32-bit words: FIRST, COUNT, CAPACITY, SHUT, HIGH, ENDS, then four
words an end: its scheduler's address (two), WANTS an item 1, room 2.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr32

from .burst import OP_ASK
from .mailbox import enter, leave, of
from .slot import NONE, READY, address_of, enqueue, get_half, get_word, set_word, wake
from .values import CLOSED, EMPTY, FULL

_FIRST = const(0)
_COUNT = const(1)
_CAPACITY = const(2)
_SHUT = const(3)
_HIGH = const(4)
_ENDS = const(5)
_END = const(8)
_ITEM = const(1)
_ROOM = const(2)

# of the scheduler's block: see slot.py and mailbox.py
_BELL = const(21)
_ASLEEP = const(31)


class CrossChannel:
    """Holds `capacity` items; `ends` is how many schedulers it can have.

    `end = channel.on(scheduler)`, at boot, and then `yield end.send(item)` and
    `yield end.recv()` in that scheduler's tasks.  `try_send` and `try_recv` are
    for any thread.
    """

    def __init__(self, capacity, ends=2, name=None):
        if not 1 <= capacity <= 0x3FFFFF:
            raise ValueError("a channel holds 1 to 4194303 items, not %r" % (capacity,))
        if not 1 <= ends <= 16:
            raise ValueError("a channel has 1 to 16 ends, not %r" % (ends,))
        self.name = name
        self._limit = ends
        self._block = bytearray(4 * (_END + 4 * ends))
        self._at = at = address_of(self._block)
        set_word(at, _CAPACITY, capacity)
        self._cells = [None] * capacity
        self._gives: list = [None] * ends
        self._ends = []
        # What each operation needs: a list's items cost less than many attributes.
        kit: list = [at, self._cells, self._gives, enter, leave, EMPTY, FULL, CLOSED, True, None]
        self._kit = kit

    def __repr__(self):
        return "<channel %r between schedulers>" % (self.name,)

    def on(self, scheduler):
        """This scheduler's end of it.  It gets a mailbox if it has none.

        ValueError: all its ends are taken.  Context: boot.
        """
        for end in self._ends:
            if end.scheduler is scheduler:
                return end
        number = len(self._ends)
        if number == self._limit:
            raise ValueError("%r has all of its %d ends: give it ends=" % (self, number))
        mailbox = of(scheduler)
        place = _END + 4 * number
        set_word(self._at, place, scheduler.address & 0xFFFFFFFF)
        set_word(self._at, place + 1, scheduler.address >> 32)
        self._gives[number] = mailbox.give
        end = End(self, scheduler, number)
        self._ends.append(end)
        set_word(self._at, _ENDS, number + 1)
        return end

    @micropython.viper
    def put(self, item, wants: int):  # hot
        """Step 1: True, FULL or CLOSED.  For FULL the end `wants` is marked, step 3, unless -1."""
        kit = self._kit
        at = int(kit[0])
        w = ptr32(at)
        kit[3]()
        asleep = 0
        count = int(w[_COUNT])
        result = kit[8]
        if w[_SHUT]:
            result = kit[7]
        elif count == int(w[_CAPACITY]):
            if wants >= 0:
                e = ptr32(at + 32 + (wants << 4))
                e[2] = int(e[2]) | _ROOM
            result = kit[6]
        else:
            place = int(w[_FIRST]) + count
            if place >= int(w[_CAPACITY]):
                place -= int(w[_CAPACITY])
            kit[1][place] = item
            count += 1
            w[_COUNT] = count
            if count > int(w[_HIGH]):
                w[_HIGH] = count
            asleep = int(ring_all(at, _ITEM))
        kit[4]()
        end = 0
        while asleep:
            if asleep & 1:
                kit[2][end]()
            asleep >>= 1
            end += 1
        return result

    @micropython.viper
    def take(self, wants: int):  # hot
        """Step 2: an item, EMPTY or CLOSED.  For EMPTY the end `wants` is marked, step 3."""
        kit = self._kit
        at = int(kit[0])
        w = ptr32(at)
        kit[3]()
        asleep = 0
        count = int(w[_COUNT])
        result = kit[5]
        if count:
            place = int(w[_FIRST])
            result = kit[1][place]
            kit[1][place] = kit[9]
            place += 1
            if place == int(w[_CAPACITY]):
                place = 0
            w[_FIRST] = place
            w[_COUNT] = count - 1
            asleep = int(ring_all(at, _ROOM))
        elif w[_SHUT]:
            result = kit[7]
        elif wants >= 0:
            e = ptr32(at + 32 + (wants << 4))
            e[2] = int(e[2]) | _ITEM
        kit[4]()
        end = 0
        while asleep:
            if asleep & 1:
                kit[2][end]()
            asleep >>= 1
            end += 1
        return result

    def try_send(self, item):
        """Put an item in if there is room: True, or False and it is still yours.

        Context: any thread.  Alloc: 0.
        """
        return self.put(item, -1) is True

    def try_recv(self, default=EMPTY):
        """Take the next item if there is one, else `default`.  Context: any thread.  Alloc: 0."""
        item = self.take(-1)
        return default if item is EMPTY or item is CLOSED else item

    def close(self):
        """Let nothing more in.  Receivers drain what is there, then get CLOSED; senders at once.

        Context: any thread.  Alloc: 0.
        """
        self._shut()
        for end in self._ends:
            end.scheduler.mailbox.ring()

    @micropython.viper
    def _shut(self):  # hot
        kit = self._kit
        kit[3]()
        ptr32(int(kit[0]))[_SHUT] = 1
        kit[4]()

    @property
    def high_water(self):
        """The most items that it has held.  Alloc: 0."""
        return get_word(self._at, _HIGH)

    def __len__(self):
        return get_word(self._at, _COUNT)


@micropython.viper
def ring_all(at: int, want: int) -> int:
    """Step 4: ring the ends that want this; a bit for each whose semaphore is to be given.

    Context: under the lock.  Alloc: 0.
    """
    asleep = 0
    ends = int(ptr32(at)[_ENDS])
    end = 0
    while end < ends:
        e = ptr32(at + 32 + (end << 4))
        wants = int(e[2])
        if wants & want:
            e[2] = wants & (3 - want)
            t = ptr32(e[0] | ((e[1] << 16) << 16))
            t[_BELL] = 1
            if t[_ASLEEP]:
                t[_ASLEEP] = 0
                asleep |= 1 << end
        end += 1
    return asleep


class End:
    """One scheduler's end of a CrossChannel, see `CrossChannel.on`."""

    def __init__(self, channel, scheduler, number):
        self.channel = channel
        self.scheduler = scheduler
        self.number = number
        self._store = scheduler.store
        self._a = scheduler.address
        self._block = bytearray(b"\xff\xff\xff\xff")
        self._queues = at = address_of(self._block)
        self._recv = Receive(channel, scheduler, number, at)
        self._send = Transmit(channel, scheduler, number, at + 2)
        scheduler.on_bell(self._answer)

    def recv(self, timeout_ms=None):
        """Operation: the next item; TIMEOUT, or CLOSED when it is closed and drained.

        Context: task of this scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        return self._recv

    def send(self, item, timeout_ms=None):
        """Operation: put an item in: True; TIMEOUT or CLOSED, and then it is still yours.

        Context: task of this scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            self.scheduler.within(timeout_ms)
        send = self._send
        send.item = item
        return send

    def _answer(self):  # hot
        """Step 5."""
        at = self._queues
        store = self._store
        channel = self.channel
        node = get_half(at, 0)
        while node != NONE:
            item = channel.take(self.number)
            if item is EMPTY:
                break
            store[node] = item
            wake(self._a, node, READY)
            node = get_half(at, 0)
        item = None
        node = get_half(at, 1)
        while node != NONE:
            done = channel.put(store[node], self.number)
            if done is FULL:
                break
            store[node] = done
            wake(self._a, node, READY)
            node = get_half(at, 1)


class Operation:
    """What both operations of an end share."""

    def __init__(self, channel, scheduler, number, queue):
        self.op = OP_ASK
        self._channel = channel
        self._store = scheduler.store
        self._a = scheduler.address
        self._number = number
        self._queue = queue
        self.item = None  # between `send` and the `yield` of it

    def __iter__(self):
        return (yield self)

    __await__ = __iter__


class Receive(Operation):
    """`yield end.recv()`."""

    def begin(self, node):  # hot
        """Part of `yield end.recv()`: see burst.py.  Context: burst."""
        if get_half(self._queue, 0) == NONE:  # else others of this scheduler come first
            item = self._channel.take(self._number)
            if item is not EMPTY:
                self._store[node] = item
                return 0
        enqueue(self._a, node, self._queue)
        return 1


class Transmit(Operation):
    """`yield end.send(item)`."""

    def begin(self, node):  # hot
        """Part of `yield end.send(item)`: see burst.py.  Context: burst."""
        item = self.item
        self.item = None
        if get_half(self._queue, 0) == NONE:
            done = self._channel.put(item, self._number)
            if done is not FULL:
                self._store[node] = done
                return 0
        self._store[node] = item
        enqueue(self._a, node, self._queue)
        return 1
