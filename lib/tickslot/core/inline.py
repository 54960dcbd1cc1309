"""Inline functions: tools/expand.py puts the body in place of each call.

A call of a viper function costs 6 us on an RP2040; these calls cost nothing.  Each function writes
a few words in an order that matters, and so the step is written once, here.

header  the scheduler's words, a ptr32    base  the same as a number: the address of its block
node    the number of a slot              slot  that slot's record, a ptr16
"""

from .layout import (
    LOW,
    NODE_MASK,
    NONE,
    WIDE,
    Block,
    Handle,
    Header,
    ObserverBlock,
    Record,
    Slot,
    State,
)
from .on_cpython import inline, ptr8, ptr16, ptr32


# -- addresses and references ----------------------------------------------------


@inline
def address_at(words, index):
    """The address in the 32-bit word `index` of `words`, and on 64 bits in the next."""
    return words[index] | words[index + 1] << 32 if WIDE else words[index]


@inline
def put_address(words, index, address):
    """Write an address into the 32-bit word `index`, and on 64 bits into the next."""
    words[index] = address
    if WIDE:
        words[index + 1] = address >> 32


@inline
def slot_at(base, node):
    """The address of a node's slot."""
    return base + Block.SLOTS + (node << Slot.BITS)


@inline
def copy_reference(target, source):
    """Copy a reference; both are places in a store, as ptr32.

    Copy whole references only: another thread may collect garbage between two copies.
    """
    target[0] = source[0]
    if WIDE:
        target[1] = source[1]


# -- the ready ring and wait queues ------------------------------------------------


@inline
def ready_push(header, ring, mask, node):
    """Put a node at the tail of the ready ring.

    The ring cannot be full: it has a place for every node, and a node is in it at most once.
    """
    tail = int(header[Header.TAIL])
    ring[tail] = node
    header[Header.TAIL] = (tail + 1) & mask


@inline
def ready_append(base, header, node):
    """`ready_push` for callers that have the ring's address and mask only in the header."""
    tail = int(header[Header.TAIL])
    ptr16(base + header[Header.RING])[tail] = node
    header[Header.TAIL] = (tail + 1) & header[Header.MASK]


@inline
def link_last(base, slot, node, first, following, previous):
    """Link a node after the last one of a circle of slots that begins with `first`."""
    head = ptr16(slot_at(base, first))
    last = int(head[previous])
    slot[following] = first
    slot[previous] = last
    head[previous] = node
    ptr16(slot_at(base, last))[following] = node


@inline
def wait_first(slot, node, queue):
    """Put a node into a wait queue that is empty."""
    ptr16(queue)[0] = node
    slot[Slot.WAIT_NEXT] = node
    slot[Slot.WAIT_PREVIOUS] = node
    put_address(ptr32(slot), Slot.QUEUE_LOW, queue)


@inline
def wait_no_more(slot, queue):
    """Take a node out of a wait queue in which it is alone."""
    ptr16(queue)[0] = NONE
    put_address(ptr32(slot), Slot.QUEUE_LOW, 0)


@inline
def wake_alone(header, base, slot, node, queue):
    """`wake` with State.READY, for a node that is alone in this queue and does not select."""
    slot[Slot.STATUS] = State.READY
    wait_no_more(slot, queue)
    ready_append(base, header, node)


@inline
def leave_queue(base, slot, node, queue):
    """Take a node out of its wait queue, from any place in it."""
    after = int(slot[Slot.WAIT_NEXT])
    if after == node:
        ptr16(queue)[0] = NONE
    else:
        before = int(slot[Slot.WAIT_PREVIOUS])
        ptr16(slot_at(base, before))[Slot.WAIT_NEXT] = after
        ptr16(slot_at(base, after))[Slot.WAIT_PREVIOUS] = before
        if ptr16(queue)[0] == node:
            ptr16(queue)[0] = after
    put_address(ptr32(slot), Slot.QUEUE_LOW, 0)


# -- timers --------------------------------------------------------------------------


@inline
def wheel_starts(header, time):
    """Start the wheel, which is empty, at clock value `time`."""
    header[Header.LAST] = time
    header[Header.SLACK] = header[Header.PERIOD] >> 2


@inline
def ticks_since_last(header, time):
    """Ticks from the clock value in LAST to `time`; 0 where the clock went backwards."""
    ticks = time - header[Header.LAST]
    if ticks < 0:
        ticks += header[Header.PERIOD]
    if ticks >= header[Header.PERIOD] >> 1:
        ticks = 0
    return ticks


