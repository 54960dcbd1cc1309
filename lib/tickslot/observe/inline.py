"""Steps of observers and orders that stand in many places: see core/inline.py, turn.py."""

from ..core.layout import LOW, Header, ObserverBlock
from ..core.on_cpython import inline, ptr16


@inline
def time_minus(observer, time, ticks):
    """`time` - `ticks` on the observer's clock, which wraps."""
    left = time - ticks
    if left >> 30:  # below 0: a comparison takes longer
        left += int(observer[ObserverBlock.WRAP])
        left += 1
    return left


@inline
def add_time(total, ticks):
    """Add ticks to a sum of two words: its low 30 bits, and what is above them."""
    low = int(total[0]) - LOW - 1 + ticks
    if low < 0:
        low += LOW  # 2**30 is no small int on a board: hence LOW and 1
        low += 1
    else:
        total[1] = total[1] + 1
    total[0] = low


@inline
def ready_at(header, place):
    """The node at a place of the ready ring."""
    return int(ptr16(int(header) + header[Header.RING])[place])


@inline
def next_place(header, place):
    """The place behind `place` in the ready ring."""
    return (place + 1) & int(header[Header.MASK])
