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

The block, in 32-bit words: FIRST, COUNT, CAPACITY, SHUT, HIGH, ENDS, WANTED (what
any end wants), then from word 8 four words an end: its scheduler's address (two),
WANTS an item 1, room 2.
"""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.layout import NONE, Op, State
from ..core.on_cpython import const, micropython, ptr16, ptr32
from ..core.outcomes import CLOSED, EMPTY, FULL
from ..core.wait_queue import enqueue, wake
from ..core.doorbell import enter, leave, ring_at
from .mailbox_of import mailbox_of


_FIRST = const(0)
_COUNT = const(1)
_CAPACITY = const(2)
_SHUT = const(3)
_HIGH = const(4)
_ENDS = const(5)
_WANTED = const(6)
_END = const(8)
_ITEM = const(1)
_ROOM = const(2)

# of the kit, a list of what each operation needs: its items cost less than attributes
_AT = const(0)
_CELLS = const(1)
_GIVES = const(2)
_ENTER = const(3)
_LEAVE = const(4)
_EMPTY_KIT = const(5)
_FULL_KIT = const(6)
_CLOSED_KIT = const(7)
_TRUE = const(8)
_NOTHING = const(9)
# and of an end's, which begins with the channel's
_NUMBER = const(10)
_SCHEDULER_AT = const(11)
_STORE = const(12)
_QUEUES = const(13)  # where the halves of those that wait for an item, and for room, stand
_HELD = const(14)  # the item between `send` and the `yield` of it


@micropython.viper
def put(kit, item, wants: int):  # hot
    """Step 1: True, FULL or CLOSED.  For FULL the end `wants` is marked, step 3, unless -1."""
    at = int(kit[_AT])
    w = ptr32(at)
    kit[_ENTER]()
    asleep = 0
    count = int(w[_COUNT])
    result = kit[_TRUE]
    if w[_SHUT]:
        result = kit[_CLOSED_KIT]
    elif count == int(w[_CAPACITY]):
        if wants >= 0:
            e = ptr32(at + 4 * _END + (wants << 4))
            e[2] = int(e[2]) | _ROOM
            w[_WANTED] = int(w[_WANTED]) | _ROOM
        result = kit[_FULL_KIT]
    else:
        place = int(w[_FIRST]) + count
        if place >= int(w[_CAPACITY]):
            place -= int(w[_CAPACITY])
        kit[_CELLS][place] = item
        count += 1
        w[_COUNT] = count
        if count > int(w[_HIGH]):
            w[_HIGH] = count
        if w[_WANTED] & _ITEM:
            asleep = int(ring_all(at, _ITEM))
    kit[_LEAVE]()
    if asleep:
        give_all(kit[_GIVES], asleep)
    return result


@micropython.viper
def take(kit, wants: int):  # hot
    """Step 2: an item, EMPTY or CLOSED.  For EMPTY the end `wants` is marked, step 3."""
    at = int(kit[_AT])
    w = ptr32(at)
    kit[_ENTER]()
    asleep = 0
    count = int(w[_COUNT])
    result = kit[_EMPTY_KIT]
    if count:
        place = int(w[_FIRST])
        cells = kit[_CELLS]
        result = cells[place]
        cells[place] = kit[_NOTHING]
        place += 1
        if place == int(w[_CAPACITY]):
            place = 0
        w[_FIRST] = place
        w[_COUNT] = count - 1
        if w[_WANTED] & _ROOM:
            asleep = int(ring_all(at, _ROOM))
    elif w[_SHUT]:
        result = kit[_CLOSED_KIT]
    elif wants >= 0:
        e = ptr32(at + 4 * _END + (wants << 4))
        e[2] = int(e[2]) | _ITEM
        w[_WANTED] = int(w[_WANTED]) | _ITEM
    kit[_LEAVE]()
    if asleep:
        give_all(kit[_GIVES], asleep)
    return result


@micropython.viper
def ring_all(at: int, want: int) -> int:
    """Step 4: ring the ends that want this; a bit for each whose semaphore is to be given.

    Context: under the lock.  Alloc: 0.
    """
    asleep = 0
    w = ptr32(at)
    w[_WANTED] = int(w[_WANTED]) & (3 - want)
    ends = int(w[_ENDS])
    end = 0
    while end < ends:
        e = ptr32(at + 4 * _END + (end << 4))
        wants = int(e[2])
        if wants & want:
            e[2] = wants & (3 - want)
            asleep |= int(ring_at(int(e))) << end
        end += 1
    return asleep


@micropython.viper
def give_all(gives, asleep: int):
    """Give the semaphores of those ends, outside of the lock."""
    end = 0
    while asleep:
        if asleep & 1:
            gives[end]()
        asleep >>= 1
        end += 1


def _begin_receive(kit, take, enqueue):
    """`begin` of a receive: a function of its own, as what it closes over costs it one load."""

    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield end.recv()`: see burst.py.  Context: burst."""
        queue = int(kit[_QUEUES])
        if ptr16(queue)[0] == NONE:  # else others of this scheduler come first
            item = take(kit, kit[_NUMBER])
            if item is not kit[_EMPTY_KIT]:
                kit[_STORE][node] = item
                return 0
        enqueue(kit[_SCHEDULER_AT], node, queue)
        return 1

    return begin


