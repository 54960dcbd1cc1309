"""The burst that looks on, and may be told who is next: for trace, metrics, hooks and policies.

Nothing here costs a scheduler anything until an Observer is attached: then its
`burst` takes the place of the plain one.  It is the text of burst.py, and does
two things more.  Before a turn it asks an order, if it was given one (policy.py),
for the next node; else that is the first of the ready ring.  After it, it does
what the flags in its block say: write a trace record, add up metrics, tell hooks.

A turn's time is the clock at its start; it ends where the next begins.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16, ptr32

from .burst import burst as plain_burst
from .burst import exchange, finish, instead, look, perform
from .slot import address_of, get_word, set_word
from .wheel import disarm

# kinds of records
_SPAWN = const(1)
_WAKE = const(2)
_YIELD = const(3)  # from here on they say with what a turn ended, but for MARK and CALL
_SLEEP = const(4)
_WAITS = const(5)
_ODDLY = const(6)
_MARK = const(7)
_CALL = const(8)
_DONE = const(8)  # and the kind of the operation (see burst.py) that was done at once
_END = const(12)
_JOIN = const(14)

NAMES = (
    "", "spawn", "wake", "yield", "sleep", "wait", "odd", "mark",
    "call", "recv", "send", "ask", "end", "raised", "join", "event",
)  # fmt: skip

# the observer's block, in 32-bit words
_FLAGS = const(0)
_CLOCK = const(1)  # 0: the scheduler's own, at its last look; 1: call it; else a counter's address
_NEXT = const(2)  # the place of the next record
_PLACES = const(3)
_LAPS = const(4)  # how often it came to the end of them
_RECORDS = const(5)  # the address of the first, low and high
_METRICS = const(7)  # the address of node 0's
_SEEN_TAIL = const(9)  # up to there the ready ring is known; NONE: it was a task that attached this
_HIGH = const(10)  # the most tasks and calls that lived at a time
_IDLE_US = const(11)  # low 30 bits, high
_BUSY_US = const(13)
_MARK_VALUE = const(15)  # written by `mark` alone
_MARKS = const(16)  # and so is this: how many
_MARKS_SEEN = const(17)
_LEFT = const(18)  # the time at which the burst was left
_AWAY = const(19)  # 1: it was left because nothing was ready
_ORDERED = const(20)  # 1: an order is asked for the next node; 2: and told when a burst ends
_WRAP = const(21)  # where this clock wraps, less 1
_SPAWNED = const(22)  # 1: tasks were spawned that hooks have not been told of
_RAN = const(25)  # the node that had the last turn of the last burst, or NONE
_TURN_END = const(26)  # when the turn ended that woke somebody
_MARKS_LOST = const(27)
_BLOCK = const(28)  # the address of the scheduler's block, low and high
_TIME = const(30)  # what `between` is given, and gives: an argument would be made an object
_WORDS = const(31)
_TURNS = const(8)  # from the first `between` of a burst to the next, at most

# of FLAGS
_TRACE = const(1)
_METER = const(2)
_HOOKS = const(4)
_PROFILE = const(8)  # nothing here: see allocation.py

# a node's metrics, in 32-bit words
_M_BITS = const(5)
_RUNS = const(0)
_CPU = const(1)  # low 30 bits, high
_LONGEST = const(3)
_LATEST = const(4)
_SINCE = const(5)  # 1 + the time at which it was woken, or its timer was due; or 0
_WITHIN = const(6)  # its turn is to end within that from then on; 0: whenever
_MISSED = const(7)
_LOW = const(0x3FFFFFFF)

# the scheduler's block and codes: see slot.py and burst.py
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_WAIT = const(2)
_THROW = const(3)
_DUE = const(5)
_FRESH_BIT = const(1024)
_CANCEL_BIT = const(512)
_SLEEPS = const(2048)
_LAST = const(0)
_NOW_LO = const(2)
_TICKS_PER_MS = const(22)
_DEADLINE = const(2)
_ARMED = const(5)
_HEAD = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_CURRENT = const(10)
_LIVE = const(11)
_SWITCHES = const(13)
_PACE = const(14)
_SEEN = const(15)
_PERIOD = const(4)
_CLOCK_MASK = const(20)
_BELL = const(21)
_YIELDED = const(27)
_OUTSIDE = const(28)
_STORE_LO = const(44)
_STORE_HI = const(45)
_SHIFT = const(46)
_RUNNERS = const(47)
_NONE_AT = const(1)  # of `store`, behind OUTSIDE
_SEND_AT = const(5)
_TO_LOOK = const(30)
_GENERATION = const(1)
_WHERE = const(7)
_QUEUE_LO = const(5)
_IDLE = const(0)
_LOOK = const(1)
_ODD = const(3)
_PARKED = const(4)
_OP_PARK = const(0)
_OP_SEND = const(2)
_OP_RETURNED = const(4)


@micropython.viper
def stamp(o: int, a: int, clock) -> int:
    """The observer's time.  Alloc: 0."""
    p = ptr32(o)
    kind = int(p[_CLOCK])
    if not kind:
        return int(clock()) & ptr32(a)[_CLOCK_MASK]
    if kind == 1:
        return int(clock()) & _LOW
    return ptr32(kind)[0] & _LOW


