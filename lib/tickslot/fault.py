"""Where a fault happened, read off its traceback."""

try:
    from io import StringIO
    from sys import print_exception
except ImportError:  # CPython
    from io import StringIO

    from .plain import print_exception


def line_of(error):
    """The number of the line that raised, or None where MicroPython does not know it.

    Under a locked heap a traceback is kept only where the board has given it
    room (micropython.alloc_emergency_exception_buf).

    Alloc: some hundred bytes: call it with the heap unlocked.
    """
    text = StringIO()
    print_exception(error, text)
    line = None
    for word in text.getvalue().split("line ")[1:]:
        digits = word.split(",")[0]
        if digits.isdigit():
            line = int(digits)  # the last one named is the innermost
    return line
