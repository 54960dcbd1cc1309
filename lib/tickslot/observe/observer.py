"""The burst that looks on, and may be told who is next: for trace, metrics, hooks and policies.

Nothing here costs a scheduler anything until an Observer is attached: then its
`burst` takes the place of the plain one.  It is the text of burst.py, and does
two things more.  Before a turn it asks an order, if it was given one (policy.py),
for the next node; else that is the first of the ready ring.  After it, it does
what the flags in its block say: write a trace record, add up metrics, tell hooks.

A turn's time is the clock at its start; it ends where the next begins.
"""

from ..core.block import address_of, get_word, set_word
from ..core.inline import address_at
from ..core.layout import (
    LOW,
    NONE,
    Block,
    Header,
    ObserverBlock,
    Record,
    Slot,
    State,
    Status,
    Watched,
    Why,
)
from ..core.on_cpython import const, inline, micropython, ptr16, ptr32
from ..core.dispatch import dispatch, retire
from ..core.run_loop import check_clock, turns, value_of
from ..core.run_loop import run_ready as plain_run_ready
from .layout import Count

# kinds of records

NAMES = (
    "", "spawn", "wake", "yield", "sleep", "wait", "odd", "mark",
    "call", "recv", "send", "ask", "end", "raised", "join", "event",
)  # fmt: skip

# the observer's block, in 32-bit words
_WORDS = const(31)
_TURNS = const(8)  # from the first `between` of a burst to the next, at most

# of FLAGS

# a node's metrics, in 32-bit words

# the scheduler's block and codes: see slot.py and burst.py


@micropython.viper
def stamp(o: int, a: int, clock) -> int:
    """The observer's time.  Alloc: 0."""
    p = ptr32(o)
    kind = int(p[ObserverBlock.CLOCK])
    if not kind:
        return int(clock()) & ptr32(a)[Header.CLOCK_MASK]
    if kind == 1:
        return int(clock()) & LOW
    return ptr32(kind)[0] & LOW


@micropython.viper
def record(o: int, kind: int, node: int, other: int, time: int, what: int):
    """Write a trace record: time; kind, node and other in one; what.  Alloc: 0."""
    p = ptr32(o)
    if p[ObserverBlock.FLAGS] & Watched.TRACE:
        at = int(p[ObserverBlock.NEXT])
        r = ptr32((address_at(p, ObserverBlock.RECORDS)) + at * 12)
        r[0] = time
        r[1] = kind | node << 4 | other << 18
        r[2] = what
        at += 1
        if at == p[ObserverBlock.PLACES]:
            at = 0
            p[ObserverBlock.LAPS] = p[ObserverBlock.LAPS] + 1
        p[ObserverBlock.NEXT] = at


@micropython.viper
def due(o: int, a: int, deadline: int, time: int) -> int:
    """When a timer was due that was served at `time`, on the observer's clock.  Alloc: 0."""
    p = ptr32(o)
    w = ptr32(a)
    ticks = int(w[Header.NOW_LOW]) - deadline
    if ticks < 0:
        ticks += LOW
        ticks += 1
    if not p[ObserverBlock.CLOCK]:
        time = int(w[Header.LAST])
    else:
        if ticks > 0xFFFFF:  # the product is to stay below 2**30
            ticks = 0xFFFFF
        ticks = ticks * 1000 // int(w[Header.TICKS_PER_MS])
    time -= ticks
    if time < 0:
        time += int(p[ObserverBlock.WRAP])
        time += 1
    return time


@micropython.viper
def noted(o: int, a: int, time: int, by: int):
    """Nodes came into the ready ring: woken or spawned by node `by`, or by nobody.  Alloc: 0."""
    p = ptr32(o)
    w = ptr32(a)
    ring = ptr16(a + w[Header.RING])
    at = int(p[ObserverBlock.SEEN_TAIL])
    end = int(w[Header.TAIL])
    if at == NONE:
        at = end
    meter = int(address_at(p, ObserverBlock.METRICS))
    while at != end:
        node = int(ring[at])
        at = (at + 1) & int(w[Header.MASK])
        if node != by:
            kind = Record.WAKE
            what = 0
            since = time
            m = ptr32(meter + (node << Count.BITS))
            s = ptr16(a + Block.SLOTS + (node << Slot.BITS))
            if s[0] & Status.FRESH:
                kind = Record.SPAWN
                what = int(s[Slot.GENERATION])
                p[ObserverBlock.SPAWNED] = 1
                if w[Header.LIVE] > p[ObserverBlock.HIGH]:
                    p[ObserverBlock.HIGH] = w[Header.LIVE]
                if p[ObserverBlock.FLAGS] & Watched.METRICS:
                    i = 0
                    while i < 8:
                        m[i] = 0
                        i += 1
            elif not s[0] & 255 or s[0] & 255 == State.DUE:
                if by != NONE:
                    since = int(p[ObserverBlock.TURN_END])
                since = int(due(o, a, int(ptr32(s)[Slot.DEADLINE]), since))
            if p[ObserverBlock.FLAGS] & Watched.METRICS:
                m[Count.SINCE] = since + 1
            record(o, kind, node, by & 0x3FFF, time, what)
    p[ObserverBlock.SEEN_TAIL] = int(w[Header.TAIL])


