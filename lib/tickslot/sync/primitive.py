"""What every primitive shares: its block, and how a task waits for it.

A primitive is an operation: a task can yield the object itself. The run loop then calls
`begin(node)`, which returns one of core/layout.py's Begun: the operation is done, or `begin` has
put the node into a wait queue. A wait queue is a 16-bit word in the primitive's block: the first
node that waits. `enqueue` and `wake` of core/wait_queue.py do the rest.

A timeout or a cancel takes a node out of its wait queue and does not call the primitive. So
`begin`, or the step that wakes a node, makes every change to the primitive's state that the wait
of a node needs.

To write a primitive, start from barrier.py: it is the shortest that is complete.
"""

from ..core.block import address_of, set_half
from ..core.layout import NONE, Op
from ..core.on_cpython import micropython


def call_of(primitive):
    """Make the `wait` or `acquire` of a primitive that is itself the operation.

    It is a function in the instance and holds what it needs: a call costs 4 us less than a
    method's (RP2040). What it holds are defaults, which callers must not give: as keyword-only
    arguments each would cost 1.6 us more.
    """

    @micropython.native
    def call(timeout_ms=None, _primitive=primitive, _within=primitive._within):  # hot
        if timeout_ms is not None:
            _within(timeout_ms)
        return _primitive

    return call


class Primitive:
    """A thing that tasks of one scheduler wait for, made at boot.

    `size` is the size of its block in bytes. The block begins with `queues` wait queues.
    """

    exclusive = False  # True: it cannot be a source of a Select, the task itself must wait

    def __init__(self, scheduler, size, name=None, queues=1):
        self.op = Op.ASK  # an attribute of the class would take twice the time to find
        self.name = name
        self._scheduler = scheduler
        self._within = scheduler.within
        self._store = scheduler.store
        self._base = scheduler.address
        self._block = bytearray(size)
        self._at = at = address_of(self._block)
        self._queues = queues
        for queue in range(queues):
            set_half(at, queue, NONE)
        scheduler.add(self)

    def __repr__(self):
        kind = type(self).__name__.lower()
        return kind if self.name is None else "%s %r" % (kind, self.name)

    def waits(self, queue):
        """What a task in the wait queue at this address waits for, or None: for `Deadlock`."""
        if 0 <= queue - self._at < 2 * self._queues:
            return repr(self)
        return None

    def within(self, timeout_ms=None):
        """This operation, with a timeout unless that is None: `wait` and its like.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self._within(timeout_ms)
        return self

    def begin_branch(self, watcher):  # hot
        """`begin` for a watcher of the running task: see select.py.  Context: run loop."""
        return self.begin(watcher)  # type: ignore[attr-defined]

    def error(self, kind, text):
        """Raise `kind` with a text in which %r is this primitive.  Alloc: the exception."""
        raise self._scheduler.error(kind, text, self)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__


class Ask:
    """Another operation of a primitive, beside the primitive itself."""

    def __init__(self, begin, text):
        self.op = Op.ASK
        self.begin = begin
        self._text = text

    def __repr__(self):
        return "<%s: yield it in a task>" % self._text

    __iter__ = Primitive.__iter__
    __await__ = __iter__
