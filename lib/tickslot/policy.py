"""The order in which ready tasks run: FIFO is the scheduler's own; these are others.

Whatever wakes a task puts it into the scheduler's ready ring.  With a policy,
the ring is drained into it before each turn, and the turn goes to the task that
the policy picks.  So a task that is more urgent waits for the turn under way,
and for no other.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .burst import burst, look
from .slot import NONE, address_of, get_word, set_half

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_ARMED = const(5)
_HEAD = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_CLOCK_MASK = const(20)
_BELL = const(21)
_TICKS_PER_MS = const(22)
_PRIORITY = const(13)
_GENERATION = const(1)
_PERIOD = const(4)

_IDLE = const(0)
_LOOK = const(1)


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
    is called only when there is one.  `step` is the burst of the scheduler that
    gives a task its turn.  One policy serves one scheduler.

    RuntimeError, out of `run`: `get` gave a node that it does not hold.
    """

    def attach(self, scheduler):
        """Called by the scheduler's constructor.  Alloc: boot only."""
        if getattr(self, "scheduler", None) is not None:
            raise ValueError("this policy serves a scheduler already: make one for each")
        self.scheduler = scheduler
        self.nodes = nodes = scheduler.nodes
        self.step = burst
        self.measures = 0  # 1: `ran` is called
        self._held = bytearray(nodes + 4)  # 1 for each node that it holds; then how many
        self._held_at = address_of(self._held)

    def put(self, node):
        """Keep a node that is ready.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs put(node)")

    def get(self):
        """Give a node that was put, and forget it.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs get()")

    def ran(self, node):
        """A node has had its turn: called only with `measures` = 1."""

    @micropython.viper
    def burst(self, w: ptr32, limit: int, runners, store, constants) -> int:  # hot
        """What `burst` is for FIFO, in the order of the policy.  Alloc: 0."""
        a = int(w)
        ring = ptr16(a + w[_RING])
        mask = int(w[_MASK])
        held = ptr8(int(self._held_at))
        nodes = int(self.nodes)
        step = self.step
        measures = int(self.measures)
        count = held[nodes] | held[nodes + 1] << 8
        left = limit
        why = _LOOK
        while why == _LOOK and left > 0 and (w[_BELL] == 0 or left == limit):
            left -= 1
            if w[_ARMED]:
                look(a, store, constants)
            while w[_HEAD] != w[_TAIL]:
                node = int(ring[w[_HEAD]])
                w[_HEAD] = (w[_HEAD] + 1) & mask
                held[node] = 1
                count += 1
                held[nodes] = count
                held[nodes + 1] = count >> 8
                self.put(node)
            if count == 0:
                why = _IDLE
            else:
                node = int(self.get())
                if node < 0 or node >= nodes:
                    self._lost(node)
                if held[node] == 0:
                    self._lost(node)
                held[node] = 0
                count -= 1
                held[nodes] = count
                held[nodes + 1] = count >> 8
                ring[w[_TAIL]] = node
                w[_TAIL] = (w[_TAIL] + 1) & mask
                why = int(step(w, 1, runners, store, constants))
                if measures:
                    self.ran(node)
                if why == _IDLE:
                    why = _LOOK  # its ring is empty, but the policy may not be
        return why

    def _lost(self, node):
        raise self.scheduler.error(
            RuntimeError,
            "the policy gave %r, which it was not given or gave before: get() must give each"
            " node that was put once",
            node,
        )


class Priorities(Policy):
    """The highest `spawn(priority=)` first, 7 before 0; FIFO, and so round robin, within one."""

    def attach(self, scheduler):
        super().attach(scheduler)
        # in halves: the first of each priority, the last of each, and each node's next
        self._block = bytearray(32 + 2 * self.nodes)
        self._at = address_of(self._block)
        self._a = scheduler.address
        for priority in range(8):
            set_half(self._at, priority, NONE)

    @micropython.viper
    def put(self, node: int):  # hot
        """Part of Policy."""
        h = ptr16(int(self._at))
        priority = int(ptr8(int(self._a) + _SLOTS_AT + (node << _RECORD_BITS))[_PRIORITY])
        h[16 + node] = _NONE
        if h[priority] == _NONE:
            h[priority] = node
        else:
            h[16 + h[8 + priority]] = node
        h[8 + priority] = node

    @micropython.viper
    def get(self) -> int:  # hot
        """Part of Policy."""
        h = ptr16(int(self._at))
        priority = 7
        while h[priority] == _NONE:
            priority -= 1
        node = int(h[priority])
        h[priority] = h[16 + node]
        return node


