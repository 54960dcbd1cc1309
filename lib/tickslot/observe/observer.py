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
from ..core.layout import WIDE, REFERENCE_BITS, Block, Header, LOW, NONE, Op, Slot, State, Status, Store, Why
from ..core.on_cpython import const, micropython, ptr16, ptr32
from ..core.run_loop import (
    channel_transfer,
    check_clock,
    dispatch,
    resume_value,
    retire,
    run_ready as plain_run_ready,
)
from ..core.timer_wheel import disarm
from .layout import Count, ObserverBlock, Record, Watched


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
            share(o, time, 0)
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
                pace = int(between(o, limit, pace, constants))
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
                    noted(o, a, start, node)
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
                        woken(o, int(t), start, time)
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
            share(o, time, pace)
        return why
