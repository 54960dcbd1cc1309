"""Plain functions that a scheduler calls, at once or later.

Functions that close over what they need, as `timer_of` in ticks.py, which says
why.  What these need is more than fits there, and so it comes as a tuple, taken
apart at once: an item by itself would cost 1.2 us (RP2040).
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .slot import give
from .wheel import arm, disarm

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_FRESH_READY = const(1025)
_FRESH_WAIT = const(1026)
_MAP_AT = const(128)
_LISTS_AT = const(192)
_LAST = const(0)
_SLACK = const(1)
_PERIOD = const(4)
_ARMED = const(5)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_LIVE = const(11)
_FREE_CALLS = const(18)
_CLOCK_MASK = const(20)
_BELL = const(21)
_TICKS_PER_MS = const(22)
_TASKS = const(23)
_HANDLE = const(24)
_HANDLE_LAST = const(25)
_UNTIL = const(26)
_OUTSIDE = const(28)
_STORE_LO = const(44)
_STORE_HI = const(45)
_SHIFT = const(46)
_NONE_AT = const(1)  # of `store`, behind OUTSIDE
_HANDLES_AT = const(6)
_NEXT_FREE = const(2)  # of a handle
_HANDLE_OF = const(3)
_ENDED_AT = const(28)
_NODE = const(0x3FFF)
_DEADLINE = const(2)
_DEADLINE_HI = const(12)
_GENERATION = const(1)
_TIMER_NEXT = const(2)
_WHERE = const(7)
_WAIT_NEXT = const(8)
_JOINER = const(14)
_TAKEN = const(0x30000000)


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
        node = int(w[_FREE_CALLS])
        # the limit is compared as an object: see `timer_of`
        if node == _NONE or delay < 0 or (limit <= ms):
            return slowly(ms, function, argument)
        n = ptr16(at + _SLOTS_AT + (node << _RECORD_BITS))
        n[0] = _FRESH_READY
        if delay:
            n[0] = _FRESH_WAIT
            time = int(clock()) & w[_CLOCK_MASK]
            delay = delay * w[_TICKS_PER_MS]
            if w[_ARMED]:
                time -= w[_LAST]
                if time < 0:
                    time += w[_PERIOD]
                if time < w[_PERIOD] >> 1:
                    delay += time
            else:
                w[_LAST] = time
                w[_SLACK] = w[_PERIOD] >> 2
            ptr32(n)[_DEADLINE] = delay
            ptr8(n)[_DEADLINE_HI] = 0
            arm(at, node, 1)
        else:
            time = int(w[_TAIL])
            ptr16(at + w[_RING])[time] = node
            w[_TAIL] = (time + 1) & w[_MASK]
        w[_FREE_CALLS] = n[_WAIT_NEXT]
        w[_LIVE] = w[_LIVE] + 1
        store[node] = function
        arguments[node - w[_TASKS]] = argument
        # the handle: the text of `launch`
        outside = int(w[_OUTSIDE])
        handles = at + _SLOTS_AT + (outside + 1 << _RECORD_BITS)
        i = int(w[_HANDLE])
        h = ptr16(handles + (i << 3))
        w[_HANDLE] = h[_NEXT_FREE]
        ptr32(h)[0] = (n[_GENERATION] << 14) | node
        ptr16(handles + (node << 3))[_HANDLE_OF] = i
        i = outside + _HANDLES_AT + 3 * i
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
    kit = (store, arguments, disarm, give, slowly)

    @micropython.viper
    def cancel_handle(op) -> bool:  # hot
        store, arguments, disarm, give, slowly = kit
        at = int(a)
        w = ptr32(at)
        handle = int(op) & -8
        handles = at + _SLOTS_AT + (int(w[_OUTSIDE]) + 1 << _RECORD_BITS)
        h = ptr32(handles + handle)
        i = int(h[0])
        if i >> _ENDED_AT:
            return False
        i &= _NODE
        n = ptr16(at + _SLOTS_AT + (i << _RECORD_BITS))
        if i < w[_TASKS] or n[0] != _FRESH_WAIT or n[_JOINER] != _NONE:
            return bool(slowly(i))
        where = int(n[_WHERE])
        if n[_TIMER_NEXT] == i:  # the text of `disarm` for one alone in its list
            n[_WHERE] = _NONE
            w[_ARMED] = w[_ARMED] - 1
            ptr16(at + _LISTS_AT)[where] = _NONE
            bits = ptr8(at + _MAP_AT + (where >> 3))
            bits[0] = bits[0] & (255 - (1 << (where & 7)))
        else:
            disarm(at, i)
        arguments[i - w[_TASKS]] = None
        store[i] = None
        # the end of the task, as in `finish`
        h[0] = h[0] | _TAKEN
        ptr16(handles + (w[_HANDLE_LAST] << 3))[_NEXT_FREE] = handle >> 3
        w[_HANDLE_LAST] = handle >> 3
        give(at, _FREE_CALLS, i)
        if i == w[_UNTIL]:
            w[_UNTIL] = _NONE
            w[_BELL] = 1  # the burst is to be left
        return True

    return cancel_handle
