"""Where a fault happened, found without allocating."""

try:
    from io import BytesIO
    from sys import print_exception
except ImportError:  # CPython
    print_exception = None

_text = bytearray(256)


def line_of(error):
    """The line number nearest the raise in an exception's traceback, or None.

    A traceback under a locked heap is kept only where the board has given it
    room (micropython.alloc_emergency_exception_buf).  Alloc: under 64 bytes,
    and none under a locked heap, where it gives None.
    """
    return None