@micropython.viper
def passed(o: int, since: int, time: int) -> int:
    """From `since` to `time` on the observer's clock.  Alloc: 0."""
    ticks = time - since
    if ticks < 0:
        ticks += int(ptr32(o)[ObserverBlock.WRAP])
        ticks += 1
    return ticks


@micropython.viper
def add(at: int, ticks: int):
    """Add to a sum of two words: 30 bits, and more.  Alloc: 0."""
    p = ptr32(at)
    ticks += int(p[0]) - LOW - 1
    if ticks < 0:
        ticks += LOW
        ticks += 1
    else:
        p[1] = p[1] + 1
    p[0] = ticks


@micropython.viper
def woken(o: int, meter: int, start: int, time: int):
    """Add up the turn, from `start` to `time`, of a node that was woken.  Alloc: 0."""
    m = ptr32(meter)
    add(meter + 4 * Count.CPU, int(passed(o, start, time)))
    since = int(m[Count.SINCE]) - 1
    m[Count.SINCE] = 0
    if since >= 0:
        ticks = int(passed(o, since, start))
        if ticks > m[Count.LATEST]:
            m[Count.LATEST] = ticks
        if m[Count.WITHIN]:
            if int(passed(o, since, time)) > m[Count.WITHIN]:
                m[Count.MISSED] = m[Count.MISSED] + 1


@micropython.viper
def share(o: int, time: int, away: int):
    """The time up to here was busy, or idle if it was left as `away`; from here on see `away`."""
    p = ptr32(o)
    add(o + 4 * (ObserverBlock.BUSY_US - 2 * int(p[ObserverBlock.AWAY])), int(passed(o, int(p[ObserverBlock.LEFT]), time)))
    p[ObserverBlock.AWAY] = away
    p[ObserverBlock.LEFT] = time


@micropython.viper
def between(o: int, limit: int, before: int, constants) -> int:
    """`look`, and what else is done every so many turns: the time, marks.  Alloc: 0.

    Where the time is the scheduler's, and there is no timer for `look` to read its
    clock, that is read here.  A clock that stands still doubles the turns up to the
    next time, a tick halves them, and more ticks than one make it a single turn.
    """
    p = ptr32(o)
    a = int(address_at(p, ObserverBlock.SCHEDULER))
    w = ptr32(a)
    w[Header.CURRENT] = NONE  # what the clock raises is nobody's fault
    time = int(p[ObserverBlock.TIME])
    timed = 0
    if p[ObserverBlock.FLAGS]:
        if p[ObserverBlock.SEEN_TAIL] ^ w[Header.TAIL]:
            noted(o, a, time, NONE)
        if not p[ObserverBlock.CLOCK]:
            timed = 1
    armed = int(w[Header.ARMED])
    if timed and not armed:
        now = int(constants[4]()) & w[Header.CLOCK_MASK]
        turns = _TURNS
        if before:
            turns = before << 1
            if now ^ time:
                turns = before + 1 >> 1
                if now - time > 1 or now < time:
                    turns = 1
        time = now
        if limit > turns:
            limit = turns
    limit = int(check_clock(a, limit, before, constants))
    if not limit:
        return 0
    if armed and p[ObserverBlock.FLAGS]:
        if timed:
            time = int(w[Header.SEEN])
        if p[ObserverBlock.SEEN_TAIL] ^ w[Header.TAIL]:
            noted(o, a, time, NONE)
    if p[ObserverBlock.MARKS] ^ p[ObserverBlock.MARKS_SEEN]:
        marks = int(p[ObserverBlock.MARKS])
        p[ObserverBlock.MARKS_LOST] = (p[ObserverBlock.MARKS_LOST] + marks - p[ObserverBlock.MARKS_SEEN] - 1) & LOW
        p[ObserverBlock.MARKS_SEEN] = marks
        record(o, Record.MARK, 0, 0, time, int(p[ObserverBlock.MARK_VALUE]))
    p[ObserverBlock.TIME] = time
    return limit


@inline
def count_turn(observer, observer_at, node, start, time):
    """Add a turn from `start` to `time` to the numbers of its node."""
    ticks = time - start
    if ticks >> 30:  # below 0: a comparison takes longer
        ticks += int(observer[ObserverBlock.WRAP])
        ticks += 1
    numbers = int(address_at(observer, ObserverBlock.METRICS)) + (node << Count.BITS)
    count = ptr32(numbers)
    count[Count.RUNS] = (count[Count.RUNS] + 1) & LOW
    if ticks > count[Count.LONGEST]:
        count[Count.LONGEST] = ticks
    ticks += int(count[Count.CPU])
    if ticks >> 30 or count[Count.SINCE]:
        woken(observer_at, numbers, start, time)
    else:
        count[Count.CPU] = ticks


