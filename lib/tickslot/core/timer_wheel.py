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

from .inline import (
    address_at,
    count_timer,
    link_timer,
    list_number,
    slot_at,
    ticks_since_last,
    unlink_lone_timer,
    wheel_starts,
)
from .layout import LOW, NONE, Block, Header, Slot, State, Status
from .on_cpython import const, micropython, ptr16, ptr32, ptr8

MAX_TICKS = const(0xFFFFFFFFF)  # 2**36 - 1: the range

# the block's layout: see slot.py, whose constants these are

# the most that a small int holds: one more, 2**30, is a lap of levels 0 to 4


@micropython.viper
def arm(base: int, node: int, fresh: int):
    """Put a node's timer into the list of its deadline.  Alloc: 0.

    With `fresh` the slot's deadline is in ticks from LAST, and becomes a time here; without it is
    a time already, and the timer moves down a level.
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    now = int(header[Header.NOW_LOW])
    low = int(ptr32(slot)[Slot.DEADLINE])
    high = int(ptr8(slot)[Slot.DEADLINE_HIGH])
    if fresh:
        if not high:
            if low < header[Header.SLACK]:
                header[Header.SLACK] = low
        low += now - LOW - 1  # in this order it stays within 31 bits
        if low < 0:
            low += LOW
            low += 1
        else:
            high += 1
        high = (high + header[Header.NOW_HIGH]) & 63
        ptr32(slot)[Slot.DEADLINE] = low
        ptr8(slot)[Slot.DEADLINE_HIGH] = high
        count_timer(header)
    differs = low ^ now
    number = 320 + high
    if high == header[Header.NOW_HIGH] and low >= now:  # else a lap of the highest level ahead
        number = 256 + (low >> 24)
        if differs < 16777216:
            number = 192 + (low >> 18 & 63)
            if differs < 262144:
                number = list_number(low, differs)
    link_timer(base, slot, node, number)


@micropython.viper
def disarm(base: int, node: int):
    """Take a node's timer out of the wheel; a node without one stays as it is.  Alloc: 0."""
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    number = int(slot[Slot.TIMER_LIST])
    if number != NONE:
        after = int(slot[Slot.TIMER_NEXT])
        if after == node:
            unlink_lone_timer(header, base, slot, number)
        else:
            slot[Slot.TIMER_LIST] = NONE
            header[Header.ARMED] = header[Header.ARMED] - 1
            before = int(slot[Slot.TIMER_PREVIOUS])
            ptr16(slot_at(base, before))[Slot.TIMER_NEXT] = after
            ptr16(slot_at(base, after))[Slot.TIMER_PREVIOUS] = before
            lists = ptr16(base + Block.TIMER_LISTS)
            if lists[number] == node:
                lists[number] = after


@micropython.viper
def start(base: int, time: int):
    """Have the wheel go on from clock value `time`, if no timer is in it.  Alloc: 0."""
    header = ptr32(base)
    if not header[Header.ARMED]:
        wheel_starts(header, time)


@micropython.viper
def elapsed(base: int, time: int) -> int:
    """Ticks from the clock value in LAST to `time`; 0 where the clock went backwards.  Alloc: 0."""
    header = ptr32(base)
    return ticks_since_last(header, time)


@micropython.viper
def ahead(base: int, deadline: int, time: int) -> int:
    """Ticks from clock value `time` on to clock value `deadline`.  Alloc: 0.

    A deadline that is past is negative; what lies more than half a period ahead is past.
    """
    period = ptr32(base)[Header.PERIOD]
    ticks = deadline - time
    if ticks < 0:
        ticks += period
    if ticks >= period >> 1:
        ticks -= period
    return ticks


