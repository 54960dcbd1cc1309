"""The latest value of something, for tasks that care for no older one."""

from ..core.layout import Block, Header, NONE, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.outcomes import EMPTY
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive


# see slot.py

_NOW = const(State.TOLD - State.READY)  # what `begin` returns for it, see burst.py


@micropython.viper
def tell(a: int, queue: int, store, value):
    """Give the nodes that wait in the queue a value, and those that have not run since a later one.

    They stay in the queue until they run.  Alloc: 0.
    """
    q = ptr16(queue)
    first = int(q[0])
    node = first
    while node != NONE:
        r = a + Block.SLOTS + (node << Slot.BITS)
        state = int(ptr8(r)[0])
        if state == State.WATCH:  # of a select: it leaves the queue, and others of its task with it
            wake(a, node, State.TOLD)
            first = int(q[0])
            node = first  # who has been told by now is told again
        else:
            store[node] = value
            ptr8(r)[0] = State.TOLD
            if state == State.WAIT:
                w = ptr32(a)
                tail = int(w[Header.TAIL])
                ptr16(a + w[Header.RING])[tail] = node
                w[Header.TAIL] = (tail + 1) & w[Header.MASK]
            node = int(ptr16(r)[Slot.WAIT_NEXT])
            if node == first:
                node = NONE


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
        if ptr16(at)[0] != NONE:
            self._seen = self._watch.version
            tell(int(self._base), at, self._store, value)

    def begin(self, node):  # hot
        """Part of `yield reader.changed()`: see burst.py.  Context: burst."""
        if self._seen == self._watch.version:
            enqueue(self._base, node, self._at)
            return 1
        self._store[node] = self.latest()
        enqueue(self._base, node, self._at)
        return _NOW

    def begin_branch(self, watcher):  # hot
        """Part of a select, which asks for the latest by itself.  Context: burst."""
        if self._seen == self._watch.version:
            enqueue(self._base, watcher, self._at)
            return 1
        self.latest()
        return _NOW
