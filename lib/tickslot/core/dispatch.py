"""What the run loop does with an operation that a task yielded, and with a task that returned.

These are the bodies of `dispatch` and `retire` in run_loop.py, which says why.
"""

from .inline import (
    address_at,
    copy_reference,
    handle_is_free,
    slot_at,
    slot_is_free,
    wait_first,
    wake_alone,
)
from .layout import (
    LOW,
    MEMBER,
    NODE_MASK,
    NONE,
    REFERENCE_BITS,
    Begun,
    ChannelBlock,
    EventBlock,
    Handle,
    Header,
    Op,
    Slot,
    State,
    Status,
    Store,
    Why,
)
from .on_cpython import const, inline, ptr16, ptr32
from .transfer import cells_of
from .wait_queue import enqueue, wake

_FOREIGN = const(8)  # an operation of another scheduler's event


@inline
def perform(base, node, op, operation, channel_transfer):
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a reason to stop (Why).

    `channel_transfer`: the function in run_loop.py.
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    kind = op & 7
    parked = Begun.WAITS
    if kind == Op.FAILED:
        result = Why.ENDED
    elif kind <= Op.SEND:
        chan = ptr32(op & -8)
        if (chan[ChannelBlock.OWNER] ^ base) & LOW | slot[Slot.STATUS] & Status.MUST_NOT_WAIT:
            if kind == Op.SEND:  # the item stays with its sender
                values = int(address_at(header, Header.STORE_LOW))
                item = ptr32(int(cells_of(chan)) - (1 << REFERENCE_BITS))
                outside = int(header[Header.OUTSIDE])
                none = ptr32(values + (outside + Store.NONE << REFERENCE_BITS))
                copy_reference(item, none)
            result = Why.ODD
        else:
            result = int(channel_transfer(base, node, op))
    elif slot[Slot.STATUS] & Status.MUST_NOT_WAIT:
        result = Why.ODD
    else:
        if kind == Op.JOIN:
            other = ptr32(slot_at(base, int(header[Header.OUTSIDE]) + 1) + (op & -8))[0]
            queue = slot_at(base, other & NODE_MASK) + Slot.JOINER_BYTE
            if other >> Handle.END_SHIFT or other & NODE_MASK == node or ptr16(queue)[0] != NONE:
                parked = int(operation.begin(node))
            else:
                wait_first(slot, node, queue)
        elif kind == Op.EVENT:  # see sync/event.py
            queue = op - Op.EVENT
            if (ptr32(queue)[EventBlock.OWNER] ^ base) & LOW:
                parked = _FOREIGN
            else:
                values = int(address_at(header, Header.STORE_LOW))
                cell = ptr32(values + (node << REFERENCE_BITS))
                outside = int(header[Header.OUTSIDE])
                true = ptr32(values + (outside + Store.TRUE << REFERENCE_BITS))
                copy_reference(cell, true)
                if ptr16(queue)[EventBlock.SET]:
                    parked = Begun.DONE
                elif ptr16(queue)[0] == NONE:
                    wait_first(slot, node, queue)
                else:
                    enqueue(base, node, queue)
        else:
            parked = int(operation.begin(node))
        if parked == Begun.WAITS:
            slot[Slot.STATUS] = State.WAIT
            result = Why.PARKED
        elif parked == _FOREIGN:
            result = Why.ODD
        else:
            slot[Slot.STATUS] = State.READY + parked  # or THROW, or TOLD
            result = Why.DONE
    return result


@inline
def end_task(base, node, store, constants):
    """The current node's generator has returned, its result in the store: free the slot.

    The task that joins it gets the result, or its handle keeps it.  Returns as `perform` does.
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    result = Why.PARKED
    if slot[Slot.STATUS] and slot[Slot.STATUS] != Status.CANCEL:
        result = Why.ENDED  # an operation was not yielded
    else:
        outside = int(header[Header.OUTSIDE])
        handles = slot_at(base, outside + 1)
        handle = int(ptr16(handles + (node << 3))[Handle.OF_NODE])
        words = ptr32(handles + (handle << 3))
        joiner = int(slot[Slot.JOINER])
        values = int(address_at(header, Header.STORE_LOW))
        cell = ptr32(values + (node << REFERENCE_BITS))
        none = ptr32(values + (outside + Store.NONE << REFERENCE_BITS))
        end = Handle.COLLECTED
        target = cell
        if joiner == NONE:
            end = Handle.RETURNED
            target = ptr32(values + (outside + Store.HANDLES + 3 * handle + 1 << REFERENCE_BITS))
        elif joiner < MEMBER:
            target = ptr32(values + (joiner << REFERENCE_BITS))
        else:
            outcome = store[node]
            slot[Slot.JOINER] = NONE
        copy_reference(target, cell)
        copy_reference(cell, none)
        if joiner < MEMBER:
            other = ptr16(slot_at(base, joiner))
            if other[Slot.STATUS] == State.WAIT:
                queue = int(slot) + Slot.JOINER_BYTE
                wake_alone(header, base, other, joiner, queue)
            else:
                wake(base, joiner, State.READY)
        words[0] = words[0] | end
        handle_is_free(header, handles, handle)
        kind = Header.FREE_TASKS
        if node >= header[Header.TASKS]:
            kind = Header.FREE_CALLS
        slot_is_free(header, base, kind, slot, node)
        if joiner != NONE and joiner >= MEMBER:
            # last, when the slot is free: no task gets what this raises, it leaves `run`
            header[Header.CURRENT] = NONE
            header[Header.YIELDED] = NONE
            constants[5](joiner, outcome, 0)
        if node == header[Header.UNTIL]:
            result = Why.LOOK_NOW
    return result
