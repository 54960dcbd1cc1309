"""A flag that tasks wait for."""

from ..core.block import set_address
from ..core.inline import address_at, put_address
from ..core.layout import Block, EventBlock, Header, NONE, Op, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of


# see slot.py

# its block, in halves: the first that waits, then
# and in words the address of the scheduler's: an attribute costs more
_A_HI = const(2)


def _calls(place, wake):
    """An event's `set` and `clear`: functions, like `timer_of` in ticks.py."""

    @micropython.viper
    def set():  # hot
        at = int(place)
        q = ptr16(at)
        q[EventBlock.SET] = 1
        node = int(q[0])
        if node != NONE:
            a = address_at(ptr32(at), EventBlock.OWNER)
            r = a + Block.SLOTS + (node << Slot.BITS)
            n = ptr16(r)
            if n[Slot.WAIT_NEXT] == node and ptr8(r)[0] == State.WAIT and not n[Slot.SELECT]:
                # the text of `wake` for one that waits alone
                q[0] = NONE
                ptr8(r)[0] = State.READY
                w = ptr32(r)
                put_address(w, Slot.QUEUE_LOW, 0)
                w = ptr32(a)
                tail = int(w[Header.TAIL])
                ptr16(a + w[Header.RING])[tail] = node
                w[Header.TAIL] = (tail + 1) & w[Header.MASK]
                node = NONE
            while node != NONE:  # True was put into the store when it began to wait
                wake(a, node, State.READY)
                node = int(q[0])

    @micropython.viper
    def clear():  # hot
        ptr16(int(place))[EventBlock.SET] = 0

    return set, clear


class Event(Primitive):
    """Set or clear; any number of tasks wait until it is set.

    Guarantees
     * `set` wakes every task that waits, in the order in which they came, each
       with True, even if it is cleared before they run;
     * a task that waits for an event that is set goes on at once.

    wait(timeout_ms=None)  Operation: wait until it is set.  `yield` gives True, or TIMEOUT.
        Context: task.  Alloc: 0.  `yield event` is the same as `yield event.wait()`, and quicker.

    set()  Set it, and wake all that wait.  Setting twice is no error.
        Context: task, call, or outside of `run`.  Alloc: 0.

    clear()  From here on tasks wait again.  Context: the scheduler's thread.  Alloc: 0.

    From an interrupt or another thread: use a Signal.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, 12, name)
        set_address(self._at, EventBlock.OWNER, self._base)
        self.op = self._at + Op.EVENT  # so that `burst` does what `begin` does
        self.wait = call_of(self)
        self.set, self.clear = _calls(self._at, wake)

    @micropython.viper
    def is_set(self) -> bool:  # hot
        """True while it is set.  Context: any.  Alloc: 0."""
        return ptr16(int(self._at))[EventBlock.SET] != 0

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `select`: see Select.  Context: burst."""
        at = int(self._at)
        self._store[node] = True
        if ptr16(at)[EventBlock.SET]:
            return 0
        enqueue(int(self._base), node, at)
        return 1
