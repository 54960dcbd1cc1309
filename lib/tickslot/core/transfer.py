"""How an item moves through a channel; channel.py says who owns it.

An index of a list costs 2 us on an RP2040, so references are moved as words, in the memory of the
store and of the channel's cells.
"""

from .inline import (
    address_at,
    copy_reference,
    ready_push,
    slot_at,
    wait_first,
    wait_no_more,
    wake_alone,
)
from .layout import (
    LOW,
    NONE,
    REFERENCE_BITS,
    WIDE,
    ChannelBlock,
    Header,
    Op,
    Slot,
    State,
    Status,
    Store,
    Why,
)
from .on_cpython import inline, ptr16, ptr32
from .wait_queue import enqueue, wake


@inline
def transfer_alone(header, base, slot, node, op, ring, mask, values, nothing, none, no_node):
    """Do a send or recv where no other node waits at this end of an open channel: the usual case.

    0: done.  PARKED: the node waits.  `op`: nothing was done, `channel_transfer` must do it.  It
    moves references of one word: on 64 bits it does nothing.
    """
    left = op
    chan = ptr32(op & -8)
    if not WIDE and not (
        int(slot[Slot.STATUS]) & Status.MUST_NOT_WAIT | chan[ChannelBlock.OWNER] ^ base
    ):
        queues = ptr16(int(chan))
        cell = ptr32(values + (node << REFERENCE_BITS))
        count = int(chan[ChannelBlock.COUNT])
        if op & Op.RECV:
            if count:
                if not int(queues[ChannelBlock.SENDERS]) ^ no_node:
                    place = int(chan[ChannelBlock.FIRST])
                    item = ptr32(chan[ChannelBlock.CELLS] + (place << REFERENCE_BITS))
                    cell[0] = item[0]
                    place += 1
                    if not place ^ chan[ChannelBlock.CAPACITY]:
                        place = 0
                    chan[ChannelBlock.FIRST] = place
                    chan[ChannelBlock.COUNT] = count - 1
                    left = 0
            elif not (
                int(queues[ChannelBlock.RECEIVERS]) ^ no_node
                | chan[ChannelBlock.STATE] & ChannelBlock.SHUT
            ):
                place = int(chan)
                wait_first(slot, node, place)
                slot[Slot.STATUS] = State.WAIT
                left = Why.PARKED
        else:
            item = ptr32(chan[ChannelBlock.CELLS] - 4)  # the item lies before the buffer
            place = int(queues[ChannelBlock.RECEIVERS])
            if place ^ no_node:  # here: the node that waits for an item
                other = ptr16(slot_at(base, place))
                if not (int(other[Slot.STATUS]) ^ State.WAIT | int(other[Slot.WAIT_NEXT]) ^ place):
                    ptr32(values + (place << REFERENCE_BITS))[0] = item[0]
                    other[Slot.STATUS] = State.READY
                    left = int(chan)
                    wait_no_more(other, left)
                    ready_push(header, ring, mask, place)
                    left = 0
            elif (
                not chan[ChannelBlock.STATE] & ChannelBlock.SHUT
                and count ^ chan[ChannelBlock.CAPACITY]
            ):
                left = count + 1
                place = left + chan[ChannelBlock.FIRST]
                if place > chan[ChannelBlock.CAPACITY]:
                    place -= chan[ChannelBlock.CAPACITY]
                item[place] = item[0]
                if not count ^ chan[ChannelBlock.HIGH]:
                    chan[ChannelBlock.HIGH] = left
                chan[ChannelBlock.COUNT] = left
                left = 0
            cell[0] = nothing[1]  # True
        if not left:
            item[0] = none
            slot[Slot.STATUS] = State.READY
    return left


@inline
def cells_of(chan):
    """The address of a channel's buffer; the item to send lies before it."""
    return (
        chan[ChannelBlock.CELLS] | chan[ChannelBlock.STATE] >> 8 << 32
        if WIDE
        else chan[ChannelBlock.CELLS]
    )


