"""The hierarchical timer wheel: 6 levels of 64 lists, one tick at the lowest.

Guarantees
 * insert and cancel are O(1) and leave nothing behind; nothing allocates;
 * a timer never fires early, whatever the clock does; equal deadlines fire in
   the order in which they were armed;
 * range 2**36 - 1 ticks ahead, across every wrap of the clock;
 * an empty stretch is skipped by bitmap: the steps that `expire` takes are
   bounded by the timers there are (6 a timer), not by the ticks that passed.

Time here is 36 bits, as 30 low and 6 high ones, so that no int passes the 31
bits of a small int on a board.  A timer lives on the level of the highest
6-bit digit in which its deadline differs from the wheel's time; when the time
reaches the start of its list, `expire` moves the list's timers further down,
and fires them at level 0.  After Varghese and Lauck, "Hashed and hierarchical
timing wheels" (1987), scheme 6.

A clock that goes backwards stands still here: the wheel's time goes on only
when the clock has passed where it was.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

MAX_TICKS = const(0xFFFFFFFFF)  # 2**36 - 1: the range

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_MAP_AT = const(128)
_LISTS_AT = const(192)
_RUN = const(0)
_WAIT = const(2)
_DUE = const(5)
_LAST = const(0)
_SLACK = const(1)
_NOW_LO = const(2)
_NOW_HI = const(3)
_PERIOD = const(4)
_ARMED = const(5)
_PENDING = const(0x900)  # the flags TIMED and ASLEEP, in state and flags read as one
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_SWITCHES = const(13)
_SEEN = const(15)
_TO_LOOK = const(30)
_STEPS = const(12)  # lists that `expire` has handled so far, modulo 2**30
_TIMER_NEXT = const(2)
_TIMER_PREVIOUS = const(3)
_WHERE = const(7)
_DEADLINE = const(2)
_QUEUE_LO = const(5)
_QUEUE_HI = const(6)
_DEADLINE_HI = const(12)

# the most that a small int holds: one more, 2**30, is a lap of levels 0 to 4
_LOW = const(0x3FFFFFFF)


@micropython.viper
def arm(a: int, node: int, fresh: int):
    """Link a node's timer into the list of its deadline.

    With `fresh` the record's deadline is in ticks from LAST, and becomes a time
    here; else it is one already, and the timer moves down.  Alloc: 0.
    """
    w = ptr32(a)
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    n = ptr16(r)
    now = int(w[_NOW_LO])
    lo = int(ptr32(r)[_DEADLINE])
    hi = int(ptr8(r)[_DEADLINE_HI])
    if fresh:
        if not hi:
            if lo < w[_SLACK]:
                w[_SLACK] = lo
        lo += now - _LOW - 1  # in this order it stays within 31 bits
        if lo < 0:
            lo += _LOW
            lo += 1
        else:
            hi += 1
        hi = (hi + w[_NOW_HI]) & 63
        ptr32(r)[_DEADLINE] = lo
        ptr8(r)[_DEADLINE_HI] = hi
        if not w[_ARMED] and w[_SEEN] == w[_PERIOD]:  # look before the next resume: see `burst`
            w[_SWITCHES] = (w[_SWITCHES] - w[_TO_LOOK]) & _LOW
            w[_TO_LOOK] = 0
        w[_ARMED] = w[_ARMED] + 1
    differs = lo ^ now
    if hi != w[_NOW_HI] or lo < now:  # the latter: all but a lap of the highest level ahead
        where = 320 + hi
    elif differs < 64:
        where = lo & 63
    elif differs < 4096:
        where = 64 + ((lo >> 6) & 63)
    elif differs < 262144:
        where = 128 + ((lo >> 12) & 63)
    elif differs < 16777216:
        where = 192 + ((lo >> 18) & 63)
    else:
        where = 256 + (lo >> 24)
    n[_WHERE] = where
    lists = ptr16(a + _LISTS_AT)
    first = int(lists[where])
    if first == _NONE:
        lists[where] = node
        n[_TIMER_NEXT] = node
        n[_TIMER_PREVIOUS] = node
        bits = ptr8(a + _MAP_AT)
        bits[where >> 3] = bits[where >> 3] | (1 << (where & 7))
    else:
        f = ptr16(a + _SLOTS_AT + (first << _RECORD_BITS))
        last = int(f[_TIMER_PREVIOUS])
        n[_TIMER_NEXT] = first
        n[_TIMER_PREVIOUS] = last
        f[_TIMER_PREVIOUS] = node
        ptr16(a + _SLOTS_AT + (last << _RECORD_BITS))[_TIMER_NEXT] = node


@micropython.viper
def disarm(a: int, node: int):
    """Take a node's timer out of the wheel; one that has none is left as it is.  Alloc: 0."""
    n = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    where = int(n[_WHERE])
    if where != _NONE:
        w = ptr32(a)
        n[_WHERE] = _NONE
        w[_ARMED] = w[_ARMED] - 1
        after = n[_TIMER_NEXT]
        lists = ptr16(a + _LISTS_AT)
        if after == node:
            lists[where] = _NONE
            bits = ptr8(a + _MAP_AT)
            bits[where >> 3] = bits[where >> 3] & (255 - (1 << (where & 7)))
        else:
            before = n[_TIMER_PREVIOUS]
            ptr16(a + _SLOTS_AT + (before << _RECORD_BITS))[_TIMER_NEXT] = after
            ptr16(a + _SLOTS_AT + (after << _RECORD_BITS))[_TIMER_PREVIOUS] = before
            if lists[where] == node:
                lists[where] = after


