"""How many nodes wait in a queue: counted, as a count would have to follow every timeout."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16

_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_WAIT_NEXT = const(8)


@micropython.viper
def waiting(a: int, queue: int) -> int:
    """The nodes in the wait queue whose first-node word is at `queue`.  Alloc: 0."""
    count = 0
    first = int(ptr16(queue)[0])
    node = first
    while node != _NONE:
        count += 1
        node = int(ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))[_WAIT_NEXT])
        if node == first:
            node = _NONE
    return count
