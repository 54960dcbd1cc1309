"""The latest value of something, for tasks that care for no older one."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .primitive import Primitive
from .slot import enqueue, wake
from .values import EMPTY

# see slot.py
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_READY = const(1)
_WAIT = const(2)
_WATCH = const(6)
_TOLD = const(7)
_WAIT_NEXT = const(8)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)

_NOW = const(_TOLD - _READY)  # what `begin` returns for it, see burst.py


@micropython.viper
def tell(a: int, queue: int, store, value):
    """Give the nodes that wait in the queue a value, and those that have not run since a later one.

    They stay in the queue until they run.  Alloc: 0.
    """
    q = ptr16(queue)
    first = int(q[0])
    node = first
    while node != _NONE:
        r = a + _SLOTS_AT + (node << _RECORD_BITS)
        state = int(ptr8(r)[0])
        if state == _WATCH:  # of a select: it leaves the queue, and others of its task with it
            wake(a, node, _TOLD)
            first = int(q[0])
            node = first  # who has been told by now is told again
        else:
            store[node] = value
            ptr8(r)[0] = _TOLD
            if state == _WAIT:
                w = ptr32(a)
                tail = int(w[_TAIL])
                ptr16(a + w[_RING])[tail] = node
                w[_TAIL] = (tail + 1) & w[_MASK]
            node = int(ptr16(r)[_WAIT_NEXT])
            if node == first:
                node = _NONE


class Watch:
    """One value that is set over and over, and read by any number of readers.

    A reader gets the value that is the latest when its task runs, and waits only
    when it has had that one.  What is set twice in between is read once.
    """

    def __init__(self, scheduler, value=EMPTY):
        self._scheduler = scheduler
        self._readers = []
        self.value = value
        self.version = 0 if value is EMPTY else 1

    def reader(self, name=None):
        """One reader's own view, for one task or several that share it.  Alloc: boot only."""
        reader = Reader(self._scheduler, self, name)
        self._readers.append(reader)
        return reader

    def set(self, value):  # hot
        """Set the value, and wake the readers that wait.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        self.value = value
        self.version = self.version + 1 & 0x3FFFFFFF
        for reader in self._readers:
            reader.changed_to(value)


class Reader(Primitive):
    """Made by `Watch.reader()`."""

    def __init__(self, scheduler, watch, name):
        super().__init__(scheduler, 2, name)
        self._watch = watch
        self._seen = 0

    def changed(self, timeout_ms=None):
        """Operation: wait for a value that this reader has not had.

        `yield` gives the latest value, or TIMEOUT.  Context: task.  Alloc: 0.
        """
        return self.within(timeout_ms)

    def latest(self):  # hot
        """The latest value, which this reader has had from here on; EMPTY before the first.

        Context: any.  Alloc: 0.
        """
        self._seen = self._watch.version
        return self._watch.value

    @micropython.viper
    def changed_to(self, value):  # hot
        """Part of `Watch.set`.  Alloc: 0."""
        at = int(self._at)
        if ptr16(at)[0] != _NONE:
            self._seen = self._watch.version
            tell(int(self._a), at, self._store, value)

    def begin(self, node):  # hot
        """Part of `yield reader.changed()`: see burst.py.  Context: burst."""
        if self._seen == self._watch.version:
            enqueue(self._a, node, self._at)
            return 1
        self._store[node] = self.latest()
        enqueue(self._a, node, self._at)
        return _NOW

    def begin_branch(self, watcher):  # hot
        """Part of a select, which asks for the latest by itself.  Context: burst."""
        if self._seen == self._watch.version:
            enqueue(self._a, watcher, self._at)
            return 1
        self.latest()
        return _NOW
