"""The order in which ready tasks run: FIFO is the scheduler's own; these are others.

Whatever wakes a task puts it into the scheduler's ready ring.  With a policy the
ring is drained into it before each turn, and it says whose the turn is.  So a task
that is more urgent waits for the turn under way, and for no other.

The burst that asks is the Observer's (observe.py).
"""

from ..core.block import address_of, get_word, set_word
from ..core.inline import address_at
from ..core.layout import Block, Header, Slot
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from .observer import observer_of


# the scheduler's block: see slot.py

# An order's block begins with the address of the scheduler's, in halves 0 to 3.  An order takes its
# own block's as an int, and makes it a pointer where it needs one: that takes no time, and a
# parameter that is a pointer 0.3 us.

# Policy's, in halves: how many it holds, how many nodes there are; then a byte for each: held
_COUNT = const(4)
_NODES = const(5)
_HELD_AT = const(12)

# In the lists of the others a node is its number + 1, and 0 is nobody: to compare with anything
# else takes twice as long as to test for 0.

# Priorities', in halves
_FIRST_OF = const(4)  # 8 of them, the first node of each priority
_LAST_OF = const(12)  # and the last
_TOP = const(20)  # no priority above it has one
_NEXT = const(20)  # each node's: that of node 0, which is 1, comes first

# EarliestDeadline's: halves, then 5 words a node, that of node 0, which is 1, from byte 24 on
_FIRST = const(4)  # of those with a deadline, which stand in its order
_LAST = const(5)
_PLAIN_FIRST = const(6)  # of those without, first in, first out
_PLAIN_LAST = const(7)
_GIVEN = const(8)  # who has the turn, if it has a deadline
_LEAVING = const(9)  # 1: the burst ends, and no node is wanted
_NODES_AT = const(4)
_WITHIN = const(0)  # ticks from becoming ready, or 0: it has no deadline
_BY = const(1)  # the time of it
_MISSES = const(2)
_BEFORE = const(6)  # in halves: the node before
_AFTER = const(7)  # and the one after
_OF = const(4)  # the generation of the slot for which this holds
_NODE = const(20)  # bytes a node


class Policy:
    """An order of one's own, in a dozen lines: subclass it, write `put` and `get`.

        class Newest(tickslot.Policy):
            def attach(self, scheduler):
                super().attach(scheduler)
                self._stack = [0] * self.nodes
                self._height = 0

            def put(self, node):
                self._stack[self._height] = node
                self._height += 1

            def get(self):
                self._height -= 1
                return self._stack[self._height]

        sched = tickslot.Scheduler(8, policy=Newest())

    Nodes are ints below `nodes`: a task's slot, or a call's behind them.  `get`
    is called only when there is one.  One policy serves one scheduler.

    RuntimeError, out of `run`: `get` gave a node that it does not hold.  What
    `put` or `get` raise comes out of `run` as well.
    """

    def attach(self, scheduler):
        """Called by the scheduler's constructor.  Alloc: boot only."""
        if getattr(self, "scheduler", None) is not None:
            raise ValueError("this policy serves a scheduler already: make one for each")
        self.scheduler = scheduler
        self.nodes = nodes = scheduler.nodes
        self._block = bytearray(_HELD_AT + nodes)
        self._order(scheduler)

    def _order(self, scheduler):
        set_word(address_of(self._block), _COUNT >> 1, self.nodes << 16)
        observer_of(scheduler).order_by(order_of(self.put, self.get, self._lost), self._block)

    def put(self, node):
        """Keep a node that is ready.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs put(node)")

    def get(self):
        """Give a node that was put, and forget it.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs get()")

    def _lost(self, node):
        raise self.scheduler.error(
            RuntimeError,
            "the policy gave %r, which it was not given or gave before: get() must give each"
            " node that was put once",
            node,
        )


