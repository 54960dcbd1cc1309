"""The latest value of something, for tasks that need no older one."""

from ..core.inline import ready_append, slot_at
from ..core.layout import LOW, NONE, Begun, Slot, State
from ..core.on_cpython import micropython, ptr8, ptr16, ptr32
from ..core.outcomes import EMPTY
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive


@micropython.viper
def tell(base: int, queue: int, store, value):
    """Give a value to all nodes in a wait queue.

    A node stays in the queue until it runs: until then a later value replaces this one.  Alloc: 0.
    """
    waiters = ptr16(queue)
    first = int(waiters[0])
    node = first
    while node != NONE:
        slot = slot_at(base, node)
        state = int(ptr8(slot)[Slot.STATE])
        if state == State.WATCH:  # `wake` takes all watchers of its task out of their queues
            wake(base, node, State.TOLD)
            first = int(waiters[0])
            node = first  # begin again: to tell a node twice does no harm
        else:
            store[node] = value
            ptr8(slot)[Slot.STATE] = State.TOLD
            if state == State.WAIT:
                header = ptr32(base)
                ready_append(base, header, node)
            node = int(ptr16(slot)[Slot.WAIT_NEXT])
            if node == first:
                node = NONE


class Watch:
    """One value that is set again and again, and read by any number of readers.

    A reader gets the value that is the latest when its task runs. It waits only if it has had
    that value. If two values are set before the task runs, it gets the second alone.
    """

    def __init__(self, scheduler, value=EMPTY):
        self._scheduler = scheduler
        self._readers = []
        self.value = value
        self.version = 0 if value is EMPTY else 1

    def reader(self, name=None):
        """Make a reader, for one task or for several that share it.  Alloc: boot only."""
        reader = Reader(self._scheduler, self, name)
        self._readers.append(reader)
        return reader

    def set(self, value):  # hot
        """Set the value, and wake the readers that wait.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        self.value = value
        self.version = self.version + 1 & LOW
        for reader in self._readers:
            reader.changed_to(value)


class Reader(Primitive):
    """Knows which version of a Watch's value it has had.  `Watch.reader()` makes it.

    changed(timeout_ms=None)  Operation: wait for a value that this reader has not had.
        `yield` gives the latest value, or TIMEOUT.  Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, watch, name):
        super().__init__(scheduler, 2, name)
        self._watch = watch
        self._seen = 0  # the version that this reader has had

    changed = Primitive.within

    def latest(self):  # hot
        """The latest value; EMPTY before the first.  From now on this reader has had it.

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
        """Begin `yield reader.changed()`: see primitive.py.  Context: run loop."""
        seen = self._seen
        enqueue(self._base, node, self._at)
        if seen == self._watch.version:
            return Begun.WAITS
        self._store[node] = self.latest()
        return Begun.TOLD

    def begin_branch(self, watcher):  # hot
        """Begin as a source of a Select, which asks `latest` for the value.  Context: run loop."""
        if self._seen == self._watch.version:
            enqueue(self._base, watcher, self._at)
            return Begun.WAITS
        self.latest()
        return Begun.TOLD