@micropython.viper
def start(a: int, time: int):
    """Have the wheel go on from clock value `time`, if no timer is in it.  Alloc: 0."""
    w = ptr32(a)
    if not w[_ARMED]:
        w[_LAST] = time
        w[_SLACK] = w[_PERIOD] >> 2


@micropython.viper
def elapsed(a: int, time: int) -> int:
    """Ticks from the clock value in LAST to `time`; 0 where the clock went backwards.  Alloc: 0."""
    w = ptr32(a)
    ticks = time - w[_LAST]
    if ticks < 0:
        ticks += w[_PERIOD]
    if ticks >= w[_PERIOD] >> 1:
        ticks = 0
    return ticks


@micropython.viper
def ahead(a: int, deadline: int, time: int) -> int:
    """Ticks from clock value `time` on to clock value `deadline`.  Alloc: 0.

    A deadline that is past is negative; what lies more than half a period ahead is past.
    """
    period = ptr32(a)[_PERIOD]
    ticks = deadline - time
    if ticks < 0:
        ticks += period
    if ticks >= period >> 1:
        ticks -= period
    return ticks


@micropython.viper
def expire(a: int, time: int):
    """Bring the wheel to clock value `time` and make ready, in order, what was due by then.

    A parked node whose deadline came is DUE if it waited for something else
    too: it gets TIMEOUT when it runs, unless a value comes until then.  One that
    was woken before stays as it is: a ready value beats a deadline.  The task
    that runs, between its call and its `yield`, is due when it has yielded.  Alloc: 0.
    """
    w = ptr32(a)
    ticks = time - w[_LAST]
    if ticks < 0:
        ticks += w[_PERIOD]
    if ticks < w[_PERIOD] >> 1:  # else it went backwards: nothing is due, LAST stays
        w[_LAST] = time
        lists = ptr16(a + _LISTS_AT)
        bits = ptr8(a + _MAP_AT)
        now = int(w[_NOW_LO])
        hi = int(w[_NOW_HI])
        held = _NONE
        looking = 1
        while looking:
            # The next list that must be looked at: the lowest level that has one
            # comes first, because each level's lists end before the next level's begin.
            where = 0
            ahead = w[_PERIOD] >> 2  # with no list in reach, look again by then
            found = 0
            level = 0
            if not w[_ARMED]:
                level = 6
            while level < 5:
                shift = level * 6
                i = now >> shift & 63
                if level:
                    i += 1  # above level 0 the list of the current digit has been moved down
                while i < 64:
                    b = bits[(level << 3) + (i >> 3)] >> (i & 7)
                    if not b:
                        i = (i | 7) + 1
                    else:
                        while not b & 1:
                            b = b >> 1
                            i += 1
                        found = 1
                        where = (level << 6) + i
                        # the list's first tick, less the time: the lower digits are 0
                        ahead = ((i - (now >> shift & 63)) << shift) - (now & ((1 << shift) - 1))
                        i = 64
                        level = 5
                level += 1
            if level == 5:
                i = 1
                while i <= 64:  # level 5 is a circle: its own digit comes last
                    where = (hi + i) & 63
                    if bits[40 + (where >> 3)] >> (where & 7) & 1:
                        if i == 1:
                            found = 1
                            ahead = _LOW - now + 1
                        where += 320
                        i = 64
                    i += 1
            if not found or ahead > ticks:
                # nothing more is due: the rest of the way is empty
                if found:
                    ahead -= ticks
                    if ahead > w[_PERIOD] >> 2:
                        ahead = w[_PERIOD] >> 2
                else:
                    ahead = w[_PERIOD] >> 2
                w[_SLACK] = ahead
                now += ticks - _LOW - 1
                if now < 0:
                    now += _LOW
                    now += 1
                else:
                    hi = (hi + 1) & 63
                looking = 0
                w[_NOW_LO] = now
                w[_NOW_HI] = hi
            else:
                ticks -= ahead
                now += ahead - _LOW - 1
                if now < 0:
                    now += _LOW
                    now += 1
                else:
                    hi = (hi + 1) & 63
                w[_NOW_LO] = now
                w[_NOW_HI] = hi
                w[_STEPS] = (w[_STEPS] + 1) & _LOW
                node = int(lists[where])
                lists[where] = _NONE
                bits[where >> 3] = bits[where >> 3] & (255 - (1 << (where & 7)))
                last = int(ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))[_TIMER_PREVIOUS])
                ring = ptr16(a + w[_RING])
                tail = int(w[_TAIL])
                mask = int(w[_MASK])
                while node != _NONE:
                    n = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
                    after = int(n[_TIMER_NEXT])
                    # what is on level 0 is due; so may be what stood at the start of a higher list
                    if where > 63 and (
                        ptr32(n)[_DEADLINE] != now or int(ptr8(n)[_DEADLINE_HI]) != hi
                    ):
                        arm(a, node, 0)
                    else:
                        n[_WHERE] = _NONE
                        w[_ARMED] = w[_ARMED] - 1
                        state = int(n[0])
                        if state & 255 == _WAIT:
                            if ptr32(n)[_QUEUE_LO] | ptr32(n)[_QUEUE_HI]:
                                ptr8(n)[0] = _DUE
                            else:
                                ptr8(n)[0] = _RUN
                            ring[tail] = node
                            tail = (tail + 1) & mask
                        elif state & _PENDING:
                            held = node
                    if node == last:
                        node = _NONE
                    else:
                        node = after
                w[_TAIL] = tail
        if held != _NONE:
            r = a + _SLOTS_AT + (held << _RECORD_BITS)
            ptr32(r)[_DEADLINE] = 0
            ptr8(r)[_DEADLINE_HI] = 0
            arm(a, held, 1)
