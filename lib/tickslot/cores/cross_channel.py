"""A bounded FIFO between tasks of several schedulers, on any threads.

Guarantees
 * items come out in the order in which they went in, each to one receiver;
 * many producers and many consumers, on every side;
 * the tasks of one scheduler that wait are served in their order; between schedulers, the first
   that looks gets the item;
 * an item is with the sender, in the channel, or with a receiver: a timeout or a cancel loses none;
 * nothing allocates after the constructors.

Each scheduler has an end of the channel. A cell changes under the lock:

    empty --1 put--> full --2 take--> empty

    a task that finds no item (no room)  3 sets its end's WANTS bit, in the same section
    the next put (take)                  4 rings every end with that bit, in the same section
    that end, on its own thread          5 looks again for each of its tasks that wait

Steps 3 and 4 are under one lock: so the next put (or take) sees the WANTS bit of an end that found
nothing. A bit whose task has left costs one ring, which clears it.

Memory order: all threads read and write the block's words and the cells only under the lock that
all schedulers share; core/doorbell.py says what that gives on each machine. The wait queues of an
end belong to its own scheduler.
"""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.doorbell import enter, leave, ring_at
from ..core.layout import NONE, Begun, Op, State
from ..core.on_cpython import inline, micropython, ptr16, ptr32
from ..core.outcomes import CLOSED, EMPTY, FULL
from ..core.wait_queue import enqueue, wake
from .layout import CrossBlock, CrossEnd, CrossHot
from .mailbox_of import mailbox_of


@inline
def end_at(base, end):
    """The address of an end's words."""
    return base + CrossBlock.ENDS_BYTE + (end << CrossEnd.BITS)


@inline
def mark_wanted(words, base, end, want):
    """Step 3: note that tasks of this end wait for an item, or for room."""
    of_end = ptr32(end_at(base, end))
    of_end[CrossEnd.WANTS] = int(of_end[CrossEnd.WANTS]) | want
    words[CrossBlock.WANTED] = int(words[CrossBlock.WANTED]) | want


@micropython.viper
def put(hot, item, end: int):  # hot
    """Step 1: True, FULL or CLOSED.  For FULL, step 3 marks the end, unless `end` is -1."""
    base = int(hot[CrossHot.BASE])
    words = ptr32(base)
    hot[CrossHot.ENTER]()
    asleep = 0
    count = int(words[CrossBlock.COUNT])
    result = hot[CrossHot.TRUE]
    if words[CrossBlock.SHUT]:
        result = hot[CrossHot.CLOSED]
    elif count == int(words[CrossBlock.CAPACITY]):
        if end >= 0:
            mark_wanted(words, base, end, CrossEnd.ROOM)
        result = hot[CrossHot.FULL]
    else:
        place = int(words[CrossBlock.FIRST]) + count
        if place >= int(words[CrossBlock.CAPACITY]):
            place -= int(words[CrossBlock.CAPACITY])
        hot[CrossHot.CELLS][place] = item
        count += 1
        words[CrossBlock.COUNT] = count
        if count > int(words[CrossBlock.HIGH]):
            words[CrossBlock.HIGH] = count
        if words[CrossBlock.WANTED] & CrossEnd.ITEM:
            asleep = int(ring_all(base, CrossEnd.ITEM))
    hot[CrossHot.LEAVE]()
    if asleep:
        give_all(hot[CrossHot.GIVES], asleep)
    return result


@micropython.viper
def take(hot, end: int):  # hot
    """Step 2: an item, EMPTY or CLOSED.  For EMPTY, step 3 marks the end, unless `end` is -1."""
    base = int(hot[CrossHot.BASE])
    words = ptr32(base)
    hot[CrossHot.ENTER]()
    asleep = 0
    count = int(words[CrossBlock.COUNT])
    result = hot[CrossHot.EMPTY]
    if count:
        place = int(words[CrossBlock.FIRST])
        cells = hot[CrossHot.CELLS]
        result = cells[place]
        cells[place] = None
        place += 1
        if place == int(words[CrossBlock.CAPACITY]):
            place = 0
        words[CrossBlock.FIRST] = place
        words[CrossBlock.COUNT] = count - 1
        if words[CrossBlock.WANTED] & CrossEnd.ROOM:
            asleep = int(ring_all(base, CrossEnd.ROOM))
    elif words[CrossBlock.SHUT]:
        result = hot[CrossHot.CLOSED]
    elif end >= 0:
        mark_wanted(words, base, end, CrossEnd.ITEM)
    hot[CrossHot.LEAVE]()
    if asleep:
        give_all(hot[CrossHot.GIVES], asleep)
    return result


