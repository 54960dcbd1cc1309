"""Plain functions that a scheduler calls, at once or later.

Functions that close over what they need, as `timer_of` in ticks.py, which says
why.  What these need is more than fits there, and so it comes as a tuple, taken
apart at once: an item by itself would cost 1.2 us (RP2040).
"""

from .block import free_slot
from .layout import Block, Handle, Header, NODE_MASK, NONE, Slot, Status, Store
from .on_cpython import const, micropython, ptr16, ptr32, ptr8
from .timer_wheel import arm, disarm


# the block's layout: see slot.py, whose constants these are


def caller_of(a, kept, clock, limit, slowly):
    """`call_soon` and `call_later`; `kept`: the store, the arguments.

    `slowly` makes a call that is unusual, or an error.
    """
    store, arguments = kept
    kit = (store, arguments, clock, limit, arm, slowly)

    @micropython.viper
    def call(ms, function, argument):  # hot
        store, arguments, clock, limit, arm, slowly = kit
        at = int(a)
        w = ptr32(at)
        delay = int(ms)
        node = int(w[Header.FREE_CALLS])
        # the limit is compared as an object: see `timer_of`
        if node == NONE or delay < 0 or (limit <= ms):
            return slowly(ms, function, argument)
        n = ptr16(at + Block.SLOTS + (node << Slot.BITS))
        n[0] = Status.FRESH_READY
        if delay:
            n[0] = Status.FRESH_WAIT
            time = int(clock()) & w[Header.CLOCK_MASK]
            delay = delay * w[Header.TICKS_PER_MS]
            if w[Header.ARMED]:
                time -= w[Header.LAST]
                if time < 0:
                    time += w[Header.PERIOD]
                if time < w[Header.PERIOD] >> 1:
                    delay += time
            else:
                w[Header.LAST] = time
                w[Header.SLACK] = w[Header.PERIOD] >> 2
            ptr32(n)[Slot.DEADLINE] = delay
            ptr8(n)[Slot.DEADLINE_HIGH] = 0
            arm(at, node, 1)
        else:
            time = int(w[Header.TAIL])
            ptr16(at + w[Header.RING])[time] = node
            w[Header.TAIL] = (time + 1) & w[Header.MASK]
        w[Header.FREE_CALLS] = n[Slot.WAIT_NEXT]
        w[Header.LIVE] = w[Header.LIVE] + 1
        store[node] = function
        arguments[node - w[Header.TASKS]] = argument
        # the handle: the text of `launch`
        outside = int(w[Header.OUTSIDE])
        handles = at + Block.SLOTS + (outside + 1 << Slot.BITS)
        i = int(w[Header.FREE_HANDLE])
        h = ptr16(handles + (i << 3))
        w[Header.FREE_HANDLE] = h[Handle.NEXT_FREE]
        ptr32(h)[0] = (n[Slot.GENERATION] << 14) | node
        ptr16(handles + (node << 3))[Handle.OF_NODE] = i
        i = outside + Store.HANDLES + 3 * i
        store[i + 1] = None
        store[i + 2] = None
        return store[i]

    # `_call` makes it even in length: behind an odd native function RISC-V traps.
    @micropython.native
    def call_soon(function, argument=None, _call=call):  # hot
        """Call `function(argument)` when its turn comes: a Task that can be cancelled.

        SlotsFull: all `calls` are under way.  Context: boot or task.  Alloc: 0.
        """
        return _call(0, function, argument)

    @micropython.native
    def call_later(ms, function, argument=None):  # hot
        """Call `function(argument)` in `ms` milliseconds: a Task that can be cancelled.

        SlotsFull: all `calls` are under way.  ValueError: see `sleep_ms`.
        Context: boot or task.  Alloc: 0.
        """
        return call(ms, function, argument)

    return call_soon, call_later


def canceller_of(a, kept, slowly):
    """`Scheduler.cancel_handle`, for a call that waits for its time and that nobody joins.

    `kept`: see `caller_of`; `slowly` does it for all else.
    """
    store, arguments = kept
    kit = (store, arguments, disarm, free_slot, slowly)

    @micropython.viper
    def cancel_handle(op) -> bool:  # hot
        store, arguments, disarm, free_slot, slowly = kit
        at = int(a)
        w = ptr32(at)
        handle = int(op) & -8
        handles = at + Block.SLOTS + (int(w[Header.OUTSIDE]) + 1 << Slot.BITS)
        h = ptr32(handles + handle)
        i = int(h[0])
        if i >> Handle.END_SHIFT:
            return False
        i &= NODE_MASK
        n = ptr16(at + Block.SLOTS + (i << Slot.BITS))
        if i < w[Header.TASKS] or n[0] != Status.FRESH_WAIT or n[Slot.JOINER] != NONE:
            return bool(slowly(i))
        where = int(n[Slot.TIMER_LIST])
        if n[Slot.TIMER_NEXT] == i:  # the text of `disarm` for one alone in its list
            n[Slot.TIMER_LIST] = NONE
            w[Header.ARMED] = w[Header.ARMED] - 1
            ptr16(at + Block.TIMER_LISTS)[where] = NONE
            bits = ptr8(at + Block.TIMER_MAP + (where >> 3))
            bits[0] = bits[0] & (255 - (1 << (where & 7)))
        else:
            disarm(at, i)
        arguments[i - w[Header.TASKS]] = None
        store[i] = None
        # the end of the task, as in `finish`
        h[0] = h[0] | Handle.TAKEN
        ptr16(handles + (w[Header.LAST_HANDLE] << 3))[Handle.NEXT_FREE] = handle >> 3
        w[Header.LAST_HANDLE] = handle >> 3
        free_slot(at, Header.FREE_CALLS, i)
        if i == w[Header.UNTIL]:
            w[Header.UNTIL] = NONE
            w[Header.BELL] = 1  # the burst is to be left
        return True

    return cancel_handle
