"""A bounded FIFO from tasks to tasks: many producers, many consumers.

Guarantees
 * items come out in the order in which they went in, each to one receiver;
 * receivers and senders that wait are served in the order in which they came;
 * an item goes straight to a receiver that waits, and not through the buffer;
 * an item is with the sender, in the channel, or with a receiver: a timeout or a cancel loses none.

Who owns an item, and which step moves it (transfer.py does 1 to 4):

    sender's  --1 send, a receiver waits------------------> receiver's
    sender's  --2 send, there is room--> buffer --3 recv--> receiver's
    sender's  --2' send, full: it waits, the item in store[sender]
    store[sender] --4 a recv makes room--> buffer
    store[sender] --timeout or cancel----> sender's, as before

ChannelBlock in layout.py is the channel's block.  Its cells are an array of references.  Two cells
before the buffer hold an item during `try_send` (TRIED), and from `send` to its `yield` (HELD).
"""

from .block import address_of, get_half, get_word, references, set_half, set_word
from .inline import put_address
from .layout import REFERENCE_BITS, REFERENCE_WORDS, ChannelBlock, NONE, Op, State
from .on_cpython import const, micropython, ptr32
from .outcomes import CLOSED, EMPTY
from .run_loop import channel_transfer
from .wait_queue import wake


_MAX_CAPACITY = const(0x3FFFFF)
_TRIED = const(0)  # places of its cells
_HELD = const(1)
_BUFFER = const(2)

BLOCK = "block"
DROP_OLDEST = "drop-oldest"


class Operation:
    """`recv` and `send` return this.  A task yields it, and the run loop does the rest."""

    def __init__(self, op, channel):
        self.op = op
        self.channel = channel

    def __repr__(self):
        what = "recv" if self.op & 7 == Op.RECV else "send"
        return "<%s on %r: yield it in a task>" % (what, self.channel)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__


@micropython.viper
def stage_item(at: int, item, timeout_ms, operation, within) -> object:  # hot
    """Put the item of a `send` into the cell HELD.  `at`: the address of the channel's cells.

    References are compared and stored as words: an index of the cells costs 1.2 us, `is not`
    0.7 us (RP2040).  The first cell, TRIED, has the word of None.
    """
    cells = ptr32(at)
    if cells[_HELD << REFERENCE_WORDS] != cells[0]:
        operation.channel.forgotten()
    if (timeout_ms if at else 0) != cells[0]:
        within(timeout_ms)
    at = item if at else 0
    put_address(cells, _HELD << REFERENCE_WORDS, at)
    return operation


def _calls(place, receiving, sending, within):
    """Make a channel's `recv` and `send`: functions whose arguments' defaults are what they need.

    On the RP2040 an attribute costs 2 us each time, an argument's default a tenth of that.
    """

    @micropython.native
    def recv(timeout_ms=None, _operation=receiving, _within=within):  # hot
        """Operation: take the next item; wait if there is none.

        `yield` gives the item; TIMEOUT after `timeout_ms` milliseconds; CLOSED when the channel is
        closed and has no more items.  An item that is there beats a timeout of 0.

        Context: task.  Alloc: 0; `await` allocates: see README.md.
        """
        if timeout_ms is None:
            return _operation
        _within(timeout_ms)
        return _operation

    # Six arguments make the code even in length: after an odd native function RISC-V traps.
    @micropython.native
    def send(  # hot
        item, timeout_ms=None, _at=place, _operation=sending, _within=within, _stow=stage_item
    ):
        """Operation: put an item in; wait while the channel is full.

        `yield` gives True; or TIMEOUT after `timeout_ms` milliseconds, or CLOSED, and then the item
        is still yours.  With overflow="drop-oldest" it never waits.

        RuntimeError: the last `send` was not yielded, and its item would be lost.
        Context: task (elsewhere use `try_send`).  Alloc: 0.
        """
        return _stow(_at, item, timeout_ms, _operation, _within)

    return recv, send