@micropython.viper
def ring_all(base: int, want: int) -> int:
    """Step 4, under the lock: ring the ends that want this.

    What comes back has a bit for each end whose semaphore is to be given.  Alloc: 0.
    """
    asleep = 0
    words = ptr32(base)
    words[CrossBlock.WANTED] = int(words[CrossBlock.WANTED]) & (3 - want)
    ends = int(words[CrossBlock.ENDS])
    end = 0
    while end < ends:
        of_end = ptr32(end_at(base, end))
        wants = int(of_end[CrossEnd.WANTS])
        if wants & want:
            of_end[CrossEnd.WANTS] = wants & (3 - want)
            asleep |= int(ring_at(int(of_end))) << end
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


def _begin_receive(hot, take, enqueue):
    """`begin` of a receive, made by a function: what it closes over costs one load each."""

    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield end.recv()`: see core/run_loop.py.  Context: the run loop."""
        queue = int(hot[CrossHot.QUEUES])
        if ptr16(queue)[0] == NONE:  # else others of this scheduler come first
            item = take(hot, hot[CrossHot.NUMBER])
            if item is not hot[CrossHot.EMPTY]:
                hot[CrossHot.STORE][node] = item
                return Begun.DONE
        enqueue(hot[CrossHot.SCHEDULER], node, queue)
        return Begun.WAITS

    return begin


def _begin_send(hot, put, enqueue):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield end.send(item)`: see core/run_loop.py.  Context: the run loop."""
        item = hot[CrossHot.HELD]
        hot[CrossHot.HELD] = None
        queue = int(hot[CrossHot.QUEUES]) + 2
        if ptr16(queue)[0] == NONE:
            done = put(hot, item, hot[CrossHot.NUMBER])
            if done is not hot[CrossHot.FULL]:
                hot[CrossHot.STORE][node] = done
                return Begun.DONE
        hot[CrossHot.STORE][node] = item
        enqueue(hot[CrossHot.SCHEDULER], node, queue)
        return Begun.WAITS

    return begin


def _answering(hot, take, put, wake):
    @micropython.viper
    def answer():  # hot
        """Step 5: the bell rang."""
        queues = ptr16(int(hot[CrossHot.QUEUES]))
        store = hot[CrossHot.STORE]
        while queues[0] != NONE:
            item = take(hot, hot[CrossHot.NUMBER])
            if item is hot[CrossHot.EMPTY]:
                break
            store[queues[0]] = item
            wake(hot[CrossHot.SCHEDULER], queues[0], State.READY)
        while queues[1] != NONE:
            done = put(hot, store[queues[1]], hot[CrossHot.NUMBER])
            if done is hot[CrossHot.FULL]:
                break
            store[queues[1]] = done
            wake(hot[CrossHot.SCHEDULER], queues[1], State.READY)

    return answer


def _calls(hot, receiving, sending, within):
    """An end's `recv` and `send`, which hold what they need: see `call_of` in sync/primitive.py."""

    def recv(timeout_ms=None, _operation=receiving, _within=within):  # hot
        """Operation: the next item; TIMEOUT; or CLOSED, when the channel is closed and empty.

        Context: task of this scheduler.  Alloc: 0.
        """
        if timeout_ms is not None:
            _within(timeout_ms)
        return _operation

    def send(item, timeout_ms=None, _hot=hot, _operation=sending, _within=within):  # hot
        """Operation: put an item in: True; for TIMEOUT and CLOSED the item is still yours.

        RuntimeError: the last `send` was not yielded, and its item would be lost.
        Context: task of this scheduler.  Alloc: 0.
        """
        if _hot[CrossHot.HELD] is not None:
            _operation.forgotten()
        if timeout_ms is not None:
            _within(timeout_ms)
        _hot[CrossHot.HELD] = item
        return _operation

    return recv, send