@micropython.viper
def record(o: int, kind: int, node: int, other: int, time: int, what: int):
    """Write a trace record: time; kind, node and other in one; what.  Alloc: 0."""
    p = ptr32(o)
    if p[_FLAGS] & _TRACE:
        at = int(p[_NEXT])
        r = ptr32((p[_RECORDS] | ((p[_RECORDS + 1] << 16) << 16)) + at * 12)
        r[0] = time
        r[1] = kind | node << 4 | other << 18
        r[2] = what
        at += 1
        if at == p[_PLACES]:
            at = 0
            p[_LAPS] = p[_LAPS] + 1
        p[_NEXT] = at


@micropython.viper
def due(o: int, a: int, deadline: int, time: int) -> int:
    """When a timer was due that was served at `time`, on the observer's clock.  Alloc: 0."""
    p = ptr32(o)
    w = ptr32(a)
    ticks = int(w[_NOW_LO]) - deadline
    if ticks < 0:
        ticks += _LOW
        ticks += 1
    if not p[_CLOCK]:
        time = int(w[_LAST])
    else:
        if ticks > 0xFFFFF:  # the product is to stay below 2**30
            ticks = 0xFFFFF
        ticks = ticks * 1000 // int(w[_TICKS_PER_MS])
    time -= ticks
    if time < 0:
        time += int(p[_WRAP])
        time += 1
    return time


@micropython.viper
def noted(o: int, a: int, time: int, by: int):
    """Nodes came into the ready ring: woken or spawned by node `by`, or by nobody.  Alloc: 0."""
    p = ptr32(o)
    w = ptr32(a)
    ring = ptr16(a + w[_RING])
    at = int(p[_SEEN_TAIL])
    end = int(w[_TAIL])
    if at == _NONE:
        at = end
    meter = int(p[_METRICS]) | ((p[_METRICS + 1] << 16) << 16)
    while at != end:
        node = int(ring[at])
        at = (at + 1) & int(w[_MASK])
        if node != by:
            kind = _WAKE
            what = 0
            since = time
            m = ptr32(meter + (node << _M_BITS))
            s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
            if s[0] & _FRESH_BIT:
                kind = _SPAWN
                what = int(s[_GENERATION])
                p[_SPAWNED] = 1
                if w[_LIVE] > p[_HIGH]:
                    p[_HIGH] = w[_LIVE]
                if p[_FLAGS] & _METER:
                    i = 0
                    while i < 8:
                        m[i] = 0
                        i += 1
            elif not s[0] & 255 or s[0] & 255 == _DUE:
                if by != _NONE:
                    since = int(p[_TURN_END])
                since = int(due(o, a, int(ptr32(s)[_DEADLINE]), since))
            if p[_FLAGS] & _METER:
                m[_SINCE] = since + 1
            record(o, kind, node, by & 0x3FFF, time, what)
    p[_SEEN_TAIL] = int(w[_TAIL])


