"""Where each word of the blocks in this room stands: the one place that says so.

tools/expand.py puts the numbers in wherever a name of a layout file is used.
"""


class TickerBlock:
    """The sleep ticker's 32-bit words."""

    BYTES = 4
    STILL = 0  # 1: the ticker's thread sleeps until its semaphore is given


class CrossBlock:
    """A CrossChannel's 32-bit words; then 4 words for each end (CrossEnd)."""

    FIRST = 0  # the place of the first item
    COUNT = 1
    CAPACITY = 2
    SHUT = 3  # 1: closed
    HIGH = 4  # the high-water mark
    ENDS = 5  # how many ends there are
    WANTED = 6  # what any end waits for: the bits of CrossEnd.WANTS together
    ENDS_BYTE = 32  # where the ends begin


class CrossEnd:
    """An end's 4 words in its channel's block."""

    BITS = 4  # log2 of its bytes
    ADDRESS = 0  # of its scheduler's block, two words
    WANTS = 2  # ITEM and ROOM: what tasks of this end wait for
    ITEM = 1
    ROOM = 2


class CrossHot:
    """Places in a CrossChannel's `hot` list; the `hot` list of an end begins with them."""

    BASE = 0  # the address of the block
    CELLS = 1
    GIVES = 2  # of each end: what gives its scheduler's semaphore
    ENTER = 3
    LEAVE = 4
    EMPTY = 5
    FULL = 6
    CLOSED = 7
    TRUE = 8
    # only an end has these
    NUMBER = 9
    SCHEDULER = 10  # the address of its scheduler's block
    STORE = 11
    QUEUES = 12  # the address of two wait queues: tasks that wait for an item, and for room
    HELD = 13  # the item of a `send` that is not yielded yet
