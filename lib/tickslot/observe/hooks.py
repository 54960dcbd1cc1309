"""Functions that are called when tasks come, go and take turns."""

from ..core.block import get_byte, get_word, set_word
from ..core.inline import slot_at
from ..core.layout import Flag, ObserverBlock, Record, Slot, State, Status, Watched
from ..core.on_cpython import const, micropython
from ..core.outcomes import Cancelled
from .observer import observer_of
from .turn import KIND_NAMES

_SPAWN = const(0)  # places in the list of hooks
_START = const(1)
_FINISH = const(2)
_ERROR = const(3)
_IDLE = const(4)


class Hooks:
    """Calls `hook(slot, time, reason)`, for each of these that is given:

    spawn   a task was spawned; called before any later turn   reason: its name
    start   a task is about to have its first turn             reason: its name
    switch  a task's turn has ended   reason: "yield", "sleep", "wait", "send", "end" ...
    error   a task raised             reason: the exception
    finish  a task has ended          reason: "returned", "raised" or "cancelled"
    idle    nothing is ready          reason: "idle"; the slot is -1

    The time is the observer's (see Observer).  Hooks MUST be short and, in a sealed scheduler,
    allocate nothing.  A hook that raises is counted and reported like a task that raises, and
    not called again; tasks and other hooks go on.
    Context: boot; the hooks are called on the scheduler's thread.  Alloc: boot only.
    """

    def __init__(
        self, scheduler, spawn=None, start=None, switch=None, finish=None, error=None, idle=None,
        clock=None,
    ):  # fmt: skip
        self._scheduler = scheduler
        self._base = scheduler.address
        self._hooks = [spawn, start, finish, error, idle]
        self._switch = switch
        self._told = bytearray(scheduler.nodes)  # 1: the spawn hook was called for this slot
        self._observer = observer = observer_of(scheduler, clock)
        self._at = observer.at
        observer.tell_start = self._start
        observer.tell_end = self._end_teller()
        scheduler.on_task_error = self._raised
        observer.flag(Watched.HOOKS)

    def __repr__(self):
        return "hooks"

    def _start(self, node, status, time):
        if get_word(self._at, ObserverBlock.SPAWNED):
            set_word(self._at, ObserverBlock.SPAWNED, 0)
            base = self._base
            for slot in range(self._scheduler.slots):
                fresh = get_byte(slot_at(base, slot), Slot.FLAGS) & Flag.FRESH
                if fresh and not self._told[slot]:
                    self._told[slot] = 1
                    self._call(_SPAWN, slot, time, self._name(slot))
        if status & Status.FRESH and node < self._scheduler.slots:
            self._told[node] = 0
            self._call(_START, node, time, self._name(node))

    def _end_teller(self):
        """The function that is called at the end of each turn, and when nothing is ready.

        It is native: the frame of a bytecode function would be taken from the heap at each call,
        120 us on a Pico.  Alloc: boot only.
        """
        names = KIND_NAMES

        # The parameter `_call` makes its length even: see rpc/caller.py.
        @micropython.native
        def tell_end(slot, kind, time, _call=self._call):  # hot
            if not kind:
                return _call(_IDLE, -1, time, "idle")
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
        state = get_byte(slot_at(self._base, node), Slot.STATE)
        if state == State.FREE and node < self._scheduler.slots:  # else it did not yield a call
            self._call(_FINISH, node, time, "returned")

    def _raised(self, node, error):
        if node < self._scheduler.slots:
            time = self._observer.time()
            if isinstance(error, Cancelled):
                self._call(_FINISH, node, time, "cancelled")
            else:
                self._call(_ERROR, node, time, error)
                self._call(_FINISH, node, time, "raised")

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