def order_of(put, get, lost):
    """The order in Python that a policy's `put` and `get` make: see Observer.order_by.

    They are looked up once, here, and not each turn.  Alloc: boot only.
    """

    @micropython.viper
    def order(at: int, clock):  # hot
        h = ptr16(at)
        held = ptr8(at + _HELD_AT)
        w = ptr32(address_at(ptr32(at), 0))
        ring = ptr16(int(w) + w[Header.RING])
        while w[Header.HEAD] ^ w[Header.TAIL]:
            node = int(ring[w[Header.HEAD]])
            put(node)
            w[Header.HEAD] = (w[Header.HEAD] + 1) & int(w[Header.MASK])
            held[node] = 1
            h[_COUNT] = h[_COUNT] + 1
        if h[_COUNT]:
            node = int(get())
            if node < 0 or node >= int(h[_NODES]):
                lost(node)
            if not held[node]:
                lost(node)
            held[node] = 0
            h[_COUNT] = h[_COUNT] - 1
            w[Header.CURRENT] = node

    return order


class Priorities(Policy):
    """The highest `spawn(priority=)` first, 7 before 0; FIFO, and so round robin, within one."""

    def _order(self, scheduler):
        self._block = bytearray(2 * _NEXT + 2 + 2 * self.nodes)
        observer_of(scheduler).order_by(highest, self._block)


@micropython.viper
def highest(h: int, clock):  # hot
    """The order of Priorities.  Alloc: 0."""
    w = ptr32(address_at(ptr32(h), 0))
    top = int(ptr16(h)[_TOP])
    at = int(w[Header.HEAD])
    while at ^ w[Header.TAIL]:
        node = int(ptr16(int(w) + w[Header.RING])[at])
        at = (at + 1) & int(w[Header.MASK])
        priority = int(ptr8(int(w) + Block.SLOTS + (node << Slot.BITS))[Slot.PRIORITY])
        node += 1
        if priority > top:
            top = priority
        ptr16(h)[_NEXT + node] = 0
        if ptr16(h)[_FIRST_OF + priority]:
            ptr16(h)[_NEXT + ptr16(h)[_LAST_OF + priority]] = node
        else:
            ptr16(h)[_FIRST_OF + priority] = node
        ptr16(h)[_LAST_OF + priority] = node
    w[Header.HEAD] = at
    node = int(ptr16(h)[_FIRST_OF + top])
    while not node and top:
        top -= 1
        node = int(ptr16(h)[_FIRST_OF + top])
    ptr16(h)[_TOP] = top
    if node:
        ptr16(h)[_FIRST_OF + top] = ptr16(h)[_NEXT + node]
        w[Header.CURRENT] = node - 1


class EarliestDeadline(Policy):
    """The task whose deadline comes first, first; those that have none come last, FIFO.

    `deadline(task, ms)` says within how many milliseconds from becoming ready
    the task is to have had its turn; each time that the turn ended later,
    `missed(task)` counts one more.  A task that becomes ready in the turn of
    another is taken to do so at that turn's end.
    """

    def _order(self, scheduler):
        self._a = scheduler.address
        self._block = bytearray(_NODES_AT + _NODE * (1 + self.nodes))
        self._at = address_of(self._block)
        observer_of(scheduler).order_by(earliest, self._block, turn_ended)

    def deadline(self, task, ms):
        """Have `task` run within `ms` milliseconds, at least 1, from becoming ready.

        It holds from the next time that it becomes ready.  ValueError: ms below
        1, or half a period of the clock.  Context: any.  Alloc: 0.
        """
        scheduler = self.scheduler
        node = task._node
        ticks = ms * get_word(self._a, Header.TICKS_PER_MS)
        if node < 0:
            raise scheduler.error(ValueError, "%r has ended: it needs no deadline", task)
        if not 1 <= ticks < scheduler.period >> 1:
            raise scheduler.error(
                ValueError, "a deadline is 1 ms to half a period of the clock, not %r", ms
            )
        set_word(own(self._a, self._at, node), _WITHIN, ticks)

    def missed(self, task):
        """How many turns of `task`, which lives, ended after their deadline.  Alloc: 0."""
        node = task._node
        if node < 0:
            return 0
        return get_word(own(self._a, self._at, node), _MISSES)


