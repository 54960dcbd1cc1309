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

from .layout import Block, Header, LOW, NONE, Slot, State, Status
from .on_cpython import const, micropython, ptr16, ptr32, ptr8

MAX_TICKS = const(0xFFFFFFFFF)  # 2**36 - 1: the range

# the block's layout: see slot.py, whose constants these are

# the most that a small int holds: one more, 2**30, is a lap of levels 0 to 4


@micropython.viper
def arm(a: int, node: int, fresh: int):
    """Link a node's timer into the list of its deadline.

    With `fresh` the record's deadline is in ticks from LAST, and becomes a time
    here; else it is one already, and the timer moves down.  Alloc: 0.
    """
    w = ptr32(a)
    r = a + Block.SLOTS + (node << Slot.BITS)
    n = ptr16(r)
    now = int(w[Header.NOW_LOW])
    lo = int(ptr32(r)[Slot.DEADLINE])
    hi = int(ptr8(r)[Slot.DEADLINE_HIGH])
    if fresh:
        if not hi:
            if lo < w[Header.SLACK]:
                w[Header.SLACK] = lo
        lo += now - LOW - 1  # in this order it stays within 31 bits
        if lo < 0:
            lo += LOW
            lo += 1
        else:
            hi += 1
        hi = (hi + w[Header.NOW_HIGH]) & 63
        ptr32(r)[Slot.DEADLINE] = lo
        ptr8(r)[Slot.DEADLINE_HIGH] = hi
        if not w[Header.ARMED] and w[Header.SEEN] == w[Header.PERIOD]:  # look before the next resume: see `burst`
            w[Header.SWITCHES] = (w[Header.SWITCHES] - w[Header.TO_LOOK]) & LOW
            w[Header.TO_LOOK] = 0
        w[Header.ARMED] = w[Header.ARMED] + 1
    differs = lo ^ now
    if hi != w[Header.NOW_HIGH] or lo < now:  # the latter: all but a lap of the highest level ahead
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
    n[Slot.TIMER_LIST] = where
    lists = ptr16(a + Block.TIMER_LISTS)
    first = int(lists[where])
    if first == NONE:
        lists[where] = node
        n[Slot.TIMER_NEXT] = node
        n[Slot.TIMER_PREVIOUS] = node
        bits = ptr8(a + Block.TIMER_MAP)
        bits[where >> 3] = bits[where >> 3] | (1 << (where & 7))
    else:
        f = ptr16(a + Block.SLOTS + (first << Slot.BITS))
        last = int(f[Slot.TIMER_PREVIOUS])
        n[Slot.TIMER_NEXT] = first
        n[Slot.TIMER_PREVIOUS] = last
        f[Slot.TIMER_PREVIOUS] = node
        ptr16(a + Block.SLOTS + (last << Slot.BITS))[Slot.TIMER_NEXT] = node


@micropython.viper
def disarm(a: int, node: int):
    """Take a node's timer out of the wheel; one that has none is left as it is.  Alloc: 0."""
    n = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    where = int(n[Slot.TIMER_LIST])
    if where != NONE:
        w = ptr32(a)
        n[Slot.TIMER_LIST] = NONE
        w[Header.ARMED] = w[Header.ARMED] - 1
        after = n[Slot.TIMER_NEXT]
        lists = ptr16(a + Block.TIMER_LISTS)
        if after == node:
            lists[where] = NONE
            bits = ptr8(a + Block.TIMER_MAP)
            bits[where >> 3] = bits[where >> 3] & (255 - (1 << (where & 7)))
        else:
            before = n[Slot.TIMER_PREVIOUS]
            ptr16(a + Block.SLOTS + (before << Slot.BITS))[Slot.TIMER_NEXT] = after
            ptr16(a + Block.SLOTS + (after << Slot.BITS))[Slot.TIMER_PREVIOUS] = before
            if lists[where] == node:
                lists[where] = after


@micropython.viper
def start(a: int, time: int):
    """Have the wheel go on from clock value `time`, if no timer is in it.  Alloc: 0."""
    w = ptr32(a)
    if not w[Header.ARMED]:
        w[Header.LAST] = time
        w[Header.SLACK] = w[Header.PERIOD] >> 2


