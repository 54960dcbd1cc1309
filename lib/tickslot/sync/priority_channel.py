"""A bounded channel whose most urgent item comes out first."""

from ..core.block import get_half, get_word
from ..core.channel import Channel
from ..core.layout import NONE, Begun, ChannelBlock, Header, State
from ..core.on_cpython import const
from ..core.outcomes import CLOSED, EMPTY
from ..core.wait_queue import enqueue, wake
from .primitive import Ask, Primitive

_LEVELS = const(8)


class PriorityChannel(Primitive):
    """A Channel whose items have a priority, 0 to 7. Items of priority 7 come out first.

    Guarantees
     * Items of one priority come out in the order in which they went in.
     * Tasks that wait to send or to receive are served in the order in which they came.
       So an urgent item counts as urgent only when it is in the channel, not while its sender
       waits for room.
     * All else is as for Channel.

    recv(timeout_ms=None)  Operation: take the most urgent item; wait if there is none.
        `yield` gives the item, TIMEOUT, or CLOSED.  Context: task.  Alloc: 0.

    `yield channel` is the same as `yield channel.recv()`.
    """

    def __init__(self, scheduler, capacity, name=None):
        if not 1 <= capacity <= 0xFFFF:
            raise ValueError("a channel holds 1 to 65535 items, not %r" % (capacity,))
        super().__init__(scheduler, 4, name, 2)  # the two wait queues of a ChannelBlock
        self.capacity = capacity
        self.closed = False
        self.high_water = 0
        self._count = 0
        # Places of items are in lists linked by `_next`: one for each priority, and the free ones.
        self._items = [None] * capacity
        self._next = [place + 1 for place in range(capacity)]
        self._free = 0
        self._first = [0] * _LEVELS
        self._last = [0] * _LEVELS
        self._counts = [0] * _LEVELS
        self._priorities = bytearray(scheduler.outside)  # of the item that each node sends
        self._slots = scheduler.slots
        self._send = Ask(self._begin_send, "send on %r" % self)

    def __len__(self):
        return self._count

    waits = Channel.waits

    recv = Primitive.within

    def send(self, item, priority=0, timeout_ms=None):  # hot
        """Operation: put an item in; wait if there is no room.

        `yield` gives True. If it gives TIMEOUT or CLOSED, the item is still yours alone.

        ValueError: the priority is not 0 to 7.  RuntimeError: outside of a task,
        or the task's last `send` was not yielded.  Context: task.  Alloc: 0.
        """
        self._check(priority)
        node = get_word(self._base, Header.CURRENT)
        if node >= self._slots:
            self.error(RuntimeError, "send on %r outside of a task: use try_send")
        if self._store[node] is not None:
            self.error(RuntimeError, "a send on %r was made and never yielded: yield it")
        if timeout_ms is not None:
            self._within(timeout_ms)
        self._store[node] = item
        self._priorities[node] = priority
        return self._send

    def try_send(self, item, priority=0):  # hot
        """Put an item in if there is room: True, or False, and then the item is still yours.

        ValueError: the priority is not 0 to 7.
        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        self._check(priority)
        if self.closed:
            return False
        receiver = get_half(self._at, ChannelBlock.RECEIVERS)
        if receiver != NONE:
            self._store[receiver] = item
            wake(self._base, receiver, State.READY)
            return True
        if self._count == self.capacity:
            return False
        self._put(item, priority)
        return True

    def try_recv(self, default=EMPTY):  # hot
        """Take the most urgent item if there is one, else `default`.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        if self._count == 0:
            return default
        level = _LEVELS - 1
        while self._counts[level] == 0:
            level -= 1
        place = self._first[level]
        item = self._items[place]
        self._items[place] = None
        self._first[level] = self._next[place]
        self._counts[level] -= 1
        self._next[place] = self._free
        self._free = place
        self._count -= 1
        sender = get_half(self._at, ChannelBlock.SENDERS)
        if sender != NONE:
            self._put(self._store[sender], self._priorities[sender])
            self._store[sender] = True
            wake(self._base, sender, State.READY)
        return item

    def close(self):
        """Let no more items in.  Receivers get what is there, then CLOSED; senders get CLOSED now.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        self.closed = True
        for queue in range(2):
            node = get_half(self._at, queue)
            while node != NONE:
                self._store[node] = CLOSED
                wake(self._base, node, State.READY)
                node = get_half(self._at, queue)

    def begin(self, node):  # hot
        """Begin `yield channel.recv()`: see primitive.py.  Context: run loop."""
        if self._count:
            self._store[node] = self.try_recv()
        elif self.closed:
            self._store[node] = CLOSED
        else:
            enqueue(self._base, node, self._at)
            return Begun.WAITS
        return Begun.DONE

    def _begin_send(self, node):  # hot
        store = self._store
        if self.closed:
            store[node] = CLOSED
        elif self.try_send(store[node], self._priorities[node]):
            store[node] = True
        else:
            enqueue(self._base, node, self._at + 2 * ChannelBlock.SENDERS)
            return Begun.WAITS
        return Begun.DONE

    def _put(self, item, priority):  # hot
        place = self._free
        self._free = self._next[place]
        self._items[place] = item
        if self._counts[priority]:
            self._next[self._last[priority]] = place
        else:
            self._first[priority] = place
        self._last[priority] = place
        self._counts[priority] += 1
        self._count += 1
        if self._count > self.high_water:
            self.high_water = self._count

    def _check(self, priority):  # hot
        if not 0 <= priority < _LEVELS:
            self.error(ValueError, "a priority on %r is 0 to 7")
