"""Functions that are called when tasks come, go and take turns."""

from ..core.block import get_byte, get_word, set_word
from ..core.layout import Block, Flag, ObserverBlock, Record, Slot, State, Status, Watched
from ..core.on_cpython import const, micropython
from ..core.outcomes import Cancelled

from .observer import NAMES, observer_of


# the scheduler's: see slot.py


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
        observer.flag(Watched.HOOKS)

    def __repr__(self):
        return "hooks"

    def _start(self, node, state, time):
        if get_word(self._at, ObserverBlock.SPAWNED):
            set_word(self._at, ObserverBlock.SPAWNED, 0)
            a = self._scheduler.address
            for slot in range(self._scheduler.slots):
                if get_byte(a + Block.SLOTS + Slot.BYTES * slot, 1) & Flag.FRESH and not self._told[slot]:
                    self._told[slot] = 1
                    self._call(0, slot, time, self._name(slot))
        if state & Status.FRESH and node < self._scheduler.slots:
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
            if kind == Record.END:
                self._returned(slot, time)

        return tell_end

    def _returned(self, node, time):
        state = get_byte(self._scheduler.address + Block.SLOTS + Slot.BYTES * node, 0)
        if state == State.FREE and node < self._scheduler.slots:  # else it forgot a `yield`
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
