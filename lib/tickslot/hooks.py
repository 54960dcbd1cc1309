"""Functions that are called when tasks come, go and take turns."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython

from .observe import NAMES, observer_of
from .slot import get_byte, get_word, set_word
from .values import Cancelled

_HOOKS = const(4)  # the observer's block: see observe.py
_SPAWNED = const(22)
_END = const(12)
# the scheduler's: see slot.py
_SLOTS_AT = const(960)
_RECORD = const(32)
_FREE = const(4)
_FRESH = const(4)
_FRESH_BIT = const(_FRESH << 8)


class Hooks:
    """Calls `hook(slot, time, reason)`, for each of these that is given:

    spawn   a task was spawned; told before any later turn.   reason: its name
    start   it is about to have its first turn                reason: its name
    switch  a turn of it has ended    reason: "yield", "sleep", "wait", "send", "end" ...
    error   it raised                 reason: the exception
    finish  it has ended              reason: "returned", "raised" or "cancelled"
    idle    nothing is ready; slot -1 reason: "idle"

    The time is the observer's (see Observer).  Hooks MUST be short and, in a
    sealed scheduler, allocate nothing.  One that raises is counted, reported as
    a task's error is, and not called again; nobody else is disturbed.
    """

    def __init__(
        self,
        scheduler,
        spawn=None,
        start=None,
        switch=None,
        finish=None,
        error=None,
        idle=None,
        clock=None,
    ):
        self._scheduler = scheduler
        self._hooks = [spawn, start, finish, error, idle]
        self._switch = switch
        self._told = bytearray(scheduler.nodes)
        self._observer = observer = observer_of(scheduler, clock)
        self._at = observer.at
        observer.tell_start = self._start
        observer.tell_end = self._teller()
        scheduler.tell = self._raised
        observer.flag(_HOOKS)

    def __repr__(self):
        return "hooks"

    def _start(self, node, state, time):
        if get_word(self._at, _SPAWNED):
            set_word(self._at, _SPAWNED, 0)
            a = self._scheduler.address
            for slot in range(self._scheduler.slots):
                if get_byte(a + _SLOTS_AT + _RECORD * slot, 1) & _FRESH and not self._told[slot]:
                    self._told[slot] = 1
                    self._call(0, slot, time, self._name(slot))
        if state & _FRESH_BIT and node < self._scheduler.slots:
            self._told[node] = 0
            self._call(1, node, time, self._name(node))

    def _teller(self):
        """What tells of a turn's end, or of all turns', as it is called at each switch.

        Native, because in bytecode its frame would be taken from the heap at each
        call, 120 us on a Pico.  Alloc: boot only.
        """
        names = NAMES

        # `_call` makes it even in length: behind an odd native function RISC-V traps.
        @micropython.native
        def tell_end(slot, kind, time, _call=self._call):  # hot
            if not kind:
                return _call(4, -1, time, "idle")
            switch = self._switch
            if switch is not None:
                try:
                    switch(slot, time, names[kind])
                except Exception as error:
                    self._switch = None
                    self._scheduler._report(self, error, False)
            if kind == _END:
                self._returned(slot, time)

        return tell_end

    def _returned(self, node, time):
        state = get_byte(self._scheduler.address + _SLOTS_AT + _RECORD * node, 0)
        if state == _FREE and node < self._scheduler.slots:  # else it forgot a `yield`
            self._call(2, node, time, "returned")

    def _raised(self, node, error):
        if node < self._scheduler.slots:
            time = self._observer.time()
            if isinstance(error, Cancelled):
                self._call(2, node, time, "cancelled")
            else:
                self._call(3, node, time, error)
                self._call(2, node, time, "raised")

    def _call(self, which, slot, time, reason):
        hook = self._hooks[which]
        if hook is not None:
            try:
                hook(slot, time, reason)
            except Exception as error:
                self._hooks[which] = None
                self._scheduler._report(self, error, False)

    def _name(self, slot):
        task = self._scheduler.task_of(slot)
        return None if task is None else task.name
