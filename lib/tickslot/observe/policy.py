"""The order in which ready tasks run: FIFO is the scheduler's own; a Policy is another.

A task that is woken goes into the scheduler's ready ring.  Before each turn, the policy gets the
nodes of the ring and says which node has the turn.  So an urgent task waits for the end of the
current turn, and for no other.

A policy's order is a function that the observed run loop calls: see Observer.order_by.  It takes
the address of its block as an int and casts it where it needs a pointer: a cast takes no time, and
a pointer parameter 0.3 us.
"""

from ..core.block import address_of, set_half
from ..core.inline import address_at
from ..core.layout import Header
from ..core.on_cpython import micropython, ptr8, ptr16, ptr32
from .inline import next_place, ready_at
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

    `run` raises RuntimeError if `get` gives a node that the policy does not hold; and what `put`
    or `get` raises.
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
        observer_of(scheduler).order_by(order_of(self.put, self.get, self._not_held), self._block)

    def put(self, node):
        """Keep a node that is ready.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs put(node)")

    def get(self):
        """Give a node that was put, and forget it.  MUST NOT allocate."""
        raise NotImplementedError("a Policy needs get()")

    def _not_held(self, node):
        raise self.scheduler.error(
            RuntimeError,
            "get() of the policy gave %r, a node that the policy does not hold: get() must give"
            " each node that was put once",
            node,
        )


def order_of(put, get, not_held):
    """The order that a policy's `put` and `get` make: a closure, which finds them fast."""

    @micropython.viper
    def order(block: int, clock):  # hot
        halves = ptr16(block)
        held = ptr8(block + PolicyOrder.HELD)
        header = ptr32(address_at(ptr32(block), 0))
        while header[Header.HEAD] ^ header[Header.TAIL]:
            node = ready_at(header, header[Header.HEAD])
            put(node)
            header[Header.HEAD] = next_place(header, header[Header.HEAD])
            held[node] = 1
            halves[PolicyOrder.COUNT] = halves[PolicyOrder.COUNT] + 1
        if halves[PolicyOrder.COUNT]:
            node = int(get())
            if node < 0 or node >= int(halves[PolicyOrder.NODES]) or not held[node]:
                not_held(node)
            held[node] = 0
            halves[PolicyOrder.COUNT] = halves[PolicyOrder.COUNT] - 1
            header[Header.CURRENT] = node

    return order