@micropython.viper
def passed(o: int, since: int, time: int) -> int:
    """From `since` to `time` on the observer's clock.  Alloc: 0."""
    ticks = time - since
    if ticks < 0:
        ticks += int(ptr32(o)[_WRAP])
        ticks += 1
    return ticks


@micropython.viper
def add(at: int, ticks: int):
    """Add to a sum of two words: 30 bits, and more.  Alloc: 0."""
    p = ptr32(at)
    ticks += int(p[0]) - _LOW - 1
    if ticks < 0:
        ticks += _LOW
        ticks += 1
    else:
        p[1] = p[1] + 1
    p[0] = ticks


@micropython.viper
def woken(o: int, meter: int, start: int, time: int):
    """Add up the turn, from `start` to `time`, of a node that was woken.  Alloc: 0."""
    m = ptr32(meter)
    add(meter + 4 * _CPU, int(passed(o, start, time)))
    since = int(m[_SINCE]) - 1
    m[_SINCE] = 0
    if since >= 0:
        ticks = int(passed(o, since, start))
        if ticks > m[_LATEST]:
            m[_LATEST] = ticks
        if m[_WITHIN]:
            if int(passed(o, since, time)) > m[_WITHIN]:
                m[_MISSED] = m[_MISSED] + 1


@micropython.viper
def share(o: int, time: int, away: int):
    """The time up to here was busy, or idle if it was left as `away`; from here on see `away`."""
    p = ptr32(o)
    add(o + 4 * (_BUSY_US - 2 * int(p[_AWAY])), int(passed(o, int(p[_LEFT]), time)))
    p[_AWAY] = away
    p[_LEFT] = time


@micropython.viper
def between(o: int, limit: int, before: int, constants) -> int:
    """`look`, and what else is done every so many turns: the time, marks.  Alloc: 0.

    Where the time is the scheduler's, and there is no timer for `look` to read its
    clock, that is read here.  A clock that stands still doubles the turns up to the
    next time, a tick halves them, and more ticks than one make it a single turn.
    """
    p = ptr32(o)
    a = int(p[_BLOCK]) | ((p[_BLOCK + 1] << 16) << 16)
    w = ptr32(a)
    w[_CURRENT] = _NONE  # what the clock raises is nobody's fault
    time = int(p[_TIME])
    timed = 0
    if p[_FLAGS]:
        if p[_SEEN_TAIL] ^ w[_TAIL]:
            noted(o, a, time, _NONE)
        if not p[_CLOCK]:
            timed = 1
    armed = int(w[_ARMED])
    if timed and not armed:
        now = int(constants[4]()) & w[_CLOCK_MASK]
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
    limit = int(look(a, limit, before, constants))
    if not limit:
        return 0
    if armed and p[_FLAGS]:
        if timed:
            time = int(w[_SEEN])
        if p[_SEEN_TAIL] ^ w[_TAIL]:
            noted(o, a, time, _NONE)
    if p[_MARKS] ^ p[_MARKS_SEEN]:
        marks = int(p[_MARKS])
        p[_MARKS_LOST] = (p[_MARKS_LOST] + marks - p[_MARKS_SEEN] - 1) & _LOW
        p[_MARKS_SEEN] = marks
        record(o, _MARK, 0, 0, time, int(p[_MARK_VALUE]))
    p[_TIME] = time
    return limit


@micropython.viper
def taken(a: int, node: int, runner, constants):
    """What a node that has something to deliver is resumed with.  Alloc: 0."""
    w = ptr32(a)
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    if s[_WHERE] ^ _NONE:
        disarm(a, node)
    op = int(s[0])
    s[0] = op & _CANCEL_BIT
    shift = int(w[_SHIFT])
    values = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
    nothing = ptr32(values + (int(w[_OUTSIDE]) + _NONE_AT << shift))
    p = ptr32(values + (node << shift))
    word = p[0]  # moved as in burst.py
    p[0] = nothing[0]
    if shift & 1:
        word |= (p[1] << 16) << 16
        p[1] = nothing[1]
    v = word if shift else constants
    op &= 255
    if op >= _THROW:
        v = instead(a, node, op, v, runner, constants)
    return v


