"""What the run loop does with an operation that a task yielded, and with a task that returned."""

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
    Block,
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
from .on_cpython import micropython, ptr16, ptr32
from .transfer import channel_transfer
from .wait_queue import enqueue, wake


@micropython.viper
def dispatch(base: int, node: int, op: int, operation) -> int:
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a reason to stop (Why).

    Context: the run loop.  Alloc: 0.
    """
    slot = ptr16(slot_at(base, node))
    kind = op & 7
    if kind <= Op.SEND:
        return int(channel_transfer(base, node, op))
    if kind == Op.RAISED:
        return Why.ENDED
    if slot[Slot.STATUS] & Status.MUST_NOT_WAIT:
        return Why.ODD
    parked = 1
    if kind == Op.JOIN:
        header = ptr32(base)
        other = ptr32(slot_at(base, int(header[Header.OUTSIDE]) + 1) + (op & -8))[0]
        queue = slot_at(base, other & NODE_MASK) + Slot.JOINER_BYTE
        if other >> Handle.END_SHIFT or other & NODE_MASK == node or ptr16(queue)[0] != NONE:
            parked = int(operation.begin(node))
        else:
            wait_first(slot, node, queue)
    elif kind == Op.EVENT:  # see sync/event.py
        queue = op - Op.EVENT
        if (ptr32(queue)[EventBlock.OWNER] ^ base) & LOW:
            return Why.ODD
        header = ptr32(base)
        values = address_at(header, Header.STORE_LOW)
        cell = ptr32(values + (node << REFERENCE_BITS))
        true = ptr32(values + (int(header[Header.OUTSIDE]) + Store.TRUE << REFERENCE_BITS))
        copy_reference(cell, true)
        if ptr16(queue)[EventBlock.SET]:
            parked = 0
        elif ptr16(queue)[0] == NONE:
            wait_first(slot, node, queue)
        else:
            enqueue(base, node, queue)
    else:
        parked = int(operation.begin(node))
    if parked == 1:
        slot[Slot.STATUS] = State.WAIT
        return Why.PARKED
    slot[Slot.STATUS] = State.READY + parked  # or THROW
    return Why.DONE


@micropython.viper
def retire(base: int, node: int, store, constants) -> int:
    """The current node's generator has returned, its result in the store: free the slot.

    The task that joins it gets the result, or its handle keeps it.  Returns as `dispatch` does.
    Context: the run loop.  Alloc: 0.
    """
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    if slot[Slot.STATUS] and slot[Slot.STATUS] != Status.CANCEL:
        return Why.ENDED  # an operation was not yielded
    outside = int(header[Header.OUTSIDE])
    handles = slot_at(base, outside + 1)
    handle = int(ptr16(handles + (node << 3))[Handle.OF_NODE])
    words = ptr32(handles + (handle << 3))
    joiner = int(slot[Slot.JOINER])
    values = int(address_at(header, Header.STORE_LOW))
    cell = ptr32(values + (node << REFERENCE_BITS))
    none = ptr32(values + (outside + Store.NONE << REFERENCE_BITS))
    end = Handle.TAKEN
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
        # last, when the slot is free: what this raises is nobody's, and comes out of `run`
        header[Header.CURRENT] = NONE
        header[Header.YIELDED] = NONE
        constants[5](joiner, outcome, 0)
    if node == header[Header.UNTIL]:
        return Why.LOOK_NOW
    return Why.PARKED
