"""The Observer: added to a scheduler that is traced, measured or hooked, or has its own order.

An observer costs a scheduler nothing until it is attached.  Then the observed run loop
(core/run_loop.py) takes the place of the plain one, and does two things more:

 * before a turn it asks the order, if there is one (policy.py), for the next node;
   else the next node is the first of the ready ring;
 * after a turn it does what FLAGS says (turn.py): write a trace record, count, call hooks.
"""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.inline import address_at, slot_at
from ..core.layout import NONE, REFERENCE_BITS, Header, ObserverBlock, Store, Watched, Why
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.run_loop import dispatch, resume_value, retire  # noqa: F401 - `turns` calls these here
from ..core.run_loop import run_ready as plain_run_ready
from ..core.run_loop import take_value, turns
from ..core.timer_wheel import disarm  # noqa: F401 - `take_value` is expanded here and calls it
from .turn import count_idle, count_turn, note_ready, observe_tick, stamp
from .turn import count_woken_turn  # noqa: F401 - `count_turn` is expanded here and calls it


@micropython.viper
def value_of(base: int, node: int, runner, constants) -> object:
    """`take_value` as a function.  Context: the run loop.  Alloc: 0.

    Expanded in place it would make the observed loop too long for ARMv6-M.
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    values = int(address_at(header, Header.STORE_LOW))
    nothing = ptr32(values + (int(header[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS))
    none = constants[0] if base else 0
    return take_value(
        header, base, slot, node, runner, values, nothing, none, NONE, constants, constants
    )


def observer_of(scheduler, clock=None):
    """The scheduler's Observer, made if there is none; `clock` replaces its own.  Boot."""
    observer = scheduler.observer
    if observer is None:
        observer = scheduler.observer = Observer(scheduler, clock)
    elif clock is not None:
        observer.set_clock(clock)
    return observer


class Observer:
    """Watches a scheduler's turns for Trace, Metrics and Hooks: see `observer_of`.

    clock  None: the scheduler's own, in its ticks, as it was last read: this costs nothing;
           or a callable that gives microseconds; or the address of a free-running 32-bit
           counter of microseconds (see `metrics.microseconds`), the fastest to read
    """

    def __init__(self, scheduler, clock=None):
        self._scheduler = scheduler
        self._base = scheduler.address
        self._block = bytearray(ObserverBlock.BYTES)
        self.at = address_of(self._block)
        self.tell_start = self.tell_end = None  # hooks.py: called before and after turns
        self.order = self.on_leave = self.order_at = None
        self.loop = self.run_ready  # what takes the plain run loop's place
        self.set_clock(clock)
        set_word(self.at, ObserverBlock.RAN, NONE)
        set_address(self.at, ObserverBlock.SCHEDULER, self._base)

    def set_clock(self, clock):
        """Take another clock: see the constructor.  Alloc: boot only."""
        self.clock = self._scheduler._ticks.clock if clock is None else clock
        source = 0 if clock is None else clock if isinstance(clock, int) else 1
        period = 1 << 30 if source else self._scheduler.period
        set_word(self.at, ObserverBlock.CLOCK, source)
        set_word(self.at, ObserverBlock.WRAP, period - 1)

    def order_by(self, order, block, on_leave=None):
        """Have `order(at, clock)` say which node is next.

        `order` takes all nodes out of the ready ring and writes the next into CURRENT, if there
        is one.  `at` is the address of `block`, which begins with the address of the scheduler's
        block, in two words; `clock` is the scheduler's.  `on_leave(at, clock)` is called when the
        run loop is left.  Alloc: boot only.
        """
        self.order = order
        self.on_leave = on_leave
        self.order_at = at = address_of(block)
        set_address(at, 0, self._base)
        set_word(self.at, ObserverBlock.ORDERED, 1 if on_leave is None else 2)
        self._attach()

    def flag(self, flag):
        """Do what `flag` (of Watched) stands for, from the next turn on.  Alloc: 0."""
        flags = get_word(self.at, ObserverBlock.FLAGS)
        if flags == 0:
            # Within a turn, nobody knows why nodes already in the ready ring became ready.
            running = get_word(self._base, Header.CURRENT) != NONE
            tail = NONE if running else get_word(self._base, Header.TAIL)
            set_word(self.at, ObserverBlock.SEEN_TAIL, tail)
        set_word(self.at, ObserverBlock.FLAGS, flags | flag)
        self._attach()

    def unflag(self, flag):
        """Stop what `flag` stands for.  Alloc: 0."""
        flags = get_word(self.at, ObserverBlock.FLAGS)
        set_word(self.at, ObserverBlock.FLAGS, flags & ~flag)
        self._attach()

    def _attach(self):
        """Take the place of the plain run loop, or give it back if there is nothing to do."""
        busy = get_word(self.at, ObserverBlock.FLAGS) or get_word(self.at, ObserverBlock.ORDERED)
        self._scheduler._run_ready = self.loop if busy else plain_run_ready
        set_word(self._base, Header.BELL, 1)  # make the current loop return: the new one starts

    def time(self):
        """The observer's time now.  Alloc: 0."""
        return stamp(self.at, self._base, self.clock)

    @micropython.viper
    def run_ready(self, header: ptr32, node: int, store, constants) -> int:  # hot
        """`run_ready` of core/run_loop.py, observed and in order.  Alloc: 0."""
        at = int(self.at)
        observer = ptr32(at)
        flags = int(observer[ObserverBlock.FLAGS])
        observer[ObserverBlock.TIME] = 0
        if flags:
            time = int(stamp(at, int(header), self.clock))
            count_idle(at, time, 0)
            observer[ObserverBlock.TIME] = time
        why = turns(
            header, node, store, constants, True, self,
            observe_tick, note_ready, count_turn, value_of,
        )  # fmt: skip
        if observer[ObserverBlock.ORDERED] == 2:
            self.on_leave(self.order_at, constants[4])
        if flags:
            away = 0
            if why == Why.IDLE:
                away = 1
                if flags & Watched.HOOKS:
                    tell_end = self.tell_end
                    tell_end(NONE, Why.IDLE, int(observer[ObserverBlock.TIME]))
            count_idle(at, int(observer[ObserverBlock.TIME]), away)
        return why
