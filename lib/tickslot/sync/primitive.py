"""What every primitive shares: its block, and its place in the scheduler.

A primitive is its own operation (see `burst.py`): a task yields it, and
`begin(node)` says 0 when that is done, or puts the node into a wait queue and
says 1.  A queue is a 16-bit word in the primitive's block, the first node that
waits; `slot.enqueue` and `slot.wake` do the rest.  A timeout or a cancel takes a
node out of its queue by itself: so whatever a waiter has to do with the
primitive's state happens in `begin`, or in the step that wakes it.

To write one: `Event` is the shortest that is complete.
"""

from ..core.block import address_of, set_half
from ..core.layout import NONE, Op
from ..core.on_cpython import const, micropython


def call_of(primitive):
    """What a primitive that is its own operation has for `wait` or `acquire`.

    A function in the instance, that holds what it needs, costs 4 us less than a
    method (RP2040); so do those of the other calls that matter.  What it holds are
    defaults, no arguments for callers: keyword-only each would cost 1.6 us more.
    """

    @micropython.native
    def call(timeout_ms=None, _primitive=primitive, _within=primitive._within):  # hot
        if timeout_ms is not None:
            _within(timeout_ms)
        return _primitive

    return call


class Primitive:
    """A thing that tasks wait on, made at boot for one scheduler.

    `size` is its block's, in bytes; the first `queues` halves are wait queues.
    """

    exclusive = False  # True: what waits must be the task itself, and so it cannot be selected

    def __init__(self, scheduler, size, name=None, queues=1):
        self.op = Op.ASK  # in the instance: the class's would be looked up at twice the cost
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

    def within(self, timeout_ms):
        """This operation, with a timeout unless that is None.  Context: task.  Alloc: 0."""
        if timeout_ms is not None:
            self._within(timeout_ms)
        return self

    def begin_branch(self, watcher):  # hot
        """As `begin`, for a watcher of the running task: see Select.  Context: burst."""
        return self.begin(watcher)  # type: ignore[attr-defined]

    def error(self, kind, text):
        """Raise `kind` with a text in which %r is this.  Alloc: the exception."""
        raise self._scheduler.error(kind, text, self)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__


class Ask:
    """A further operation of a primitive, beside the one that it is itself."""

    def __init__(self, begin, text):
        self.op = Op.ASK
        self.begin = begin
        self._text = text

    def __repr__(self):
        return "<%s: yield it in a task>" % self._text

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
