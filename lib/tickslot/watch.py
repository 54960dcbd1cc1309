"""The latest value of something, for tasks that care for no older one."""

from .primitive import Primitive
from .slot import NONE, READY, enqueue, get_half, wake
from .values import EMPTY


class Watch:
    """One value that is set over and over, and read by any number of readers.

    A reader gets the value that is the latest when it asks, and waits only when
    it has had that one.  What is set twice between two reads is read once.
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
        self.version = version = self.version + 1 & 0x3FFFFFFF
        for reader in self._readers:
            reader.changed_to(value, version)


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

    def changed_to(self, value, version):  # hot
        """Part of `Watch.set`.  Alloc: 0."""
        node = get_half(self._at, 0)
        if node != NONE:
            self._seen = version
            while node != NONE:
                self._store[node] = value
                wake(self._a, node, READY)
                node = get_half(self._at, 0)

    def begin(self, node):  # hot
        """Part of `yield reader.changed()`: see burst.py.  Context: burst."""
        watch = self._watch
        if self._seen == watch.version:
            enqueue(self._a, node, self._at)
            return 1
        self._seen = watch.version
        self._store[node] = watch.value
        return 0