@micropython.viper
def own(a: int, at: int, node: int) -> int:
    """A node's record, without what it says of an earlier task of the slot.  Alloc: 0."""
    d = ptr32(at + _NODES_AT + (node + 1) * _NODE)
    generation = int(ptr16(a + Block.SLOTS + (node << Slot.BITS))[Slot.GENERATION])
    if d[_OF] != generation:
        d[_OF] = generation
        d[_WITHIN] = 0
        d[_MISSES] = 0
    return int(d)


@micropython.viper
def earliest(h: int, clock):  # hot
    """The order of EarliestDeadline.  Alloc: 0."""
    w = ptr32(address_at(ptr32(h), 0))
    nodes = h + _NODES_AT
    period = int(w[Header.PERIOD])
    half = period >> 1
    time = int(clock()) & w[Header.CLOCK_MASK]
    node = int(ptr16(h)[_GIVEN])
    if node:
        d = ptr32(nodes + node * _NODE)
        ticks = int(d[_BY]) - time
        if ticks < 0:
            ticks += period
            if ticks >= half:
                d[_MISSES] = d[_MISSES] + 1
    ptr16(h)[_GIVEN] = 0
    if ptr16(h)[_LEAVING]:
        ptr16(h)[_LEAVING] = 0
        return
    at = int(w[Header.HEAD])
    while at ^ w[Header.TAIL]:
        node = int(ptr16(int(w) + w[Header.RING])[at])
        at = (at + 1) & int(w[Header.MASK])
        generation = int(ptr16(int(w) + Block.SLOTS + (node << Slot.BITS))[Slot.GENERATION])
        node += 1
        d = ptr32(nodes + node * _NODE)
        n = ptr16(int(d))
        within = int(d[_WITHIN])
        if within and not d[_OF] ^ generation:
            ticks = time + within - period
            if ticks < 0:
                ticks += period
            d[_BY] = ticks
            # from the end: what becomes ready last is mostly due last
            before = int(ptr16(h)[_LAST])
            after = 0
            while before:
                d = ptr32(nodes + before * _NODE)
                ticks = int(d[_BY]) - time
                if ticks >= half:
                    ticks -= period
                elif ticks < 0 - half:
                    ticks += period
                if ticks <= within:
                    break
                after = before
                before = int(ptr16(int(d))[_BEFORE])
            n[_BEFORE] = before
            n[_AFTER] = after
            if before:
                ptr16(nodes + before * _NODE)[_AFTER] = node
            else:
                ptr16(h)[_FIRST] = node
            if after:
                ptr16(nodes + after * _NODE)[_BEFORE] = node
            else:
                ptr16(h)[_LAST] = node
        else:
            n[_AFTER] = 0
            if ptr16(h)[_PLAIN_FIRST]:
                ptr16(nodes + ptr16(h)[_PLAIN_LAST] * _NODE)[_AFTER] = node
            else:
                ptr16(h)[_PLAIN_FIRST] = node
            ptr16(h)[_PLAIN_LAST] = node
    w[Header.HEAD] = at
    node = int(ptr16(h)[_FIRST])
    if node:
        ptr16(h)[_GIVEN] = node
        after = int(ptr16(nodes + node * _NODE)[_AFTER])
        ptr16(h)[_FIRST] = after
        if after:
            ptr16(nodes + after * _NODE)[_BEFORE] = 0
        else:
            ptr16(h)[_LAST] = 0
    else:
        node = int(ptr16(h)[_PLAIN_FIRST])
        if node:
            ptr16(h)[_PLAIN_FIRST] = ptr16(nodes + node * _NODE)[_AFTER]
    if node:
        w[Header.CURRENT] = node - 1


@micropython.viper
def turn_ended(h: int, clock):  # hot
    """The burst ends: so does the turn of the node that was given last.  Alloc: 0."""
    ptr16(h)[_LEAVING] = 1
    earliest(h, clock)