def observer_of(scheduler, clock=None):
    """The scheduler's Observer, attached if it has none; another `clock` replaces its own.

    Alloc: boot only.
    """
    observer = scheduler.observer
    if observer is None:
        observer = scheduler.observer = Observer(scheduler, clock)
    elif clock is not None:
        observer.set_clock(clock)
    return observer


class Observer:
    """Looks on at a scheduler, for Trace, Metrics and Hooks: see `observer_of`.

    clock  None: the scheduler's own, in its ticks, as of its last look, for
           nothing; or a callable that gives microseconds; or the address of a
           free-running 32-bit counter of them (an RP2040's: 0x40054028), read in no time
    """

    def __init__(self, scheduler, clock=None):
        self._scheduler = scheduler
        self._a = scheduler.address
        self._block = bytearray(4 * _WORDS)
        self.at = address_of(self._block)
        self.tell_start = self.tell_end = None
        self.order = self.order_left = self.order_at = None
        self.set_clock(clock)
        set_word(self.at, ObserverBlock.RAN, NONE)
        set_word(self.at, ObserverBlock.SCHEDULER, self._a & 0xFFFFFFFF)
        set_word(self.at, ObserverBlock.SCHEDULER + 1, self._a >> 32)

    def set_clock(self, clock):
        """See the constructor.  Alloc: boot only."""
        self.clock = self._scheduler._ticks.clock if clock is None else clock
        kind = 0 if clock is None else clock if isinstance(clock, int) else 1
        set_word(self.at, ObserverBlock.CLOCK, kind)
        set_word(self.at, ObserverBlock.WRAP, (self._scheduler.period if kind == 0 else 1 << 30) - 1)

    def order_by(self, order, block, left=None):
        """Have `order(at, clock)` drain the ready ring and make a node CURRENT, if it has one.

        `at` is the address of `block`, which begins with that of the scheduler's,
        in two words; `clock` is the scheduler's.  `left`, called likewise, hears
        of a burst's end.  Alloc: boot only.
        """
        self.order = order
        self.order_left = left
        self.order_at = at = address_of(block)
        set_word(at, 0, self._a & 0xFFFFFFFF)
        set_word(at, 1, self._a >> 32)
        set_word(self.at, ObserverBlock.ORDERED, 1 if left is None else 2)
        self._attach()

    def flag(self, flag):
        """Do what `flag` stands for, from the next look on.  Alloc: 0."""
        flags = get_word(self.at, ObserverBlock.FLAGS)
        if flags == 0:
            # what its turns pushed, in a burst that is under way, came for reasons unknown
            running = get_word(self._a, Header.CURRENT) != NONE
            set_word(self.at, ObserverBlock.SEEN_TAIL, NONE if running else get_word(self._a, Header.TAIL))
        set_word(self.at, ObserverBlock.FLAGS, flags | flag)
        self._attach()

    def unflag(self, flag):
        """Do it no more.  Alloc: 0."""
        set_word(self.at, ObserverBlock.FLAGS, get_word(self.at, ObserverBlock.FLAGS) & ~flag)
        self._attach()

    def _attach(self):
        """Take the place of the plain burst, or give it back where there is nothing to do."""
        busy = get_word(self.at, ObserverBlock.FLAGS) or get_word(self.at, ObserverBlock.ORDERED)
        self._scheduler._run_ready = self.run_ready if busy else plain_run_ready
        set_word(self._a, Header.BELL, 1)  # a burst that is under way is left, for a new one

    def time(self):
        """The observer's time now.  Alloc: 0."""
        return stamp(self.at, self._a, self.clock)

    @micropython.viper
    def run_ready(self, header: ptr32, node: int, store, constants) -> int:  # hot
        """`run_ready` of core/run_loop.py, observed and in order.  Alloc: 0."""
        at = int(self.at)
        observer = ptr32(at)
        flags = int(observer[ObserverBlock.FLAGS])
        observer[ObserverBlock.TIME] = 0
        if flags:
            time = int(stamp(at, int(header), self.clock))
            share(at, time, 0)
            observer[ObserverBlock.TIME] = time
        why = turns(header, node, store, constants, True, self, between, noted, count_turn)
        if observer[ObserverBlock.ORDERED] == 2:
            self.order_left(self.order_at, constants[4])
        if flags:
            away = 0
            if why == Why.IDLE:
                away = 1
                if flags & Watched.HOOKS:
                    tell_end = self.tell_end
                    tell_end(NONE, Why.IDLE, int(observer[ObserverBlock.TIME]))
            share(at, int(observer[ObserverBlock.TIME]), away)
        return why
