"""Where each word of the blocks in this room stands: the one place that says so.

tools/expand.py puts the numbers in wherever a name of a layout file is used.
"""


class TickerBlock:
    """The sleep ticker's 32-bit words."""

    BYTES = 4
    STILL = 0  # 1: the ticker's thread sleeps until its semaphore is given
