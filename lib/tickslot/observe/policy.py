"""The order in which ready tasks run: FIFO is the scheduler's own; a Policy is another.

Whatever wakes a task puts it into the scheduler's ready ring.  With a policy the nodes of the
ring are given to the policy before each turn, and the policy says which node has the turn.  So a
task that is more urgent waits for the end of the turn that runs, and for no other.

A policy's order is a function that the observed run loop calls: see Observer.order_by.  It takes
the address of its block as an int and makes it a pointer where it needs one: this takes no time,
and a parameter that is a pointer takes 0.3 us.
"""

from ..core.block import address_of, set_half
from ..core.inline import address_at
from ..core.layout import Header
from ..core.on_cpython import micropython, ptr8, ptr16, ptr32
from .inline import next_place
from .layout import PolicyOrder
from .observer import observer_of


class Policy:
    """An order of your own, in a dozen lines: subclass it, write `put` and `get`.

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

    A node is an int below `nodes`: the number of a task's slot, or behind them of a call's.
    `get` is called only while the policy holds a node.  One policy serves one scheduler.

    RuntimeError, out of `run`: `get` gave a node that the policy does not hold.  What `put` or
    `get` raises comes out of `run` as well.
    """

    def attach(self, scheduler):
        """Serve this scheduler: its constructor calls this.  Alloc: boot only."""
        if getattr(self, "scheduler", None) is not None:
            raise ValueError("this policy serves a scheduler already: make one for each")
        self.scheduler = scheduler
        self.nodes = scheduler.nodes
        self._order(scheduler)

    def _order(self, scheduler):
        self._block = bytearray(PolicyOrder.HELD + self.nodes)
        set_half(address_of(self._block), PolicyOrder.NODES, self.nodes)
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
    """The order that a policy's `put` and `get` make.

    They are looked up once, here, and not in each turn.  Alloc: boot only.
    """

    @micropython.viper
    def order(block: int, clock):  # hot
        halves = ptr16(block)
        held = ptr8(block + PolicyOrder.HELD)
        header = ptr32(address_at(ptr32(block), 0))
        ring = ptr16(int(header) + header[Header.RING])
        while header[Header.HEAD] ^ header[Header.TAIL]:
            node = int(ring[header[Header.HEAD]])
            put(node)
            header[Header.HEAD] = next_place(header, header[Header.HEAD])
            held[node] = 1
            halves[PolicyOrder.COUNT] = halves[PolicyOrder.COUNT] + 1
        if halves[PolicyOrder.COUNT]:
            node = int(get())
            if node < 0 or node >= int(halves[PolicyOrder.NODES]):
                lost(node)
            if not held[node]:
                lost(node)
            held[node] = 0
            halves[PolicyOrder.COUNT] = halves[PolicyOrder.COUNT] - 1
            header[Header.CURRENT] = node

    return order