@micropython.viper
def dispatch(a: int, node: int, op: int, v, store, constants) -> int:
    """Do what a task yielded: what `perform` gives; and the kind of record, from bit 3 on."""
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    kind = op & 7
    if kind == _OP_PARK:
        op = int(s[0])
        kind = _YIELD
        if op == _SLEEPS:
            s[0] = _WAIT
            op = _PARKED
            kind = _SLEEP
        elif op:
            op = _ODD
            kind = _ODDLY
    else:
        if kind <= _OP_SEND:
            op = int(exchange(a, node, op))
        elif op == _OP_RETURNED:
            op = int(finish(a, node, store, constants))
        else:
            op = int(perform(a, node, op, v))
        kind += _DONE
        if op == _PARKED and kind != _END:
            kind = _WAITS
            if not ptr32(s)[_QUEUE_LO]:  # an interval
                kind = _SLEEP
    return op | kind << 3


def observer_of(scheduler, clock=None):
    """The scheduler's Observer, attached if it has none; another `clock` replaces its own.

    Alloc: boot only.
    """
    observer = getattr(scheduler, "observer", None)
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
        set_word(self.at, _RAN, _NONE)
        set_word(self.at, _BLOCK, self._a & 0xFFFFFFFF)
        set_word(self.at, _BLOCK + 1, self._a >> 32)

    def set_clock(self, clock):
        """See the constructor.  Alloc: boot only."""
        self.clock = self._scheduler._ticks.clock if clock is None else clock
        kind = 0 if clock is None else clock if isinstance(clock, int) else 1
        set_word(self.at, _CLOCK, kind)
        set_word(self.at, _WRAP, (self._scheduler.period if kind == 0 else 1 << 30) - 1)

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
        set_word(self.at, _ORDERED, 1 if left is None else 2)
        self._attach()

    def flag(self, flag):
        """Do what `flag` stands for, from the next look on.  Alloc: 0."""
        flags = get_word(self.at, _FLAGS)
        if flags == 0:
            # what its turns pushed, in a burst that is under way, came for reasons unknown
            running = get_word(self._a, _CURRENT) != _NONE
            set_word(self.at, _SEEN_TAIL, _NONE if running else get_word(self._a, _TAIL))
        set_word(self.at, _FLAGS, flags | flag)
        self._attach()

    def unflag(self, flag):
        """Do it no more.  Alloc: 0."""
        set_word(self.at, _FLAGS, get_word(self.at, _FLAGS) & ~flag)
        self._attach()

    def _attach(self):
        """Take the place of the plain burst, or give it back where there is nothing to do."""
        busy = get_word(self.at, _FLAGS) or get_word(self.at, _ORDERED)
        self._scheduler._burst = self.burst if busy else plain_burst
        set_word(self._a, _BELL, 1)  # a burst that is under way is left, for a new one

    def time(self):
        """The observer's time now.  Alloc: 0."""
        return stamp(self.at, self._a, self.clock)

    @micropython.viper
    def burst(self, w: ptr32, node: int, store, constants) -> int:  # hot
        """`burst.burst`, observed and in order; see there for words and references.  Alloc: 0."""
        a = int(w)
        o = int(self.at)
        p = ptr32(o)
        clock = self.clock
        order = self.order
        order_at = self.order_at  # an object, which need not be made one at each call
        ticks = constants[4]
        tell_end = self.tell_end
        ordered = int(p[_ORDERED])
        send = store[int(w[_OUTSIDE]) + _SEND_AT]
        ring = ptr16(a + w[_RING])
        mask = int(w[_MASK])
        slots = a + _SLOTS_AT
        shift = int(w[_SHIFT])
        wide = shift & 1
        none = constants[0] if shift else 0  # these two as in burst.py
        nobody = _NONE
        runners = (w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)) + (w[_RUNNERS] << shift)
        source = int(p[_CLOCK])
        flags = int(p[_FLAGS])
        tracing = flags & _TRACE
        metering = flags & _METER
        hooked = flags & _HOOKS
        records = int(p[_RECORDS]) | ((p[_RECORDS + 1] << 16) << 16)
        meter = int(p[_METRICS]) | ((p[_METRICS + 1] << 16) << 16)
        time = 0
        if flags:
            time = int(stamp(o, a, clock))
            share(o, time, 0)
        start = time
        limit = node
        pace = 0
        why = _IDLE
        w[_SWITCHES] = (w[_SWITCHES] - w[_TO_LOOK]) & _LOW
        w[_TO_LOOK] = 0
        node = _NONE
        while ordered or w[_HEAD] ^ w[_TAIL]:
            if not w[_TO_LOOK] or w[_BELL]:
                p[_TIME] = time
                pace = int(between(o, limit, pace, constants))
                if not pace:
                    why = _LOOK
                    break
                limit -= pace
                time = int(p[_TIME])
                start = time
            if ordered:
                w[_CURRENT] = nobody
                order(order_at, ticks)
                op = int(w[_CURRENT])
                if not op ^ nobody:
                    break
                node = op
            else:
                node = int(w[_HEAD])
                w[_HEAD] = (node + 1) & mask
                node = int(ring[node])
                w[_CURRENT] = node
            w[_TO_LOOK] = w[_TO_LOOK] - 1
            s = ptr16(slots + (node << _RECORD_BITS))
            if hooked:
                if p[_SPAWNED] or s[0] & _FRESH_BIT:
                    self.tell_start(node, int(s[0]), time)
            t = ptr32(runners + (node << shift))
            word = t[0]
            if wide:
                word |= (t[1] << 16) << 16
            runner = word if shift else store
            if not s[0]:
                for v in runner:  # noqa: B007
                    break
                else:
                    v = send(runner, None)
            else:
                v = send(runner, taken(a, node, runner, constants))
            kind = _YIELD
            what = 0
            word = v if shift else 0
            if word == none:
                op = int(s[0])
                if op:
                    why = _ODD
                    kind = _ODDLY
            else:
                w[_YIELDED] = node
                op = int(v.op)
                what = op & -8
                op = int(dispatch(a, node, op, v, store, constants))
                kind = op >> 3
                op &= 7
                if not kind ^ _WAITS:
                    what = int(ptr32(s)[_QUEUE_LO])
                w[_YIELDED] = nobody
                if op:
                    if op ^ _PARKED:
                        why = op & 3
            tail = int(w[_TAIL])
            if not op:
                ring[tail] = node
                w[_TAIL] = (tail + 1) & mask
            if flags:  # from here on it is not the text of burst.py
                if source:
                    start = time
                    if source ^ 1:
                        time = ptr32(source)[0] & _LOW
                    else:
                        time = int(clock()) & _LOW
                if p[_SEEN_TAIL] ^ tail:  # not the node alone came into the ring
                    p[_TURN_END] = time
                    noted(o, a, start, node)
                p[_SEEN_TAIL] = w[_TAIL]
                if tracing:
                    op = int(p[_NEXT])
                    t = ptr32(records + op * 12)
                    t[0] = start
                    t[1] = kind | node << 4
                    t[2] = what
                    op += 1
                    if not op ^ p[_PLACES]:
                        op = 0
                        p[_LAPS] = p[_LAPS] + 1
                    p[_NEXT] = op
                if metering:
                    op = time - start
                    if op >> 30:  # below 0: a comparison takes longer
                        op += int(p[_WRAP])
                        op += 1
                    t = ptr32(meter + (node << _M_BITS))
                    t[_RUNS] = (t[_RUNS] + 1) & _LOW
                    if op > t[_LONGEST]:
                        t[_LONGEST] = op
                    op += int(t[_CPU])
                    if op >> 30 or t[_SINCE]:
                        woken(o, int(t), start, time)
                    else:
                        t[_CPU] = op
                if hooked:
                    tell_end(node, kind, time)
            if why:
                break
        if why <= _LOOK:
            w[_CURRENT] = _NONE
        p[_RAN] = node
        if ordered == 2:
            self.order_left(order_at, ticks)
        if flags:
            pace = 0
            if why == _IDLE:
                pace = 1
                if hooked:
                    tell_end(_NONE, _IDLE, time)
            share(o, time, pace)
        return why
