"""A scheduler's memory: functions that make, read and write it.  layout.py defines the words.

All numbers that change while tasks run are in one bytearray.  A function gets its address, a small
int (the collector never moves an object), and reaches all of them without another look-up.
References to objects are in an array; viper code moves its items as words.
"""

import sys

from .inline import put_address
from .inline import slot_at, slot_is_free
from .layout import MICROPYTHON, NONE, WIDE, Block, Handle, Header, Slot
from .on_cpython import array, micropython, ptr8, ptr16, ptr32

if MICROPYTHON and (sys.maxsize > 1 << 32) != WIDE:
    raise ImportError("tickslot was made for another machine: boards run build/lib, desktops lib64")


def references(values):
    """Make an array of the objects in a list: an array has an address.  Alloc: boot only."""
    return array("O", values)


@micropython.viper
def address_of(block) -> int:
    """The address of a bytearray, as an int.  Alloc: 0 if `addresses_are_small`."""
    return int(ptr8(block))


def addresses_are_small():
    """Whether an address is a small int here: below 2**30 on a 32-bit machine.

    That holds on RP2040, RP2350, ESP32, ESP32-S2, S3 and C3.  On ESP32-C6, H2 and P4 and on QEMU's
    RISC-V machine everything works too, but each call with an address makes an int on the heap.
    Alloc: 32 bytes.
    """
    return sys.maxsize > 1 << 32 or 0 <= address_of(bytearray(16)) < 1 << 30


@micropython.viper
def get_word(at: int, index: int) -> int:
    """The 32-bit word `index` of the block at `at`.  Alloc: 0."""
    return ptr32(at)[index]


@micropython.viper
def set_word(at: int, index: int, value: int):
    """Write the 32-bit word `index` of the block at `at`.  Alloc: 0."""
    ptr32(at)[index] = value


@micropython.viper
def set_address(at: int, index: int, address: int):
    """Write an address into the 32-bit word `index`, low, and the next, high.  Alloc: 0."""
    put_address(ptr32(at), index, address)


@micropython.viper
def get_half(at: int, index: int) -> int:
    """The 16-bit word `index` at address `at`.  Alloc: 0."""
    return ptr16(at)[index]


@micropython.viper
def set_half(at: int, index: int, value: int):
    """Write the 16-bit word `index` at address `at`.  Alloc: 0."""
    ptr16(at)[index] = value


@micropython.viper
def get_byte(at: int, index: int) -> int:
    """The byte `index` at address `at`.  Alloc: 0."""
    return ptr8(at)[index]


@micropython.viper
def set_byte(at: int, index: int, value: int):
    """Write the byte `index` at address `at`.  Alloc: 0."""
    ptr8(at)[index] = value


@micropython.viper
def free_slot(base: int, kind: int, node: int):
    """Put a slot at the end of the free list at header word `kind`."""
    header = ptr32(base)
    slot = ptr16(slot_at(base, node))
    slot_is_free(header, base, kind, slot, node)


def make_block(tasks, calls, watchers, handles, period, ticks_per_ms, store):
    """Make a block for these task slots, call slots, watchers and handles.  Alloc: boot only."""
    nodes = tasks + calls
    runners = len(store) - nodes
    store = address_of(store)
    ring = 1
    while ring < nodes + 1:
        ring *= 2
    handles_at = Block.SLOTS + Slot.BYTES * (nodes + watchers + 1)
    ring_at = handles_at + Handle.BYTES * handles
    block = bytearray(ring_at + 2 * ring)
    base = address_of(block)
    for index, value in (
        (Header.SLACK, period // 4),
        (Header.PERIOD, period),
        (Header.MASK, ring - 1),
        (Header.RING, ring_at),
        (Header.CURRENT, NONE),
        (Header.LIVE, nodes),  # `free_slot` below counts them down to 0
        (Header.FREE_TASKS, NONE),
        (Header.FREE_CALLS, NONE),
        (Header.CLOCK_MASK, period - 1 if period & (period - 1) == 0 else 0x7FFFFFFF),
        (Header.TICKS_PER_MS, ticks_per_ms),
        (Header.TASKS, tasks),
        (Header.LAST_HANDLE, handles - 1),
        (Header.UNTIL, NONE),
        (Header.YIELDED, NONE),
        (Header.OUTSIDE, nodes + watchers),
        (Header.STORE_LOW, store & 0xFFFFFFFF),
        (Header.STORE_HIGH, store >> 32),
        (Header.RUNNERS, runners),
    ):
        set_word(base, index, value)
    for i in range(Block.TIMER_LISTS, Block.SLOTS):
        block[i] = 0xFF
    for node in range(nodes):
        slot = base + Block.SLOTS + Slot.BYTES * node
        set_half(slot, Slot.TIMER_LIST, NONE)
        set_half(slot, Slot.JOINER, NONE)
        free_slot(base, Header.FREE_TASKS if node < tasks else Header.FREE_CALLS, node)
    for handle in range(handles):
        words = base + handles_at + Handle.BYTES * handle
        set_word(words, 0, Handle.NEVER)
        set_half(words, Handle.NEXT_FREE, handle + 1)
    return block
