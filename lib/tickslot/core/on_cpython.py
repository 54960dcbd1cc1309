"""Replaces MicroPython's own modules when CPython runs the sources.

The hot files are written once.  On MicroPython viper compiles them, and `ptr8`, `ptr16` and
`ptr32` are machine pointers.  On CPython the decorators below do nothing, and a pointer is a view
that checks its bounds: so the desktop tests check each access, which viper does not.

Here an address is `block number << 20 | offset`, of 32 bits.  The tests on the Unix port run the
code for 64 bits.

tools/expand.py replaces this file by MicroPython's modules.
"""

import sys

if sys.implementation.name == "micropython":
    raise ImportError(
        "these are tickslot's sources, which CPython alone runs: `make lib` writes the package"
        " for MicroPython to build/lib (boards) and build/lib64 (desktops)"
    )


def inline(function):
    """Mark an inline function: tools/expand.py puts its body in place of each call."""
    return function


scratch = int  # a parameter of an inline function that the function changes: see tools/expand.py


def array(_, values):
    """Return a list: it has an address here, and its items are 4 bytes each."""
    return list(values)


def const(value):
    return value


def _as_is(function):
    return function


def _viper(function):
    """Wrap a function: it gets pointers for the addresses, where the annotations say so."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    kinds = [(i, function.__annotations__.get(name)) for i, name in enumerate(names)]
    pointers = [(i, kind) for i, kind in kinds if kind in (ptr8, ptr16, ptr32)]
    if not pointers:
        return function

    def call(*arguments):
        given = list(arguments)
        for i, kind in pointers:
            given[i] = kind(given[i])
        return function(*given)

    return call


class micropython:  # stands in for the module of that name
    const = const
    viper = _viper
    native = _as_is

    @staticmethod
    def heap_lock():
        """CPython has no heap lock; the allocation proofs run on MicroPython."""

    @staticmethod
    def heap_unlock():
        return 0


def print_exception(error, file=None):
    import traceback  # type: ignore[import-not-found]  # MicroPython has none

    traceback.print_exception(error, file=file)


_OFFSET_BITS = 20
_blocks = []  # a block's number is its place here, from 1; kept until `forget`
_numbers = {}  # id(block): number


def _address(block):
    number = _numbers.get(id(block))
    if number is None:
        number = len(_blocks) + 1
        if (number + 1) << _OFFSET_BITS > 1 << 32 or len(block) > 1 << _OFFSET_BITS:
            raise MemoryError("no address is left: call on_cpython.forget() after a test")
        _blocks.append(block)
        _numbers[id(block)] = number
    return number << _OFFSET_BITS


def forget():
    """Forget all blocks and their addresses: for the end of a test."""
    _blocks.clear()
    _numbers.clear()


class _Pointer:
    def __init__(self, target, code, size):
        if isinstance(target, (bytearray, list)):
            target = _address(target)
        target = int(target)  # a pointer is an address as well
        self._at = target
        self._mask = (1 << 8 * size) - 1
        block = _blocks[(target >> _OFFSET_BITS) - 1]
        offset = target & ((1 << _OFFSET_BITS) - 1)
        if offset % size:
            raise ValueError("misaligned pointer")
        self._first = 0
        self._view = block
        if isinstance(block, list):
            self._first = offset >> 2
        else:
            self._view = memoryview(block)[offset : len(block) // size * size].cast(code)

    def __int__(self):
        return self._at

    def __getitem__(self, index):
        if index < 0:
            raise IndexError("below the pointer")
        return self._view[self._first + index]

    def __setitem__(self, index, value):
        if index < 0:
            raise IndexError("below the pointer")
        if isinstance(self._view, list):
            self._view[self._first + index] = value
        else:
            self._view[index] = value & self._mask  # a store keeps the low bits, as on a machine


class ptr8(_Pointer):
    def __init__(self, target):
        super().__init__(target, "B", 1)


class ptr16(_Pointer):
    def __init__(self, target):
        super().__init__(target, "H", 2)


class ptr32(_Pointer):
    def __init__(self, target):
        super().__init__(target, "I", 4)


def uint(reference):
    """The word of a reference to an int, as on a board: it is odd for a small int."""
    return 2 * reference + 1 & 0xFFFFFFFF if -(1 << 30) <= reference < 1 << 30 else 0


class Runner:
    """A generator with `pend_throw`, which sets the exception of its next resume (MicroPython)."""

    def __init__(self, generator):
        self._generator = generator
        self._pending = None

    def pend_throw(self, error):
        self._pending = error

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        error = self._pending
        self._pending = None
        return self._generator.send(value) if error is None else self._generator.throw(error)