@micropython.viper
def elapsed(a: int, time: int) -> int:
    """Ticks from the clock value in LAST to `time`; 0 where the clock went backwards.  Alloc: 0."""
    w = ptr32(a)
    ticks = time - w[Header.LAST]
    if ticks < 0:
        ticks += w[Header.PERIOD]
    if ticks >= w[Header.PERIOD] >> 1:
        ticks = 0
    return ticks


@micropython.viper
def ahead(a: int, deadline: int, time: int) -> int:
    """Ticks from clock value `time` on to clock value `deadline`.  Alloc: 0.

    A deadline that is past is negative; what lies more than half a period ahead is past.
    """
    period = ptr32(a)[Header.PERIOD]
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
    ticks = time - w[Header.LAST]
    if ticks < 0:
        ticks += w[Header.PERIOD]
    if ticks < w[Header.PERIOD] >> 1:  # else it went backwards: nothing is due, LAST stays
        w[Header.LAST] = time
        lists = ptr16(a + Block.TIMER_LISTS)
        bits = ptr8(a + Block.TIMER_MAP)
        now = int(w[Header.NOW_LOW])
        hi = int(w[Header.NOW_HIGH])
        held = NONE
        looking = 1
        while looking:
            # The next list that must be looked at: the lowest level that has one
            # comes first, because each level's lists end before the next level's begin.
            where = 0
            ahead = w[Header.PERIOD] >> 2  # with no list in reach, look again by then
            found = 0
            level = 0
            if not w[Header.ARMED]:
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
                            ahead = LOW - now + 1
                        where += 320
                        i = 64
                    i += 1
            if not found or ahead > ticks:
                # nothing more is due: the rest of the way is empty
                if found:
                    ahead -= ticks
                    if ahead > w[Header.PERIOD] >> 2:
                        ahead = w[Header.PERIOD] >> 2
                else:
                    ahead = w[Header.PERIOD] >> 2
                w[Header.SLACK] = ahead
                now += ticks - LOW - 1
                if now < 0:
                    now += LOW
                    now += 1
                else:
                    hi = (hi + 1) & 63
                looking = 0
                w[Header.NOW_LOW] = now
                w[Header.NOW_HIGH] = hi
            else:
                ticks -= ahead
                now += ahead - LOW - 1
                if now < 0:
                    now += LOW
                    now += 1
                else:
                    hi = (hi + 1) & 63
                w[Header.NOW_LOW] = now
                w[Header.NOW_HIGH] = hi
                w[Header.STEPS] = (w[Header.STEPS] + 1) & LOW
                node = int(lists[where])
                lists[where] = NONE
                bits[where >> 3] = bits[where >> 3] & (255 - (1 << (where & 7)))
                last = int(ptr16(a + Block.SLOTS + (node << Slot.BITS))[Slot.TIMER_PREVIOUS])
                ring = ptr16(a + w[Header.RING])
                tail = int(w[Header.TAIL])
                mask = int(w[Header.MASK])
                while node != NONE:
                    n = ptr16(a + Block.SLOTS + (node << Slot.BITS))
                    after = int(n[Slot.TIMER_NEXT])
                    # what is on level 0 is due; so may be what stood at the start of a higher list
                    if where > 63 and (
                        ptr32(n)[Slot.DEADLINE] != now or int(ptr8(n)[Slot.DEADLINE_HIGH]) != hi
                    ):
                        arm(a, node, 0)
                    else:
                        n[Slot.TIMER_LIST] = NONE
                        w[Header.ARMED] = w[Header.ARMED] - 1
                        state = int(n[0])
                        if state & 255 == State.WAIT:
                            if ptr32(n)[Slot.QUEUE_LOW] | ptr32(n)[Slot.QUEUE_HIGH]:
                                ptr8(n)[0] = State.DUE
                            else:
                                ptr8(n)[0] = State.RUN
                            ring[tail] = node
                            tail = (tail + 1) & mask
                        elif state & Status.PENDING:
                            held = node
                    if node == last:
                        node = NONE
                    else:
                        node = after
                w[Header.TAIL] = tail
        if held != NONE:
            r = a + Block.SLOTS + (held << Slot.BITS)
            ptr32(r)[Slot.DEADLINE] = 0
            ptr8(r)[Slot.DEADLINE_HIGH] = 0
            arm(a, held, 1)