class Channel:
    """A bounded FIFO of `capacity` items between the tasks of one scheduler: see the file's top."""

    def __init__(self, scheduler, capacity, overflow=BLOCK, name=None):
        if not 1 <= capacity <= _MAX_CAPACITY:
            raise ValueError("a channel holds 1 to %d items, not %r" % (_MAX_CAPACITY, capacity))
        if overflow not in (BLOCK, DROP_OLDEST):
            raise ValueError('overflow is "block" or "drop-oldest", not %r' % (overflow,))
        self.name = name
        self._scheduler = scheduler
        self._cells = references([None] * (_BUFFER + capacity))
        cells = address_of(self._cells) + (_BUFFER << REFERENCE_BITS)
        self._block = bytearray(ChannelBlock.BYTES)
        self._at = at = address_of(self._block)
        set_half(at, ChannelBlock.RECEIVERS, NONE)
        set_half(at, ChannelBlock.SENDERS, NONE)
        set_word(at, ChannelBlock.CAPACITY, capacity)
        set_word(at, ChannelBlock.OWNER, scheduler.address & 0xFFFFFFFF)
        set_word(at, ChannelBlock.CELLS, cells & 0xFFFFFFFF)
        state = ChannelBlock.DROP_OLDEST if overflow == DROP_OLDEST else 0
        set_word(at, ChannelBlock.STATE, (cells >> 32) << 8 | state)
        receiving = Operation(at + Op.RECV, self)
        sending = Operation(at + Op.SEND, self)
        place = address_of(self._cells)
        self.recv, self.send = _calls(place, receiving, sending, scheduler.within)
        scheduler.add(self)

    def __repr__(self):
        return "channel of %d" % self.capacity if self.name is None else "channel %r" % self.name

    def try_send(self, item):  # hot
        """Put an item in if there is room.  Returns True; or False, and the item is still yours.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        self._cells[_TRIED] = item
        scheduler = self._scheduler
        outside = scheduler.outside
        if channel_transfer(scheduler.address, outside, self._at + Op.SEND):
            return False
        return scheduler.store[outside] is True

    def try_recv(self, default=EMPTY):  # hot
        """Take the next item.  Returns `default` if there is none.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        scheduler = self._scheduler
        store = scheduler.store
        outside = scheduler.outside
        if channel_transfer(scheduler.address, outside, self._at + Op.RECV):
            return default
        item = store[outside]
        store[outside] = None
        return default if item is CLOSED else item

    def close(self):
        """Close the channel: no more items go in.  Closing twice is no error.

        Receivers get the items that are left, then CLOSED; senders that wait get CLOSED at once.
        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        at = self._at
        set_word(at, ChannelBlock.STATE, get_word(at, ChannelBlock.STATE) | ChannelBlock.SHUT)
        for queue in range(2):
            waiter = get_half(at, queue)
            while waiter != NONE:
                self._scheduler.store[waiter] = CLOSED
                wake(self._scheduler.address, waiter, State.READY)
                waiter = get_half(at, queue)

    @property
    def closed(self):
        """True once `close` was called.  Alloc: 0."""
        return bool(get_word(self._at, ChannelBlock.STATE) & ChannelBlock.SHUT)

    @property
    def capacity(self):
        """How many items it holds.  Alloc: 0."""
        return get_word(self._at, ChannelBlock.CAPACITY)

    @property
    def high_water(self):
        """The most items that it has held.  Alloc: 0."""
        return get_word(self._at, ChannelBlock.HIGH)

    @property
    def dropped(self):
        """Items that drop-oldest has dropped, modulo 2**30.  Alloc: 0."""
        return get_word(self._at, ChannelBlock.DROPPED)

    def __len__(self):
        return get_word(self._at, ChannelBlock.COUNT)

    def waits(self, queue):
        """What a task in the wait queue at this address waits for, or None: for `Deadlock`."""
        if queue == self._at:
            return "recv on %r" % self
        if queue == self._at + 2:
            return "send on %r" % self
        return None

    def forgotten(self):
        """A send was made and not yielded: the next one raises."""
        self._cells[_HELD] = None
        raise self._scheduler.error(
            RuntimeError,
            "a send on %r was made and never yielded: write `yield channel.send(item)`,"
            " or channel.try_send(item) where there is no task",
            self,
        )
