"""Plain functions that a scheduler calls, at once or later.

They are closures, like `timer_of` in sleep.py, which says why.  They need too many objects for
that, so they capture one tuple and unpack it at once: an index of it would cost 1.2 us (RP2040).
"""

from .block import free_slot
from .inline import (
    handle_is_free,
    ready_append,
    slot_at,
    take_handle,
    ticks_from_last,
    unlink_lone_timer,
)
from .layout import NODE_MASK, NONE, Handle, Header, Slot, Status, Store
from .on_cpython import micropython, ptr8, ptr16, ptr32
from .timer_wheel import arm, disarm


def caller_of(place, kept, clock, limit, slowly):
    """Make `call_soon` and `call_later` of the scheduler whose block is at `place`.

    `kept`: the store, and the arguments of the calls.  `slowly` handles unusual delays and errors.
    """
    store, arguments = kept
    hot = (store, arguments, clock, limit, arm, slowly)

    @micropython.viper
    def call(ms, function, argument):  # hot
        store, arguments, clock, limit, arm, slowly = hot
        base = int(place)
        header = ptr32(base)
        delay = int(ms)
        node = int(header[Header.FREE_CALLS])
        # compared as objects: int() cuts a large number off
        if node == NONE or delay < 0 or (limit <= ms):
            return slowly(ms, function, argument)
        slot = ptr16(slot_at(base, node))
        slot[Slot.STATUS] = Status.FRESH_READY
        if delay:
            slot[Slot.STATUS] = Status.FRESH_WAIT
            time = int(clock()) & header[Header.CLOCK_MASK]
            delay = delay * header[Header.TICKS_PER_MS]
            delay = ticks_from_last(header, time, delay)
            ptr32(slot)[Slot.DEADLINE] = delay
            ptr8(slot)[Slot.DEADLINE_HIGH] = 0
            arm(base, node, 1)
        else:
            ready_append(base, header, node)
        header[Header.FREE_CALLS] = slot[Slot.WAIT_NEXT]
        header[Header.LIVE] = header[Header.LIVE] + 1
        store[node] = function
        arguments[node - header[Header.TASKS]] = argument
        outside = int(header[Header.OUTSIDE])
        handles = slot_at(base, outside + 1)
        cell = take_handle(header, handles, slot, node)
        cell = outside + Store.HANDLES + 3 * cell
        store[cell + 1] = None
        store[cell + 2] = None
        return store[cell]

    # `_call` makes the code even in length: after an odd native function RISC-V traps.
    @micropython.native
    def call_soon(function, argument=None, _call=call):  # hot
        """Call `function(argument)` when its turn comes.  Returns a Task, which can be cancelled.

        SlotsFull: all call slots are in use.  Context: boot or task.  Alloc: 0.
        """
        return _call(0, function, argument)

    @micropython.native
    def call_later(ms, function, argument=None):  # hot
        """Call `function(argument)` in `ms` milliseconds.  Returns a Task, which can be cancelled.

        SlotsFull: all call slots are in use.  ValueError: see `sleep_ms`.
        Context: boot or task.  Alloc: 0.
        """
        return call(ms, function, argument)

    return call_soon, call_later


def canceller_of(place, kept, slowly):
    """Make `Scheduler.cancel_handle`.  `kept`: see `caller_of`.

    It cancels a call that waits for its time and that no task joins; `slowly` cancels the rest.
    """
    store, arguments = kept
    hot = (store, arguments, disarm, free_slot, slowly)

    @micropython.viper
    def cancel_handle(op) -> bool:  # hot
        store, arguments, disarm, free_slot, slowly = hot
        base = int(place)
        header = ptr32(base)
        handle = int(op) >> 3
        handles = slot_at(base, int(header[Header.OUTSIDE]) + 1)
        words = ptr32(handles + (handle << 3))
        node = int(words[0])
        if node >> Handle.END_SHIFT:
            return False
        node &= NODE_MASK
        slot = ptr16(slot_at(base, node))
        if (
            node < header[Header.TASKS]
            or slot[Slot.STATUS] != Status.FRESH_WAIT
            or slot[Slot.JOINER] != NONE
        ):
            return bool(slowly(node))
        number = int(slot[Slot.TIMER_LIST])
        if slot[Slot.TIMER_NEXT] == node:
            unlink_lone_timer(header, base, slot, number)
        else:
            disarm(base, node)
        arguments[node - header[Header.TASKS]] = None
        store[node] = None
        words[0] = words[0] | Handle.COLLECTED
        handle_is_free(header, handles, handle)
        free_slot(base, Header.FREE_CALLS, node)
        if node == header[Header.UNTIL]:
            header[Header.UNTIL] = NONE
            header[Header.BELL] = 1  # makes the run loop stop
        return True

    return cancel_handle
