"""Mutual exclusion between tasks."""

from ..core.block import set_address
from ..core.inline import address_at
from ..core.layout import Block, Header, NODE_BITS, NONE, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of


# its block: the half of the first that waits, then in 32-bit words
_HOLDER = const(1)  # 0, or 1 + who holds it: node and generation, so that a reused slot is none
_A_LO = const(2)  # the address of the scheduler's block
_A_HI = const(3)


def _release_of(place, store, wake, not_held):
    @micropython.viper
    def release():  # hot
        holder = ptr32(int(place))
        a = address_at(holder, _A_LO)
        node = int(ptr32(a)[Header.CURRENT])
        if node == NONE:
            not_held()
        r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
        if holder[_HOLDER] != (r[Slot.GENERATION] << NODE_BITS | node) + 1:
            not_held()
        node = int(ptr16(int(place))[0])
        if node == NONE:
            holder[_HOLDER] = 0
        else:
            owner = node
            r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
            if r[0] == State.WATCH:  # a select's branch: its task gets the lock
                owner = int(r[Slot.OWNER])
                r = ptr16(a + Block.SLOTS + (owner << Slot.BITS))
            holder[_HOLDER] = (r[Slot.GENERATION] << NODE_BITS | owner) + 1
            store[node] = True
            wake(a, node, State.READY)

    return release


def _begin_of(place, store, enqueue, twice):
    @micropython.viper
    def begin(node: int) -> int:  # hot
        """Part of `yield lock.acquire()`: see burst.py.  Context: burst."""
        at = int(place)
        holder = ptr32(at)
        a = address_at(holder, _A_LO)
        r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
        ticket = (r[Slot.GENERATION] << NODE_BITS | node) + 1
        if not holder[_HOLDER]:
            holder[_HOLDER] = ticket
            store[node] = True
            return 0
        if holder[_HOLDER] == ticket:
            twice()
        enqueue(a, node, at)
        return 1

    return begin


class Lock(Primitive):
    """Held by one task at a time; those that wait get it in the order in which they came.

    Guarantees
     * `release` hands it to the task that has waited the longest: nobody who
       comes in between overtakes;
     * a timeout or a cancel while waiting leaves it with its holder;
     * one that was cancelled in the same turn in which it got the lock, has it,
       and gets Cancelled at its next `yield`: release in a `finally`, or

        yield lock.acquire()
        with lock:
            ...

    A task that ends without a release leaves it locked.

    acquire(timeout_ms=None)  Operation: wait for the lock.  `yield` gives True, or
        TIMEOUT.  RuntimeError: the task holds it already.  Context: task.  Alloc: 0.

    release()  Give it to the task that has waited the longest, or to whoever comes next.
        RuntimeError: the running task does not hold it.  Context: task.  Alloc: 0.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, 16, name)
        set_address(self._at, _A_LO, self._base)
        self.acquire = call_of(self)
        self.release = _release_of(self._at, self._store, wake, self._not_held)
        self.begin = _begin_of(self._at, self._store, enqueue, self._twice)

    @micropython.viper
    def try_acquire(self) -> bool:  # hot
        """Take it if that can be done at once.  Context: task or call.  Alloc: 0.

        RuntimeError: there is no task to hold it.
        """
        holder = ptr32(int(self._at))
        if holder[_HOLDER]:
            return False
        a = int(self._base)
        node = int(ptr32(a)[Header.CURRENT])
        if node == NONE:
            self._nobody()
        r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
        holder[_HOLDER] = (r[Slot.GENERATION] << NODE_BITS | node) + 1
        return True

    @micropython.viper
    def locked(self) -> bool:  # hot
        """True while a task holds it.  Context: any.  Alloc: 0."""
        return ptr32(int(self._at))[_HOLDER] != 0

    @micropython.viper
    def mine(self) -> bool:  # hot
        """True if the running task holds it.  Context: any.  Alloc: 0."""
        a = int(self._base)
        node = int(ptr32(a)[Header.CURRENT])
        if node == NONE:
            return False
        r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
        return ptr32(int(self._at))[_HOLDER] == (r[Slot.GENERATION] << NODE_BITS | node) + 1

    def begin_branch(self, watcher):  # hot
        """Part of a select: the running task is to hold it.  Context: burst."""
        if self.mine():
            self._twice()
        if self.try_acquire():
            self._store[watcher] = True
            return 0
        enqueue(self._base, watcher, self._at)
        return 1

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

    def _nobody(self):
        self.error(RuntimeError, "%r cannot be taken outside of a task: nobody would hold it")
