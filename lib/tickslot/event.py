"""A flag that tasks wait for."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .primitive import Primitive, call_of
from .slot import enqueue, set_address, wake

_OP_EVENT = const(7)  # see burst.py
_NONE = const(0xFFFF)
_READY = const(1)
# see slot.py
_WAIT = const(2)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_WAIT_NEXT = const(8)
_CHOICE = const(15)
_QUEUE_LO = const(5)
_QUEUE_HI = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)

# its block, in halves: the first that waits, then
_SET = const(1)
# and in words the address of the scheduler's: an attribute costs more
_A_LO = const(1)
_A_HI = const(2)


def _calls(place, wake):
    """An event's `set` and `clear`: functions, like `timer_of` in ticks.py."""

    @micropython.viper
    def set():  # hot
        at = int(place)
        q = ptr16(at)
        q[_SET] = 1
        node = int(q[0])
        if node != _NONE:
            a = ptr32(at)[_A_LO] | ((ptr32(at)[_A_HI] << 16) << 16)
            r = a + _SLOTS_AT + (node << _RECORD_BITS)
            n = ptr16(r)
            if n[_WAIT_NEXT] == node and ptr8(r)[0] == _WAIT and not n[_CHOICE]:
                # the text of `wake` for one that waits alone
                q[0] = _NONE
                ptr8(r)[0] = _READY
                w = ptr32(r)
                w[_QUEUE_LO] = 0
                w[_QUEUE_HI] = 0
                w = ptr32(a)
                tail = int(w[_TAIL])
                ptr16(a + w[_RING])[tail] = node
                w[_TAIL] = (tail + 1) & w[_MASK]
                node = _NONE
            while node != _NONE:  # True was put into the store when it began to wait
                wake(a, node, _READY)
                node = int(q[0])

    @micropython.viper
    def clear():  # hot
        ptr16(int(place))[_SET] = 0

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
        set_address(self._at, _A_LO, self._a)
        self.op = self._at + _OP_EVENT  # so that `burst` does what `begin` does
        self.wait = call_of(self)
        self.set, self.clear = _calls(self._at, wake)

    @micropython.viper
    def is_set(self) -> bool:  # hot
        """True while it is set.  Context: any.  Alloc: 0."""
        return ptr16(int(self._at))[_SET] != 0

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `select`: see Choice.  Context: burst."""
        at = int(self._at)
        self._store[node] = True
        if ptr16(at)[_SET]:
            return 0
        enqueue(int(self._a), node, at)
        return 1
