"""The order in which ready tasks run: FIFO is the scheduler's own; these are others.

Whatever wakes a task puts it into the scheduler's ready ring.  With a policy the
ring is drained into it before each turn, and it says whose the turn is.  So a task
that is more urgent waits for the turn under way, and for no other.

The burst that asks is the Observer's (observe.py).
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .observe import observer_of
from .slot import address_of, get_word, set_word

# the scheduler's block: see slot.py
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_HEAD = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_CURRENT = const(10)
_CLOCK_MASK = const(20)
_TICKS_PER_MS = const(22)
_PRIORITY = const(13)
_GENERATION = const(1)
_PERIOD = const(4)

# An order's block begins with the address of the scheduler's, in halves 0 to 3.

# Policy's: how many it holds, then a byte for each node: 1 if it does
_COUNT = const(4)
_HELD_AT = const(10)

# Priorities', in halves
_FIRST_OF = const(4)  # 8 of them, the first node of each priority
_LAST_OF = const(12)  # and the last
_TOP = const(20)  # no priority above it has one
_NEXT = const(21)  # each node's

# EarliestDeadline's: halves, then 5 words a node from byte 24 on
_FIRST = const(4)  # of those with a deadline, which stand in its order
_LAST = const(5)
_PLAIN_FIRST = const(6)  # of those without, first in, first out
_PLAIN_LAST = const(7)
_GIVEN = const(8)  # who has the turn, or NONE
_LEAVING = const(9)  # 1: the burst ends, and no node is wanted
_NODES_AT = const(24)
_WITHIN = const(0)  # ticks from becoming ready, or 0: it has no deadline
_BY = const(1)  # the time of it
_MISSES = const(2)
_LINKS = const(3)  # halves: the node before, and the one after
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
        observer_of(scheduler).order_by(self._next, self._block)

    def put(self, node):
        """Keep a node that is ready.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs put(node)")

    def get(self):
        """Give a node that was put, and forget it.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs get()")

    @micropython.viper
    def _next(self, at: int, constants):  # hot
        """The order in Python: see Observer.order_by.  Alloc: 0."""
        count = ptr16(at)
        held = ptr8(at + _HELD_AT)
        a = int(ptr32(at)[0]) | ((ptr32(at)[1] << 16) << 16)
        w = ptr32(a)
        ring = ptr16(a + w[_RING])
        while w[_HEAD] ^ w[_TAIL]:
            node = int(ring[w[_HEAD]])
            self.put(node)
            w[_HEAD] = (w[_HEAD] + 1) & int(w[_MASK])
            held[node] = 1
            count[_COUNT] = count[_COUNT] + 1
        if count[_COUNT]:
            node = int(self.get())
            if node < 0 or node >= int(self.nodes):
                self._lost(node)
            if not held[node]:
                self._lost(node)
            held[node] = 0
            count[_COUNT] = count[_COUNT] - 1
            w[_CURRENT] = node

    def _lost(self, node):
        raise self.scheduler.error(
            RuntimeError,
            "the policy gave %r, which it was not given or gave before: get() must give each"
            " node that was put once",
            node,
        )


class Priorities(Policy):
    """The highest `spawn(priority=)` first, 7 before 0; FIFO, and so round robin, within one."""

    def _order(self, scheduler):
        self._block = bytearray(b"\xff" * (2 * _NEXT + 2 * self.nodes))
        self._block[2 * _TOP : 2 * _NEXT] = b"\0\0"
        observer_of(scheduler).order_by(highest, self._block)


@micropython.viper
def highest(h: ptr16, constants):  # hot
    """The order of Priorities.  Alloc: 0."""
    w = ptr32(ptr32(h)[0] | ((ptr32(h)[1] << 16) << 16))
    at = int(w[_HEAD])
    while at ^ w[_TAIL]:
        node = int(ptr16(int(w) + w[_RING])[at])
        at = (at + 1) & int(w[_MASK])
        priority = int(ptr8(int(w) + _SLOTS_AT + (node << _RECORD_BITS))[_PRIORITY])
        if priority > h[_TOP]:
            h[_TOP] = priority
        h[_NEXT + node] = _NONE
        if h[_FIRST_OF + priority] == _NONE:
            h[_FIRST_OF + priority] = node
        else:
            h[_NEXT + h[_LAST_OF + priority]] = node
        h[_LAST_OF + priority] = node
    w[_HEAD] = at
    priority = int(h[_TOP])
    node = int(h[_FIRST_OF + priority])
    while node == _NONE and priority > 0:
        priority -= 1
        node = int(h[_FIRST_OF + priority])
    h[_TOP] = priority
    if node != _NONE:
        h[_FIRST_OF + priority] = h[_NEXT + node]
        w[_CURRENT] = node


class EarliestDeadline(Policy):
    """The task whose deadline comes first, first; those that have none come last, FIFO.

    `deadline(task, ms)` says within how many milliseconds from becoming ready
    the task is to have had its turn; each time that the turn ended later,
    `missed(task)` counts one more.  A task that becomes ready in the turn of
    another is taken to do so at that turn's end.
    """

    def _order(self, scheduler):
        self._a = scheduler.address
        self._block = bytearray(_NODES_AT + _NODE * self.nodes)
        self._block[2 * _FIRST : 2 * _LEAVING] = b"\xff" * (2 * (_LEAVING - _FIRST))
        self._at = address_of(self._block)
        observer_of(scheduler).order_by(earliest, self._block, turn_ended)

    def deadline(self, task, ms):
        """Have `task` run within `ms` milliseconds, at least 1, from becoming ready.

        It holds from the next time that it becomes ready.  ValueError: ms below
        1, or half a period of the clock.  Context: any.  Alloc: 0.
        """
        scheduler = self.scheduler
        node = task._node
        ticks = ms * get_word(self._a, _TICKS_PER_MS)
        if node < 0:
            raise scheduler.error(ValueError, "%r has ended: it needs no deadline", task)
        if not 1 <= ticks < scheduler.period >> 1:
            raise scheduler.error(
                ValueError, "a deadline is 1 ms to half a period of the clock, not %r", ms
            )
        own(self._a, self._at, node)
        set_word(self._at + _NODES_AT + _NODE * node, _WITHIN, ticks)

    def missed(self, task):
        """How many turns of `task`, which lives, ended after their deadline.  Alloc: 0."""
        node = task._node
        if node < 0:
            return 0
        own(self._a, self._at, node)
        return get_word(self._at + _NODES_AT + _NODE * node, _MISSES)


@micropython.viper
def own(a: int, at: int, node: int):
    """Forget what a node's record says of the task that had the slot before.  Alloc: 0."""
    d = ptr32(at + _NODES_AT + node * _NODE)
    generation = int(ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))[_GENERATION])
    if d[_OF] != generation:
        d[_OF] = generation
        d[_WITHIN] = 0
        d[_MISSES] = 0


