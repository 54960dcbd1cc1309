"""Steps that stand in many places: tools/expand.py puts their text in place of each call.

A viper function that is called costs 6 us on an RP2040, these nothing.  They write few words, in
an order that matters, and so each stands here once.
"""

from .layout import NONE, WIDE, Block, Header, Slot
from .on_cpython import inline, ptr16, ptr32


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
def ready_push(header, ring, mask, node):
    """Put a node at the tail of the ready ring.

    The ring cannot be full: it has a place for every node, and a node is in it at most once.
    """
    tail = int(header[Header.TAIL])
    ring[tail] = node
    header[Header.TAIL] = (tail + 1) & mask


@inline
def ready_append(base, header, node):
    """`ready_push`, where the ready ring's address and mask are at hand in the header alone."""
    tail = int(header[Header.TAIL])
    ptr16(base + header[Header.RING])[tail] = node
    header[Header.TAIL] = (tail + 1) & header[Header.MASK]


@inline
def wait_first(slot, queue, node):
    """Put a node into a wait queue that is empty."""
    ptr16(queue)[0] = node
    slot[Slot.WAIT_NEXT] = node
    slot[Slot.WAIT_PREVIOUS] = node
    put_address(ptr32(slot), Slot.QUEUE_LOW, queue)


@inline
def leave_alone(slot, queue):
    """Take a node that waits alone out of its wait queue."""
    ptr16(queue)[0] = NONE
    put_address(ptr32(slot), Slot.QUEUE_LOW, 0)


@inline
def copy_reference(target, source):
    """Copy a reference: both are addresses of places in a store.

    One whole reference after the other: another thread may collect garbage in between.
    """
    ptr32(target)[0] = ptr32(source)[0]
    if WIDE:
        ptr32(target)[1] = ptr32(source)[1]