def _begin_send(kit, put, enqueue):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield end.send(item)`: see burst.py.  Context: burst."""
        item = kit[_HELD]
        kit[_HELD] = kit[_NOTHING]
        queue = int(kit[_QUEUES]) + 2
        if ptr16(queue)[0] == NONE:
            done = put(kit, item, kit[_NUMBER])
            if done is not kit[_FULL_KIT]:
                kit[_STORE][node] = done
                return 0
        kit[_STORE][node] = item
        enqueue(kit[_SCHEDULER_AT], node, queue)
        return 1

    return begin


def _answering(kit, take, put, wake):
    @micropython.viper
    def answer():  # hot
        """Step 5."""
        q = ptr16(int(kit[_QUEUES]))
        store = kit[_STORE]
        going = 1
        while going and q[0] != NONE:
            item = take(kit, kit[_NUMBER])
            if item is kit[_EMPTY_KIT]:
                going = 0
            else:
                store[q[0]] = item
                wake(kit[_SCHEDULER_AT], q[0], State.READY)
        going = 1
        while going and q[1] != NONE:
            done = put(kit, store[q[1]], kit[_NUMBER])
            if done is kit[_FULL_KIT]:
                going = 0
            else:
                store[q[1]] = done
                wake(kit[_SCHEDULER_AT], q[1], State.READY)

    return answer


def _calls(kit, receiving, sending, within):
    """An end's `recv` and `send`, which hold what they need: see `call_of` in primitive.py."""

    def recv(timeout_ms=None, _operation=receiving, _within=within):  # hot
        """Operation: the next item; TIMEOUT, or CLOSED when it is closed and drained.

        Context: task of this scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            _within(timeout_ms)
        return _operation

    def send(item, timeout_ms=None, _kit=kit, _operation=sending, _within=within):  # hot
        """Operation: put an item in: True; TIMEOUT or CLOSED, and then it is still yours.

        RuntimeError: the last `send` was not yielded, and its item would be lost.
        Context: task of this scheduler.  Alloc: 0.
        """
        if _kit[_HELD] is not None:
            _operation.forgotten()
        if timeout_ms is not None:
            _within(timeout_ms)
        _kit[_HELD] = item
        return _operation

    return recv, send


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
        self._kit: list = [
            at,
            self._cells,
            self._gives,
            enter,
            leave,
            EMPTY,
            FULL,
            CLOSED,
            True,
            None,
        ]

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
        mailbox = mailbox_of(scheduler)
        set_address(self._at, _END + 4 * number, scheduler.address)
        self._gives[number] = mailbox.give
        end = End(self, scheduler, number)
        self._ends.append(end)
        set_word(self._at, _ENDS, number + 1)
        return end

    def try_send(self, item):
        """Put an item in if there is room: True, or False and it is still yours.

        Context: any thread.  Alloc: 0.
        """
        return put(self._kit, item, -1) is True

    def try_recv(self, default=EMPTY):
        """Take the next item if there is one, else `default`.  Context: any thread.  Alloc: 0."""
        item = take(self._kit, -1)
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
        kit[_ENTER]()
        ptr32(int(kit[_AT]))[_SHUT] = 1
        kit[_LEAVE]()

    @property
    def high_water(self):
        """The most items that it has held.  Alloc: 0."""
        return get_word(self._at, _HIGH)

    def __len__(self):
        return get_word(self._at, _COUNT)


class End:
    """One scheduler's end of a CrossChannel: see `CrossChannel.on`, and `_calls` for its calls."""

    def __init__(self, channel, scheduler, number):
        self.channel = channel
        self.scheduler = scheduler
        self._block = bytearray(b"\xff\xff\xff\xff")
        kit = channel._kit + [
            number,
            scheduler.address,
            scheduler.store,
            address_of(self._block),
            None,
        ]
        receiving = Operation(self, kit, _begin_receive(kit, take, enqueue))
        receiving.exclusive = False
        sending = Operation(self, kit, _begin_send(kit, put, enqueue))
        self.recv, self.send = _calls(kit, receiving, sending, scheduler.within)
        scheduler.on_bell(_answering(kit, take, put, wake))


class Operation:
    """What `recv` and `send` of an end give for `yield`."""

    exclusive = True  # but `recv` can be a branch of a select, see Select

    def __init__(self, end, kit, begin):
        self.op = Op.ASK
        self.begin = self.begin_branch = begin
        self._end = end
        self._kit = kit

    def forgotten(self):
        """A send was made and is not yielded: the next one raises."""
        self._kit[_HELD] = None
        raise self._end.scheduler.error(
            RuntimeError,
            "a send on %r was made and never yielded: write `yield end.send(item)`,"
            " or channel.try_send(item)",
            self._end.channel,
        )

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