@micropython.viper
def expire(base: int, time: int):
    """Bring the wheel to clock value `time` and make ready, in order, what was due by then.

    A parked node whose deadline came is DUE if it waited for something else
    too: it gets TIMEOUT when it runs, unless a value comes until then.  One that
    was woken before stays as it is: a ready value beats a deadline.  The task
    that runs, between its call and its `yield`, is due when it has yielded.  Alloc: 0.
    """
    header = ptr32(base)
    ticks = time - header[Header.LAST]
    if ticks < 0:
        ticks += header[Header.PERIOD]
    if ticks < header[Header.PERIOD] >> 1:  # else it went backwards: nothing is due, LAST stays
        header[Header.LAST] = time
        lists = ptr16(base + Block.TIMER_LISTS)
        bits = ptr8(base + Block.TIMER_MAP)
        now = int(header[Header.NOW_LOW])
        high = int(header[Header.NOW_HIGH])
        held = NONE
        looking = 1
        while looking:
            # The next list that must be looked at: the lowest level that has one
            # comes first, because each level's lists end before the next level's begin.
            number = 0
            ahead = header[Header.PERIOD] >> 2  # with no list in reach, look again by then
            found = 0
            level = 0
            if not header[Header.ARMED]:
                level = 6
            while level < 5:
                shift = level * 6
                i = now >> shift & 63
                if level:
                    i += 1  # above level 0 the list of the current digit has been moved down
                while i < 64:
                    byte = bits[(level << 3) + (i >> 3)] >> (i & 7)
                    if not byte:
                        i = (i | 7) + 1
                    else:
                        while not byte & 1:
                            byte = byte >> 1
                            i += 1
                        found = 1
                        number = (level << 6) + i
                        # the list's first tick, less the time: the lower digits are 0
                        ahead = ((i - (now >> shift & 63)) << shift) - (now & ((1 << shift) - 1))
                        i = 64
                        level = 5
                level += 1
            if level == 5:
                i = 1
                while i <= 64:  # level 5 is a circle: its own digit comes last
                    number = (high + i) & 63
                    if bits[40 + (number >> 3)] >> (number & 7) & 1:
                        if i == 1:
                            found = 1
                            ahead = LOW - now + 1
                        number += 320
                        i = 64
                    i += 1
            step = ahead
            if not found or ahead > ticks:  # nothing more is due: the rest of the way is empty
                ahead -= ticks
                if not found or ahead > header[Header.PERIOD] >> 2:
                    ahead = header[Header.PERIOD] >> 2
                header[Header.SLACK] = ahead
                step = ticks
                looking = 0
            ticks -= step
            now += step - LOW - 1
            if now < 0:
                now += LOW
                now += 1
            else:
                high = (high + 1) & 63
            header[Header.NOW_LOW] = now
            header[Header.NOW_HIGH] = high
            if looking:
                header[Header.STEPS] = (header[Header.STEPS] + 1) & LOW
                node = int(lists[number])
                lists[number] = NONE
                bits[number >> 3] = bits[number >> 3] & (255 - (1 << (number & 7)))
                last = int(ptr16(slot_at(base, node))[Slot.TIMER_PREVIOUS])
                ring = ptr16(base + header[Header.RING])
                tail = int(header[Header.TAIL])
                mask = int(header[Header.MASK])
                while node != NONE:
                    slot = ptr16(slot_at(base, node))
                    after = int(slot[Slot.TIMER_NEXT])
                    # what is on level 0 is due; so may be what stood at the start of a higher list
                    if number > 63 and (
                        ptr32(slot)[Slot.DEADLINE] != now
                        or int(ptr8(slot)[Slot.DEADLINE_HIGH]) != high
                    ):
                        arm(base, node, 0)
                    else:
                        slot[Slot.TIMER_LIST] = NONE
                        header[Header.ARMED] = header[Header.ARMED] - 1
                        state = int(slot[0])
                        if state & 255 == State.WAIT:
                            if address_at(ptr32(slot), Slot.QUEUE_LOW):
                                ptr8(slot)[0] = State.DUE
                            else:
                                ptr8(slot)[0] = State.RUN
                            ring[tail] = node
                            tail = (tail + 1) & mask
                        elif state & Status.PENDING:
                            held = node
                    if node == last:
                        node = NONE
                    else:
                        node = after
                header[Header.TAIL] = tail
        if held != NONE:
            slot = ptr16(slot_at(base, held))
            ptr32(slot)[Slot.DEADLINE] = 0
            ptr8(slot)[Slot.DEADLINE_HIGH] = 0
            arm(base, held, 1)