@micropython.viper
def earliest(h: ptr16, constants):  # hot
    """The order of EarliestDeadline.  Alloc: 0."""
    w = ptr32(ptr32(h)[0] | ((ptr32(h)[1] << 16) << 16))
    nodes = int(h) + _NODES_AT
    period = int(w[_PERIOD])
    half = period >> 1
    leaving = int(h[_LEAVING])
    h[_LEAVING] = 0
    time = int(constants[4]()) & w[_CLOCK_MASK]
    node = int(h[_GIVEN])
    if node != _NONE:
        h[_GIVEN] = _NONE
        d = ptr32(nodes + node * _NODE)
        if d[_WITHIN]:
            ticks = time - int(d[_BY])
            if ticks < 0:
                ticks += period
            if 0 < ticks and ticks < half:
                d[_MISSES] = d[_MISSES] + 1
    if leaving:
        return
    at = int(w[_HEAD])
    while at ^ w[_TAIL]:
        node = int(ptr16(int(w) + w[_RING])[at])
        at = (at + 1) & int(w[_MASK])
        d = ptr32(nodes + node * _NODE)
        n = ptr16(int(d) + 4 * _LINKS)
        within = int(d[_WITHIN])
        if within and d[_OF] == ptr16(int(w) + _SLOTS_AT + (node << _RECORD_BITS))[_GENERATION]:
            ticks = time + within - period
            if ticks < 0:
                ticks += period
            d[_BY] = ticks
            before = int(h[_LAST])  # from the end: what becomes ready last is mostly due last
            after = _NONE
            while before != _NONE:
                d = ptr32(nodes + before * _NODE)
                ticks = int(d[_BY]) - time
                if ticks >= half:
                    ticks -= period
                elif ticks < 0 - half:
                    ticks += period
                if ticks <= within:
                    break
                after = before
                before = int(ptr16(int(d) + 4 * _LINKS)[0])
            n[0] = before
            n[1] = after
            if before == _NONE:
                h[_FIRST] = node
            else:
                ptr16(nodes + before * _NODE + 4 * _LINKS)[1] = node
            if after == _NONE:
                h[_LAST] = node
            else:
                ptr16(nodes + after * _NODE + 4 * _LINKS)[0] = node
        else:
            n[1] = _NONE
            if h[_PLAIN_FIRST] == _NONE:
                h[_PLAIN_FIRST] = node
            else:
                ptr16(nodes + h[_PLAIN_LAST] * _NODE + 4 * _LINKS)[1] = node
            h[_PLAIN_LAST] = node
    w[_HEAD] = at
    node = int(h[_FIRST])
    if node != _NONE:
        after = int(ptr16(nodes + node * _NODE + 4 * _LINKS)[1])
        h[_FIRST] = after
        if after == _NONE:
            h[_LAST] = _NONE
        else:
            ptr16(nodes + after * _NODE + 4 * _LINKS)[0] = _NONE
    else:
        node = int(h[_PLAIN_FIRST])
        if node != _NONE:
            h[_PLAIN_FIRST] = ptr16(nodes + node * _NODE + 4 * _LINKS)[1]
    h[_GIVEN] = node
    w[_CURRENT] = node


@micropython.viper
def turn_ended(h: ptr16, constants):  # hot
    """The burst ends: so does the turn of the node that was given last.  Alloc: 0."""
    h[_LEAVING] = 1
    earliest(h, constants)