@inline
def ticks_from_last(header, time, delay):
    """Ticks from LAST to `delay` ticks after clock value `time`.  An empty wheel starts there."""
    ticks = delay
    if header[Header.ARMED]:
        passed = time - header[Header.LAST]
        if passed < 0:
            passed += header[Header.PERIOD]
        if passed < header[Header.PERIOD] >> 1:  # else the clock went backwards
            ticks += passed
    else:
        wheel_starts(header, time)
    return ticks


@inline
def list_number(time, differs):
    """The list, on the wheel's levels 0 to 2, of a timer that is due at `time`.

    `differs` is `time` ^ now: its highest 6-bit digit that is not 0 gives the level.
    """
    if differs < 64:
        number = time & 63
    elif differs < 4096:
        number = 64 + (time >> 6 & 63)
    else:
        number = 128 + (time >> 12 & 63)
    return number


@inline
def link_timer(base, slot, node, number):
    """Put a node at the end of the wheel's list of this number."""
    slot[Slot.TIMER_LIST] = number
    lists = ptr16(base + Block.TIMER_LISTS)
    first = int(lists[number])
    if first == NONE:
        lists[number] = node
        slot[Slot.TIMER_NEXT] = node
        slot[Slot.TIMER_PREVIOUS] = node
        bits = ptr8(base + Block.TIMER_MAP)
        bits[number >> 3] = bits[number >> 3] | (1 << (number & 7))
    else:
        link_last(base, slot, node, first, Slot.TIMER_NEXT, Slot.TIMER_PREVIOUS)


@inline
def unlink_lone_timer(header, base, slot, number):
    """Take a node out of the wheel's list of this number, in which it is alone."""
    slot[Slot.TIMER_LIST] = NONE
    header[Header.ARMED] = header[Header.ARMED] - 1
    ptr16(base + Block.TIMER_LISTS)[number] = NONE
    bits = ptr8(base + Block.TIMER_MAP + (number >> 3))
    bits[0] = bits[0] & (255 - (1 << (number & 7)))


@inline
def count_timer(header):
    """Count a new timer in the wheel.  The first one makes the run loop look at the clock."""
    if not header[Header.ARMED] and header[Header.SEEN] == header[Header.PERIOD]:
        look_at_once(header)
    header[Header.ARMED] = header[Header.ARMED] + 1


@inline
def look_at_once(header):
    """Make the run loop look at the clock before the next resume."""
    header[Header.SWITCHES] = (header[Header.SWITCHES] - header[Header.TO_LOOK]) & LOW
    header[Header.TO_LOOK] = 0


# -- slots and handles ------------------------------------------------------------------


@inline
def slot_is_free(header, base, kind, slot, node):
    """Put a slot at the end of the free list at header word `kind`.

    A new task takes the first free slot: so a slot is used again as late as possible.
    """
    slot[Slot.STATUS] = State.FREE
    slot[Slot.GENERATION] = (slot[Slot.GENERATION] + 1) & NODE_MASK
    ptr8(slot)[Slot.PRIORITY] = 0
    slot[Slot.WAIT_NEXT] = NONE
    if header[kind] == NONE:
        header[kind] = node
    else:
        ptr16(slot_at(base, header[kind + 1]))[Slot.WAIT_NEXT] = node
    header[kind + 1] = node
    header[Header.LIVE] = header[Header.LIVE] - 1


@inline
def handle_is_free(header, handles, handle):
    """Put a handle at the end of the list of free handles."""
    ptr16(handles + (header[Header.LAST_HANDLE] << 3))[Handle.NEXT_FREE] = handle
    header[Header.LAST_HANDLE] = handle


@inline
def take_handle(header, handles, slot, node):
    """Give a node the first free handle.  Returns the handle's number."""
    handle = int(header[Header.FREE_HANDLE])
    words = ptr16(handles + (handle << 3))
    header[Header.FREE_HANDLE] = words[Handle.NEXT_FREE]
    ptr32(words)[0] = (slot[Slot.GENERATION] << 14) | node
    ptr16(handles + (node << 3))[Handle.OF_NODE] = handle
    return handle


# -- traces -------------------------------------------------------------------------------


@inline
def put_record(observer, records, time, who, what):
    """Write a record to the next place of the trace; `records` is the address of the first."""
    place = int(observer[ObserverBlock.NEXT])
    record = ptr32(records + place * Record.BYTES)
    record[Record.TIME] = time
    record[Record.WHO] = who
    record[Record.WHAT] = what
    place += 1
    if not place ^ observer[ObserverBlock.PLACES]:
        place = 0
        observer[ObserverBlock.LAPS] = observer[ObserverBlock.LAPS] + 1
    observer[ObserverBlock.NEXT] = place