class CrossChannel:
    """Holds `capacity` items; `ends` is how many schedulers can have an end of it.

    Make `end = channel.on(scheduler)` at boot; then that scheduler's tasks can
    `yield end.send(item)` and `yield end.recv()`. Any thread can call `try_send` and `try_recv`.
    ValueError: `capacity` is not 1 to 4194303, or `ends` not 1 to 16.  Context: boot.
    """

    def __init__(self, capacity, ends=2, name=None):
        if not 1 <= capacity <= 0x3FFFFF:
            raise ValueError("a channel holds 1 to 4194303 items, not %r" % (capacity,))
        if not 1 <= ends <= 16:
            raise ValueError("a channel has 1 to 16 ends, not %r" % (ends,))
        self.name = name
        self._limit = ends
        self._block = bytearray(end_at(0, ends))
        self._base = base = address_of(self._block)
        set_word(base, CrossBlock.CAPACITY, capacity)
        cells = [None] * capacity
        self._gives: list = [None] * ends
        self._ends = []
        self._hot = [base, cells, self._gives, enter, leave, EMPTY, FULL, CLOSED, True]

    def __repr__(self):
        return "<channel %r between schedulers>" % (self.name,)

    def on(self, scheduler):
        """This scheduler's end of the channel.  The scheduler gets a mailbox if it has none.

        ValueError: all ends are taken.  Context: boot.
        """
        for end in self._ends:
            if end.scheduler is scheduler:
                return end
        number = len(self._ends)
        if number == self._limit:
            raise ValueError("%r: all %d ends are taken: give it more ends=" % (self, number))
        self._gives[number] = mailbox_of(scheduler).give
        set_address(end_at(self._base, number), CrossEnd.ADDRESS, scheduler.address)
        end = End(self, scheduler, number)
        self._ends.append(end)
        set_word(self._base, CrossBlock.ENDS, number + 1)
        return end

    def try_send(self, item):
        """Put an item in if there is room: True; False: the item is still yours.

        Context: any thread.  Alloc: 0.
        """
        return put(self._hot, item, -1) is True

    def try_recv(self, default=EMPTY):
        """Take the next item if there is one, else `default`.  Context: any thread.  Alloc: 0."""
        item = take(self._hot, -1)
        return default if item is EMPTY or item is CLOSED else item

    def close(self):
        """Close the channel: senders get CLOSED at once, receivers when no item is left.

        Context: any thread.  Alloc: 0.
        """
        self._shut()
        for end in self._ends:
            end.scheduler.mailbox.ring()

    @micropython.viper
    def _shut(self):  # hot
        hot = self._hot
        hot[CrossHot.ENTER]()
        ptr32(int(hot[CrossHot.BASE]))[CrossBlock.SHUT] = 1
        hot[CrossHot.LEAVE]()

    @property
    def high_water(self):
        """The most items that the channel has held.  Alloc: 0."""
        return get_word(self._base, CrossBlock.HIGH)

    def __len__(self):
        return get_word(self._base, CrossBlock.COUNT)


class End:
    """One scheduler's end of a CrossChannel: see `CrossChannel.on`; `_calls` makes its calls."""

    def __init__(self, channel, scheduler, number):
        self.channel = channel
        self.scheduler = scheduler
        self._block = bytearray(b"\xff\xff\xff\xff")  # two wait queues
        queues = address_of(self._block)
        hot = channel._hot + [number, scheduler.address, scheduler.store, queues, None]
        receiving = Operation(self, hot, _begin_receive(hot, take, enqueue))
        receiving.exclusive = False
        sending = Operation(self, hot, _begin_send(hot, put, enqueue))
        self.recv, self.send = _calls(hot, receiving, sending, scheduler.within)
        scheduler.on_bell(_answering(hot, take, put, wake))


class Operation:
    """The operation that `recv` or `send` of an end returns."""

    exclusive = True  # but `recv` can be a branch of a select: see Select

    def __init__(self, end, hot, begin):
        self.op = Op.ASK
        self.begin = self.begin_branch = begin
        self._end = end
        self._hot = hot

    def forgotten(self):
        """Raise, at the next `send`: a send was made and not yielded."""
        self._hot[CrossHot.HELD] = None
        raise self._end.scheduler.error(
            RuntimeError,
            "a send on %r was made and never yielded: write `yield end.send(item)`,"
            " or channel.try_send(item)",
            self._end.channel,
        )

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