class EarliestDeadline(Policy):
    """The task whose deadline comes first, first; those that have none come last, FIFO.

    `deadline(task, ms)` says within how many milliseconds from becoming ready
    the task is to have had its turn; each time that the turn ended later,
    `missed(task)` counts one more.
    """

    def attach(self, scheduler):
        super().attach(scheduler)
        self.measures = 1
        nodes = self.nodes
        self._a = scheduler.address
        self._clock = scheduler.clock
        # in words: each node's deadline from becoming ready, in ticks, or 0; the time of it;
        # misses; and the generation of the slot for which this holds
        self._block = bytearray(16 * nodes)
        self._at = address_of(self._block)
        self._order = bytearray(2 * nodes + 2)  # how many are held; they, in the order of `put`
        self._order_at = address_of(self._order)

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
        self._set(node, ticks)

    def missed(self, task):
        """How many turns of `task`, which lives, ended after their deadline.  Alloc: 0."""
        node = task._node
        return self._misses(node) if node >= 0 else 0

    @micropython.viper
    def _set(self, node: int, ticks: int):
        d = ptr32(int(self._at) + (node << 4))
        r = ptr16(int(self._a) + _SLOTS_AT + (node << _RECORD_BITS))
        if d[3] != r[_GENERATION]:
            d[2] = 0
        d[0] = ticks
        d[3] = r[_GENERATION]

    @micropython.viper
    def _misses(self, node: int) -> int:
        d = ptr32(int(self._at) + (node << 4))
        r = ptr16(int(self._a) + _SLOTS_AT + (node << _RECORD_BITS))
        if d[3] != r[_GENERATION]:
            return 0
        return d[2]

    @micropython.viper
    def put(self, node: int):  # hot
        """Part of Policy."""
        a = int(self._a)
        w = ptr32(a)
        order = ptr16(int(self._order_at))
        count = int(order[0]) + 1
        order[0] = count
        order[count] = node
        d = ptr32(int(self._at) + (node << 4))
        if d[3] != ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))[_GENERATION]:
            d[0] = 0  # the slot has another task
        if d[0]:
            time = int(self._clock()) & w[_CLOCK_MASK]
            time += int(d[0]) - w[_PERIOD]
            if time < 0:
                time += w[_PERIOD]
            d[1] = time

    @micropython.viper
    def get(self) -> int:  # hot
        """Part of Policy."""
        w = ptr32(int(self._a))
        order = ptr16(int(self._order_at))
        d = ptr32(int(self._at))
        time = int(self._clock()) & w[_CLOCK_MASK]
        half = int(w[_PERIOD]) >> 1
        count = int(order[0])
        best = 1
        least = half
        i = 1
        while i <= count:
            node = int(order[i])
            if d[node << 2]:
                ahead = int(d[(node << 2) + 1]) - time
                if ahead >= half:
                    ahead -= w[_PERIOD]
                elif ahead < 0 - half:
                    ahead += w[_PERIOD]
                if ahead < least:
                    least = ahead
                    best = i
            i += 1
        node = int(order[best])
        while best < count:
            order[best] = order[best + 1]
            best += 1
        order[0] = count - 1
        return node

    @micropython.viper
    def ran(self, node: int):  # hot
        """Part of Policy."""
        d = ptr32(int(self._at) + (node << 4))
        if d[0]:
            w = ptr32(int(self._a))
            late = (int(self._clock()) & w[_CLOCK_MASK]) - int(d[1])
            half = int(w[_PERIOD]) >> 1
            if late >= half:
                late -= w[_PERIOD]
            elif late < 0 - half:
                late += w[_PERIOD]
            if late > 0:
                d[2] = d[2] + 1
