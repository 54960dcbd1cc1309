"""A flag that tasks wait for.

Its block is core/layout.py's EventBlock. The run loop knows it, and begins a wait itself. The
block holds the address of the scheduler's block, because an attribute is slower to read.
"""

from ..core.block import set_address
from ..core.inline import address_at, slot_at, wake_alone
from ..core.layout import NONE, Begun, EventBlock, Op, Slot, State
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive, call_of


def _calls(address, wake):
    """Make an event's `set` and `clear`: functions, for the reason in core/sleep.py."""

    @micropython.viper
    def set():  # hot
        at = int(address)
        event = ptr16(at)
        event[EventBlock.SET] = 1
        node = int(event[0])
        if node != NONE:
            base = address_at(ptr32(at), EventBlock.OWNER)
            slot = ptr16(slot_at(base, node))
            if slot[Slot.STATUS] == State.WAIT and slot[Slot.WAIT_NEXT] == node:
                header = ptr32(base)
                wake_alone(header, base, slot, node, at)
                node = NONE
            while node != NONE:  # True was put into the store when its wait began
                wake(base, node, State.READY)
                node = int(event[0])

    @micropython.viper
    def clear():  # hot
        ptr16(int(address))[EventBlock.SET] = 0

    return set, clear


class Event(Primitive):
    """Set or clear. Any number of tasks wait until it is set.

    Guarantees
     * `set` wakes every task that waits, in the order in which they came. Each gets True, even
       if the event is cleared before the task runs.
     * A task that waits for an event that is set goes on at once.

    wait(timeout_ms=None)  Operation: wait until it is set.  `yield` gives True, or TIMEOUT.
        Context: task.  Alloc: 0.  `yield event` is the same as `yield event.wait()`, and quicker.

    set()  Set it, and wake all that wait.  Setting twice is no error.
        Context: task, call, or outside of `run`.  Alloc: 0.

    clear()  Make tasks wait again, from now on.  Context: the scheduler's thread.  Alloc: 0.

    To set one from an interrupt or another thread, use a Signal.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, EventBlock.BYTES, name)
        set_address(self._at, EventBlock.OWNER, self._base)
        self.op = self._at + Op.EVENT  # so the run loop does what `begin` does
        self.wait = call_of(self)
        self.set, self.clear = _calls(self._at, wake)

    @micropython.viper
    def is_set(self) -> bool:  # hot
        """True while it is set.  Context: any.  Alloc: 0."""
        return ptr16(int(self._at))[EventBlock.SET] != 0

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Begin a wait, as a source of a Select: see select.py.  Context: run loop."""
        at = int(self._at)
        self._store[node] = True
        if ptr16(at)[EventBlock.SET]:
            return Begun.DONE
        enqueue(int(self._base), node, at)
        return Begun.WAITS
