"""The ready ring, and the wait queues: circular lists of nodes, each with its first node's word."""

from .inline import address_at, put_address
from .layout import NONE, Block, Header, Slot, State
from .on_cpython import micropython, ptr8, ptr16, ptr32


@micropython.viper
def ready_push(a: int, node: int):
    """Put a node at the tail of the ready ring.

    It cannot be full: it has a place for every node, and a node is in it at most once.
    """
    w = ptr32(a)
    tail = w[Header.TAIL]
    ptr16(a + w[Header.RING])[tail] = node
    w[Header.TAIL] = (tail + 1) & w[Header.MASK]


@micropython.viper
def enqueue(a: int, node: int, queue: int):
    """Put a node at the end of the wait queue whose first-node word (16 bit) is at `queue`."""
    r = a + Block.SLOTS + (node << Slot.BITS)
    n = ptr16(r)
    q = ptr16(queue)
    first = q[0]
    if first == NONE:
        q[0] = node
        n[Slot.WAIT_NEXT] = node
        n[Slot.WAIT_PREVIOUS] = node
    else:
        f = ptr16(a + Block.SLOTS + (first << Slot.BITS))
        last = f[Slot.WAIT_PREVIOUS]
        n[Slot.WAIT_NEXT] = first
        n[Slot.WAIT_PREVIOUS] = last
        f[Slot.WAIT_PREVIOUS] = node
        ptr16(a + Block.SLOTS + (last << Slot.BITS))[Slot.WAIT_NEXT] = node
    put_address(ptr32(r), Slot.QUEUE_LOW, queue)


@micropython.viper
def unqueue(a: int, node: int):
    """Take a node out of the wait queue that it is in, wherever it stands there; none is fine."""
    r = a + Block.SLOTS + (node << Slot.BITS)
    w = ptr32(r)
    queue = address_at(w, Slot.QUEUE_LOW)
    if queue:
        q = ptr16(queue)
        n = ptr16(r)
        after = n[Slot.WAIT_NEXT]
        if after == node:
            q[0] = NONE
        else:
            before = n[Slot.WAIT_PREVIOUS]
            ptr16(a + Block.SLOTS + (before << Slot.BITS))[Slot.WAIT_NEXT] = after
            ptr16(a + Block.SLOTS + (after << Slot.BITS))[Slot.WAIT_PREVIOUS] = before
            if q[0] == node:
                q[0] = after
        put_address(w, Slot.QUEUE_LOW, 0)
        if n[Slot.SELECT]:
            unwatch(a, node)


@micropython.viper
def unwatch(a: int, node: int):
    """Take the watchers of a node that selects out of their queues, all in one step."""
    n = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    watcher = int(n[Slot.SELECT])
    n[Slot.SELECT] = 0
    end = watcher + ptr16(a + Block.SLOTS + (watcher << Slot.BITS))[Slot.WATCHERS]
    while watcher < end:
        unqueue(a, watcher)
        watcher += 1


@micropython.viper
def select_won(a: int, watcher: int):
    """A watcher was woken: its owner is, and so the others are not."""
    owner = int(ptr16(a + Block.SLOTS + (watcher << Slot.BITS))[Slot.OWNER])
    ptr16(int(queue_of(a, owner)))[1] = watcher
    wake(a, owner, State.READY)


@micropython.viper
def queue_of(a: int, node: int) -> int:
    """The address of the wait queue that a node is in, or 0.  Alloc: 0."""
    w = ptr32(a + Block.SLOTS + (node << Slot.BITS))
    return address_at(w, Slot.QUEUE_LOW)


@micropython.viper
def wake(a: int, node: int, state: int):
    """Make a parked node ready in `state`, its value or exception put into the store by the caller.

    Its timer, if it has one, is taken out of the wheel when it runs.
    """
    r = a + Block.SLOTS + (node << Slot.BITS)
    was = int(ptr8(r)[0])
    ptr8(r)[0] = state
    w = ptr32(r)
    queue = address_at(w, Slot.QUEUE_LOW)
    if queue:  # the text of `unqueue`, because a call costs more than this does
        n = ptr16(r)
        after = n[Slot.WAIT_NEXT]
        if after == node:
            ptr16(queue)[0] = NONE
        else:
            before = n[Slot.WAIT_PREVIOUS]
            ptr16(a + Block.SLOTS + (before << Slot.BITS))[Slot.WAIT_NEXT] = after
            ptr16(a + Block.SLOTS + (after << Slot.BITS))[Slot.WAIT_PREVIOUS] = before
            if ptr16(queue)[0] == node:
                ptr16(queue)[0] = after
        put_address(w, Slot.QUEUE_LOW, 0)
        if n[Slot.SELECT]:
            unwatch(a, node)
    if was == State.WATCH:
        select_won(a, node)
    elif was != State.DUE:  # else it is in the ring
        w = ptr32(a)
        tail = int(w[Header.TAIL])
        ptr16(a + w[Header.RING])[tail] = node
        w[Header.TAIL] = (tail + 1) & w[Header.MASK]


@micropython.viper
def waiting(a: int, queue: int) -> int:
    """The nodes in the wait queue whose first-node word is at `queue`.  Alloc: 0."""
    count = 0
    first = int(ptr16(queue)[0])
    node = first
    while node != NONE:
        count += 1
        node = int(ptr16(a + Block.SLOTS + (node << Slot.BITS))[Slot.WAIT_NEXT])
        if node == first:
            node = NONE
    return count
