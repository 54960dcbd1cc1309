"""The Observer: what a scheduler has that somebody looks on at, or that has an order of its own.

An observer costs a scheduler nothing until it is attached.  Then the observed run loop
(core/run_loop.py) takes the place of the plain one, and does two things more:

 * before a turn it asks the order, if there is one (policy.py), for the next node;
   else the next node is the first of the ready ring;
 * after a turn it does what FLAGS says (turn.py): it writes a trace record, adds up
   metrics, calls hooks.
"""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.inline import address_at
from ..core.layout import (
    LOW,
    NONE,
    REFERENCE_BITS,
    WIDE,
    Block,
    Header,
    Op,
    Slot,
    State,
    Status,
    Store,
    Why,
)
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.run_loop import channel_transfer, dispatch, resume_value, retire
from ..core.run_loop import run_ready as plain_run_ready
from ..core.timer_wheel import disarm
from .layout import Count, ObserverBlock, Record, Watched
from .turn import count_idle, count_turn, note_ready, observe_tick, stamp


@micropython.viper
def taken(a: int, node: int, runner, constants):
    """What a node that has something to deliver is resumed with.  Alloc: 0."""
    w = ptr32(a)
    s = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    if s[Slot.TIMER_LIST] ^ NONE:
        disarm(a, node)
    op = int(s[0])
    s[0] = op & Status.CANCEL
    values = address_at(w, Header.STORE_LOW)
    nothing = ptr32(values + (int(w[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS))
    p = ptr32(values + (node << REFERENCE_BITS))
    word = address_at(p, 0)  # moved as in burst.py
    p[0] = nothing[0]
    if WIDE:
        p[1] = nothing[1]
    v = word if a else constants
    op &= 255
    if op >= State.THROW:
        v = resume_value(a, node, op, v, runner, constants)
    return v


@micropython.viper
def dispatch_and_tell(a: int, node: int, op: int, v, store, constants) -> int:
    """Do what a task yielded: what `perform` gives; and the kind of record, from bit 3 on."""
    s = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    kind = op & 7
    if kind == Op.PARK:
        op = int(s[0])
        kind = Record.YIELD
        if op == Status.SLEEPS:
            s[0] = State.WAIT
            op = Why.PARKED
            kind = Record.SLEEP
        elif op:
            op = Why.ODD
            kind = Record.ODD
    else:
        if kind <= Op.SEND:
            op = int(channel_transfer(a, node, op))
        elif op == Op.RETURNED:
            op = int(retire(a, node, store, constants))
        else:
            op = int(dispatch(a, node, op, v))
        kind += Record.DONE
        if op == Why.PARKED and kind != Record.END:
            kind = Record.WAITS
            if not ptr32(s)[Slot.QUEUE_LOW]:  # an interval
                kind = Record.SLEEP
    return op | kind << 3


def observer_of(scheduler, clock=None):
    """The scheduler's Observer, attached if there is none; a `clock` replaces the observer's.

    Alloc: boot only.
    """
    observer = scheduler.observer
    if observer is None:
        observer = scheduler.observer = Observer(scheduler, clock)
    elif clock is not None:
        observer.set_clock(clock)
    return observer


class Observer:
    """Looks on at a scheduler's turns for Trace, Metrics and Hooks: see `observer_of`.

    clock  None: the scheduler's own, in its ticks, as it was last read: this costs nothing;
           or a callable that gives microseconds;
           or the address of a free-running 32-bit counter of microseconds (of an RP2040:
           0x40054028), which is read in no time
    """

    def __init__(self, scheduler, clock=None):
        self._scheduler = scheduler
        self._base = scheduler.address
        self._block = bytearray(ObserverBlock.BYTES)
        self.at = address_of(self._block)
        self.tell_start = self.tell_end = None  # hooks.py: called before and after turns
        self.order = self.order_left = self.order_at = None
        self.profile = None  # allocation_profile.py: called in place of `run_ready`
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

    def order_by(self, order, block, left=None):
        """Have `order(at, clock)` say which node is next.

        `order` takes all nodes out of the ready ring and writes the next into CURRENT, if there
        is one.  `at` is the address of `block`, and the block begins with the address of the
        scheduler's, in two words; `clock` is the scheduler's.  `left(at, clock)` is called when
        the run loop is left.  Alloc: boot only.
        """
        self.order = order
        self.order_left = left
        self.order_at = at = address_of(block)
        set_address(at, 0, self._base)
        set_word(self.at, ObserverBlock.ORDERED, 1 if left is None else 2)
        self._attach()

    def flag(self, flag):
        """Do what `flag` (of Watched) stands for, from the next turn on.  Alloc: 0."""
        flags = get_word(self.at, ObserverBlock.FLAGS)
        if flags == 0:
            # In a turn the reasons are unknown for which nodes are in the ready ring.
            running = get_word(self._base, Header.CURRENT) != NONE
            tail = NONE if running else get_word(self._base, Header.TAIL)
            set_word(self.at, ObserverBlock.SEEN_TAIL, tail)
        set_word(self.at, ObserverBlock.FLAGS, flags | flag)
        self._attach()

    def unflag(self, flag):
        """Do it no more.  Alloc: 0."""
        flags = get_word(self.at, ObserverBlock.FLAGS)
        set_word(self.at, ObserverBlock.FLAGS, flags & ~flag)
        self._attach()

    def _attach(self):
        """Take the place of the plain run loop, or give it back if there is nothing to do."""
        run_ready = plain_run_ready
        if get_word(self.at, ObserverBlock.FLAGS) or get_word(self.at, ObserverBlock.ORDERED):
            run_ready = self.profile or self.run_ready
        self._scheduler._run_ready = run_ready
        set_word(self._base, Header.BELL, 1)  # the run loop that runs is left for the new one

    def time(self):
        """The observer's time now.  Alloc: 0."""
        return stamp(self.at, self._base, self.clock)

    @micropython.viper
    def run_ready(self, w: ptr32, node: int, store, constants) -> int:  # hot
        """`burst.burst`, observed and in order; see there for words and references.  Alloc: 0."""
        a = int(w)
        o = int(self.at)
        p = ptr32(o)
        clock = self.clock
        order = self.order
        order_at = self.order_at  # an object, which need not be made one at each call
        ticks = constants[4]
        tell_end = self.tell_end
        ordered = int(p[ObserverBlock.ORDERED])
        send = store[int(w[Header.OUTSIDE]) + Store.SEND]
        ring = ptr16(a + w[Header.RING])
        mask = int(w[Header.MASK])
        slots = a + Block.SLOTS
        none = constants[0] if a else 0  # these two as in burst.py
        nobody = NONE
        runners = (address_at(w, Header.STORE_LOW)) + (w[Header.RUNNERS] << REFERENCE_BITS)
        source = int(p[ObserverBlock.CLOCK])
        flags = int(p[ObserverBlock.FLAGS])
        tracing = flags & Watched.TRACE
        metering = flags & Watched.METRICS
        hooked = flags & Watched.HOOKS
        records = int(address_at(p, ObserverBlock.RECORDS))
        meter = int(address_at(p, ObserverBlock.METRICS))
        time = 0
        if flags:
            time = int(stamp(o, a, clock))
            count_idle(o, time, 0)
        start = time
        limit = node
        pace = 0
        why = Why.IDLE
        w[Header.SWITCHES] = (w[Header.SWITCHES] - w[Header.TO_LOOK]) & LOW
        w[Header.TO_LOOK] = 0
        node = NONE
        while ordered or w[Header.HEAD] ^ w[Header.TAIL]:
            if not w[Header.TO_LOOK] or w[Header.BELL]:
                p[ObserverBlock.TIME] = time
                pace = int(observe_tick(o, limit, pace, constants))
                if not pace:
                    why = Why.LOOK
                    break
                limit -= pace
                time = int(p[ObserverBlock.TIME])
                start = time
            if ordered:
                w[Header.CURRENT] = nobody
                order(order_at, ticks)
                op = int(w[Header.CURRENT])
                if not op ^ nobody:
                    break
                node = op
            else:
                node = int(w[Header.HEAD])
                w[Header.HEAD] = (node + 1) & mask
                node = int(ring[node])
                w[Header.CURRENT] = node
            w[Header.TO_LOOK] = w[Header.TO_LOOK] - 1
            s = ptr16(slots + (node << Slot.BITS))
            if hooked:
                if p[ObserverBlock.SPAWNED] or s[0] & Status.FRESH:
                    self.tell_start(node, int(s[0]), time)
            t = ptr32(runners + (node << REFERENCE_BITS))
            word = address_at(t, 0)
            runner = word if a else store
            if not s[0]:
                for v in runner:  # noqa: B007
                    break
                else:
                    v = send(runner, None)
            else:
                v = send(runner, taken(a, node, runner, constants))
            kind = Record.YIELD
            what = 0
            word = v if a else 0
            if word == none:
                op = int(s[0])
                if op:
                    why = Why.ODD
                    kind = Record.ODD
            else:
                w[Header.YIELDED] = node
                op = int(v.op)
                what = op & -8
                op = int(dispatch_and_tell(a, node, op, v, store, constants))
                kind = op >> 3
                op &= 7
                if not kind ^ Record.WAITS:
                    what = int(ptr32(s)[Slot.QUEUE_LOW])
                w[Header.YIELDED] = nobody
                if op:
                    if op ^ Why.PARKED:
                        why = op & 3
            tail = int(w[Header.TAIL])
            if not op:
                ring[tail] = node
                w[Header.TAIL] = (tail + 1) & mask
            if flags:  # from here on it is not the text of burst.py
                if source:
                    start = time
                    if source ^ 1:
                        time = ptr32(source)[0] & LOW
                    else:
                        time = int(clock()) & LOW
                if p[ObserverBlock.SEEN_TAIL] ^ tail:  # not the node alone came into the ring
                    p[ObserverBlock.TURN_END] = time
                    note_ready(o, a, start, node)
                p[ObserverBlock.SEEN_TAIL] = w[Header.TAIL]
                if tracing:
                    op = int(p[ObserverBlock.NEXT])
                    t = ptr32(records + op * 12)
                    t[0] = start
                    t[1] = kind | node << 4
                    t[2] = what
                    op += 1
                    if not op ^ p[ObserverBlock.PLACES]:
                        op = 0
                        p[ObserverBlock.LAPS] = p[ObserverBlock.LAPS] + 1
                    p[ObserverBlock.NEXT] = op
                if metering:
                    op = time - start
                    if op >> 30:  # below 0: a comparison takes longer
                        op += int(p[ObserverBlock.WRAP])
                        op += 1
                    t = ptr32(meter + (node << Count.BITS))
                    t[Count.RUNS] = (t[Count.RUNS] + 1) & LOW
                    if op > t[Count.LONGEST]:
                        t[Count.LONGEST] = op
                    op += int(t[Count.CPU])
                    if op >> 30 or t[Count.SINCE]:
                        count_turn(o, int(t), start, time)
                    else:
                        t[Count.CPU] = op
                if hooked:
                    tell_end(node, kind, time)
            if why:
                break
        if why <= Why.LOOK:
            w[Header.CURRENT] = NONE
        p[ObserverBlock.RAN] = node
        if ordered == 2:
            self.order_left(order_at, ticks)
        if flags:
            pace = 0
            if why == Why.IDLE:
                pace = 1
                if hooked:
                    tell_end(NONE, Why.IDLE, time)
            count_idle(o, time, pace)
        return why
