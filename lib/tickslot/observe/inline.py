"""Steps of observers and orders that stand in many places: see core/inline.py.

words   an observer's words, a ptr32
header  a scheduler's words, a ptr32
"""

from ..core.layout import LOW, Header, ObserverBlock, Record
from ..core.on_cpython import inline, ptr16, ptr32


@inline
def time_minus(words, time, ticks):
    """`time` - `ticks` on the observer's clock, which wraps."""
    left = time - ticks
    if left >> 30:  # below 0: a comparison takes longer
        left += int(words[ObserverBlock.WRAP])
        left += 1
    return left


@inline
def add_time(total, ticks):
    """Add ticks to a sum of two words: its low 30 bits, and what is above them.

    2**30 is no small int on a board: hence LOW and 1.
    """
    low = int(total[0]) - LOW - 1 + ticks
    if low < 0:
        low += LOW
        low += 1
    else:
        total[1] = total[1] + 1
    total[0] = low


@inline
def put_record(words, records, time, who, what):
    """Write a record to the next place of the trace; `records` is the address of the first."""
    place = int(words[ObserverBlock.NEXT])
    record = ptr32(records + place * Record.BYTES)
    record[Record.TIME] = time
    record[Record.WHO] = who
    record[Record.WHAT] = what
    place += 1
    if not place ^ words[ObserverBlock.PLACES]:
        place = 0
        words[ObserverBlock.LAPS] = words[ObserverBlock.LAPS] + 1
    words[ObserverBlock.NEXT] = place


@inline
def ready_at(header, place):
    """The node at a place of the ready ring."""
    return int(ptr16(int(header) + header[Header.RING])[place])


@inline
def next_place(header, place):
    """The place behind `place` in the ready ring."""
    return (place + 1) & int(header[Header.MASK])
