"""Mutual exclusion between tasks."""

from ..core.block import set_address
from ..core.inline import address_at, slot_at
from ..core.layout import NODE_BITS, NONE, Begun, Header, Slot, State
from ..core.on_cpython import const, inline, micropython, ptr16, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of

# 32-bit words of a lock's block; the wait queue is in word 0
_HOLDER = const(1)  # the ticket of the task that holds the lock, or 0
_SCHEDULER = const(2)  # the address of the scheduler's block, low and high


@inline
def _ticket_of(base, node):
    """A number above 0 for the task in a slot; the tasks that had the slot before had others."""
    return (ptr16(slot_at(base, node))[Slot.GENERATION] << NODE_BITS | node) + 1


def _release_of(address, store, wake, not_held):
    @micropython.viper
    def release():  # hot
        lock = ptr32(int(address))
        base = address_at(lock, _SCHEDULER)
        node = int(ptr32(base)[Header.CURRENT])
        if node == NONE:
            not_held()
        if lock[_HOLDER] != _ticket_of(base, node):
            not_held()
        node = int(ptr16(lock)[0])  # the first in the queue: the task that has waited the longest
        if node == NONE:
            lock[_HOLDER] = 0
        else:
            holder = node
            slot = ptr16(slot_at(base, node))
            if slot[Slot.STATUS] == State.WATCH:  # a source of a Select: its task gets the lock
                holder = int(slot[Slot.OWNER])
            lock[_HOLDER] = _ticket_of(base, holder)
            store[node] = True
            wake(base, node, State.READY)

    return release


def _begin_of(address, store, enqueue, twice):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Begin `yield lock.acquire()`: see primitive.py.  Context: run loop."""
        at = int(address)
        lock = ptr32(at)
        base = address_at(lock, _SCHEDULER)
        ticket = _ticket_of(base, node)
        if not lock[_HOLDER]:
            lock[_HOLDER] = ticket
            store[node] = True
            return Begun.DONE
        if lock[_HOLDER] == ticket:
            twice()
        enqueue(base, node, at)
        return Begun.WAITS

    return begin


class Lock(Primitive):
    """Held by one task at a time. Tasks that wait get it in the order in which they came.

    Guarantees
     * `release` hands the lock to the task that has waited the longest: no task that comes in
       between overtakes it.
     * A timeout or a cancel of a task that waits leaves the lock with its holder.
     * A task that is cancelled in the turn in which it gets the lock holds the lock. The task
       gets Cancelled at its next `yield`: release the lock in a `finally`, or write

        yield lock.acquire()
        with lock:
            ...

    A task that ends without a release leaves the lock locked.

    acquire(timeout_ms=None)  Operation: wait for the lock.  `yield` gives True, or
        TIMEOUT.  RuntimeError: the task holds it already.  Context: task.  Alloc: 0.

    release()  Give it to the task that has waited the longest, or make it free.
        RuntimeError: the running task does not hold it.  Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, 16, name)
        set_address(self._at, _SCHEDULER, self._base)
        self.acquire = call_of(self)
        self.release = _release_of(self._at, self._store, wake, self._not_held)
        self.begin = _begin_of(self._at, self._store, enqueue, self._twice)

    @micropython.viper
    def try_acquire(self) -> bool:  # hot
        """Take the lock if it is free.  Context: task or call.  Alloc: 0.

        True if it was free.  RuntimeError: no task runs that could hold it.
        """
        lock = ptr32(int(self._at))
        if lock[_HOLDER]:
            return False
        base = int(self._base)
        node = int(ptr32(base)[Header.CURRENT])
        if node == NONE:
            self._no_task()
        lock[_HOLDER] = _ticket_of(base, node)
        return True

    @micropython.viper
    def locked(self) -> bool:  # hot
        """True while a task holds it.  Context: any.  Alloc: 0."""
        return ptr32(int(self._at))[_HOLDER] != 0

    @micropython.viper
    def mine(self) -> bool:  # hot
        """True if the running task holds it.  Context: any.  Alloc: 0."""
        base = int(self._base)
        node = int(ptr32(base)[Header.CURRENT])
        if node == NONE:
            return False
        return ptr32(int(self._at))[_HOLDER] == _ticket_of(base, node)

    def begin_branch(self, watcher):  # hot
        """Begin as a source of a Select: the running task gets the lock.  Context: run loop."""
        if self.mine():
            self._twice()
        if self.try_acquire():
            self._store[watcher] = True
            return Begun.DONE
        enqueue(self._base, watcher, self._at)
        return Begun.WAITS

    def __enter__(self):
        if not self.mine():
            self._not_held()
        return self

    def __exit__(self, kind, error, trace):
        self.release()

    def _not_held(self):
        self.error(RuntimeError, "the running task does not hold %r: `yield lock.acquire()` first")

    def _twice(self):
        self.error(
            RuntimeError, "the task holds %r already, and would wait for itself: release it first"
        )

    def _no_task(self):
        self.error(RuntimeError, "%r cannot be taken outside of a task: nobody would hold it")