@inline
def transfer(base, node, op):
    """Do a recv from a channel, or a send to it.  Returns as `dispatch` does.

    OUTSIDE is the node for code that cannot wait: ODD if it would have to.

    Each case is these three moves; some move a word onto itself:

        target <- source    the item
        source <- refill    what takes its place: None, or the item of a sender that waited
        thanks <- answer    True for the node whose item was taken; or CLOSED
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    chan = ptr32(op & -8)
    values = int(address_at(header, Header.STORE_LOW))
    cells = int(cells_of(chan))
    mine = values + (node << REFERENCE_BITS)
    refill = values + (int(header[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS)
    answer = refill + (1 << REFERENCE_BITS)  # True
    thanks = answer
    target = mine
    queue = 0
    other = NONE
    count = int(chan[ChannelBlock.COUNT])
    first = int(chan[ChannelBlock.FIRST])
    result = Why.DONE
    if op & 7 == Op.RECV:
        source = cells + (first << REFERENCE_BITS)
        if count:
            first += 1
            if first == chan[ChannelBlock.CAPACITY]:
                first = 0
            chan[ChannelBlock.FIRST] = first
            other = int(ptr16(int(chan))[ChannelBlock.SENDERS])
            if other == NONE:
                chan[ChannelBlock.COUNT] = count - 1
            else:  # the sender that has waited the longest: its item takes the free place
                refill = values + (other << REFERENCE_BITS)
                thanks = refill
        else:
            source = refill
            if chan[ChannelBlock.STATE] & ChannelBlock.SHUT:
                answer += 1 << REFERENCE_BITS  # CLOSED
                thanks = mine
            else:
                queue = op - Op.RECV
    else:
        capacity = int(chan[ChannelBlock.CAPACITY])
        source = cells - (1 << REFERENCE_BITS)  # the item lies before the buffer
        if node == header[Header.OUTSIDE]:
            source -= 1 << REFERENCE_BITS
        thanks = mine
        other = int(ptr16(int(chan))[ChannelBlock.RECEIVERS])
        if other != NONE:
            target = values + (other << REFERENCE_BITS)  # to the one that has waited the longest
        elif chan[ChannelBlock.STATE] & ChannelBlock.SHUT:
            answer += 1 << REFERENCE_BITS
        elif count < capacity:
            first += count
            if first >= capacity:
                first -= capacity
            count += 1
            chan[ChannelBlock.COUNT] = count
            if count > chan[ChannelBlock.HIGH]:
                chan[ChannelBlock.HIGH] = count
            target = cells + (first << REFERENCE_BITS)
        elif chan[ChannelBlock.STATE] & ChannelBlock.DROP_OLDEST:
            target = cells + (first << REFERENCE_BITS)
            first += 1
            if first == capacity:
                first = 0
            chan[ChannelBlock.FIRST] = first
            chan[ChannelBlock.DROPPED] = (chan[ChannelBlock.DROPPED] + 1) & LOW
        else:
            thanks = answer
            queue = op
    if queue:
        result = Why.PARKED
        if node == header[Header.OUTSIDE]:
            result = Why.ODD
            thanks = mine
    copy_reference(ptr32(target), ptr32(source))
    copy_reference(ptr32(source), ptr32(refill))
    copy_reference(ptr32(thanks), ptr32(answer))
    if result == Why.DONE:
        slot[Slot.STATUS] = State.READY
        if other != NONE:
            slot = ptr16(slot_at(base, other))
            if slot[Slot.STATUS] == State.WAIT and slot[Slot.WAIT_NEXT] == other:
                queue = int(address_at(ptr32(slot), Slot.QUEUE_LOW))
                wake_alone(header, base, slot, other, queue)
            else:
                wake(base, other, State.READY)
    elif result == Why.PARKED:
        if ptr16(queue)[0] == NONE:
            wait_first(slot, node, queue)
        else:
            enqueue(base, node, queue)
        slot[Slot.STATUS] = State.WAIT
    return result
