"""The hierarchical timer wheel: 6 levels of 64 lists, one tick at the lowest.

Guarantees
 * to insert and to cancel takes O(1) and leaves nothing behind; nothing allocates;
 * a timer never fires early, whatever the clock does; equal deadlines fire in the order in which
   they were armed;
 * the range is 2**36 - 1 ticks, across every wrap of the clock;
 * a bitmap shows empty lists: `expire` takes at most 6 steps a timer, however many ticks passed.

The wheel's time has 36 bits, 30 low and 6 high ones, so that each int is a small int on a board.  A
timer is on the level of the highest 6-bit digit in which its deadline differs from the wheel's
time.  When the time reaches the start of a list, `expire` moves the list's timers to lower levels;
on level 0 it fires them.  After Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987),
scheme 6.

If the clock goes backwards, the wheel's time stops until the clock has passed its old value.
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


@micropython.viper
def arm(base: int, node: int, fresh: int):
    """Put a node's timer into the list of its deadline.  Alloc: 0.

    With `fresh` the slot's deadline is in ticks from LAST, and becomes a time here.  Otherwise it
    is a time already, and the timer moves to a lower level.
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
    if high == header[Header.NOW_HIGH] and low >= now:  # else it is on level 5
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
    """Start the wheel at clock value `time`, if it is empty.  Alloc: 0."""
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
    """Ticks from clock value `time` to clock value `deadline`; negative if it is past.  Alloc: 0.

    A deadline more than half a period ahead is past.
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
    """Set the wheel to clock value `time`, and make the nodes ready that are due, in order.

    A parked node that is due becomes DUE if it is in a wait queue: it gets TIMEOUT when it runs,
    unless a value comes before.  A node that was woken before stays as it is: a ready value beats
    a deadline.  The running task, between a call and its `yield`, is due after that.  Alloc: 0.
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
            # Find the next list to handle.  The lowest level that has one comes first, because
            # each level's lists end before the next level's begin.
            number = 0
            ahead = header[Header.PERIOD] >> 2  # without a list in reach, look again then
            found = 0
            level = 0
            if not header[Header.ARMED]:
                level = 6
            while level < 5:
                shift = level * 6
                i = now >> shift & 63
                if level:
                    i += 1  # above level 0 the list of the current digit was moved down before
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
            if not found or ahead > ticks:  # nothing more is due
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
                    # a timer on level 0 is due; one of a higher list may be due at its start
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
