"""Where a fault happened, read off its traceback."""

from io import StringIO

from .on_cpython import print_exception


def line_of(error):
    """The number of the line that raised, or None where MicroPython does not know it.

    The innermost line of the program, where the traceback has one, and not of
    this package.  Under a locked heap a traceback is kept only where the board
    has given it room (micropython.alloc_emergency_exception_buf).

    Alloc: some hundred bytes: call it with the heap unlocked.
    """
    text = StringIO()
    print_exception(error, text)
    line = None
    ours = True
    for entry in text.getvalue().split('File "')[1:]:  # the innermost comes last
        if ours or not entry.startswith("tickslot/"):
            ours = entry.startswith("tickslot/")
            digits = entry.split("line ")[1].split(",")[0]
            line = int(digits) if digits.isdigit() else line
    return line
