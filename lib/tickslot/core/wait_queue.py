"""Wait queues, and how a node that waits in one is woken.

A wait queue is a 16-bit word, the first node that waits or NONE; the nodes are linked in a circle
by their slots.  A node waits in one queue at a time.  A task that selects has several watchers: a
watcher is a node that waits in the queue of one source.

Context of all functions here: the scheduler's thread.  Alloc: 0.
"""

from .inline import (
    address_at,
    leave_queue,
    link_last,
    put_address,
    ready_append,
    slot_at,
    wait_first,
)
from .layout import NONE, Slot, State
from .on_cpython import micropython, ptr8, ptr16, ptr32


@micropython.viper
def enqueue(base: int, node: int, queue: int):
    """Put a node at the end of the wait queue at address `queue`."""
    slot = ptr16(slot_at(base, node))
    first = int(ptr16(queue)[0])
    if first == NONE:
        wait_first(slot, node, queue)
    else:
        link_last(base, slot, node, first, Slot.WAIT_NEXT, Slot.WAIT_PREVIOUS)
        put_address(ptr32(slot), Slot.QUEUE_LOW, queue)


@micropython.viper
def unqueue(base: int, node: int):
    """Take a node out of its wait queue; a node that is in none stays as it is."""
    slot = ptr16(slot_at(base, node))
    queue = int(address_at(ptr32(slot), Slot.QUEUE_LOW))
    if queue:
        leave_queue(base, slot, node, queue)
        if slot[Slot.SELECT]:
            unwatch(base, node)


@micropython.viper
def unwatch(base: int, node: int):
    """Take all watchers of a task that selects out of their queues."""
    slot = ptr16(slot_at(base, node))
    watcher = int(slot[Slot.SELECT])
    slot[Slot.SELECT] = 0
    end = watcher + ptr16(slot_at(base, watcher))[Slot.WATCHERS]
    while watcher < end:
        unqueue(base, watcher)
        watcher += 1


@micropython.viper
def select_won(base: int, watcher: int):
    """A watcher was woken: wake its task, and note which source won."""
    owner = int(ptr16(slot_at(base, watcher))[Slot.OWNER])
    ptr16(int(queue_of(base, owner)))[1] = watcher
    wake(base, owner, State.READY)


@micropython.viper
def queue_of(base: int, node: int) -> int:
    """The address of the wait queue that a node is in, or 0."""
    slot = ptr32(slot_at(base, node))
    return address_at(slot, Slot.QUEUE_LOW)


@micropython.viper
def wake(base: int, node: int, state: int):
    """Make a parked node ready in `state`; the caller has put its value into the store.

    This is the one place where a node that waited leaves its queue and becomes ready: by
    `Event.set`, `Lock.release`, a channel, a reply.  A timer that is armed for the node is taken
    out of the wheel when the node runs.
    """
    slot = ptr16(slot_at(base, node))
    was = int(ptr8(slot)[Slot.STATE])
    ptr8(slot)[Slot.STATE] = state
    queue = int(address_at(ptr32(slot), Slot.QUEUE_LOW))
    if queue:
        leave_queue(base, slot, node, queue)
        if slot[Slot.SELECT]:
            unwatch(base, node)
    if was == State.WATCH:
        select_won(base, node)
    elif was != State.DUE:  # a node that is DUE is in the ready ring
        header = ptr32(base)
        ready_append(base, header, node)


@micropython.viper
def waiting(base: int, queue: int) -> int:
    """How many nodes wait in the queue.  They are counted, because a timeout may end any wait."""
    count = 0
    first = int(ptr16(queue)[0])
    node = first
    while node != NONE:
        count += 1
        node = int(ptr16(slot_at(base, node))[Slot.WAIT_NEXT])
        if node == first:
            node = NONE
    return count


@micropython.viper
def make_ready(base: int, node: int):
    """Put a node at the tail of the ready ring."""
    header = ptr32(base)
    ready_append(base, header, node)
