"""A scheduler's time: sleeps, timeouts, and what sets a task's deadline."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32, uint

from .slot import get_byte, get_word, set_byte, set_word
from .wheel import MAX_TICKS, ahead, arm, disarm, elapsed, expire, start

_OP_PARK = const(0)  # see burst.py

# the block's layout: see slot.py, whose constants these are
_SLOTS_AT = const(960)
_RECORD = const(32)
_RECORD_BITS = const(5)
_LISTS_AT = const(192)
_MAP_AT = const(128)
_NONE = const(0xFFFF)
_TIMED = const(1)
_CANCEL = const(2)
_ASLEEP = const(8)
_LOW = const(0x3FFFFFFF)
_LAST = const(0)
_SLACK = const(1)
_NOW_LO = const(2)
_NOW_HI = const(3)
_PERIOD = const(4)
_ARMED = const(5)
_CURRENT = const(10)
_SWITCHES = const(13)
_SEEN = const(15)
_CLOCK_MASK = const(20)
_TICKS_PER_MS = const(22)
_TASKS = const(23)
_TO_LOOK = const(30)
_TIMER_NEXT = const(2)
_TIMER_PREVIOUS = const(3)
_WHERE = const(7)
_DEADLINE = const(2)
_DEADLINE_HI = const(12)
_LONG = const(0x7FFFFFFFF)  # half the wheel's range; no small int, so only compared


def timer_of(place, clock, limit, ticks):
    """`sleep_ms` or `within` of a Ticks: `place` is the block's address and its flag.

    It arms the running task's timer at once: what the task then yields only
    parks it.  A function, and no method, because what a function closes over
    costs it a load, and an attribute 1.7 us (RP2040; with its arguments that
    are five at most: beyond, a call allocates).  It refers to no global, which
    saves it 1 us of keeping an exception from leaving with the wrong ones.

    What is unusual goes the long way: from `limit` milliseconds on, or above
    the wheel's level 2.
    """

    @micropython.viper
    def timer(ms):  # hot
        a = int(place)
        flag = a & 15
        a -= flag
        w = ptr32(a)
        node = int(w[_CURRENT])
        word = uint(ms if a else 0)  # a small int's, twice it and 1; others are even
        if word & 1 and node < w[_TASKS]:
            n = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
            if not n[0] and word ^ 1 and word < uint(limit if a else 0):
                time = int(clock()) & w[_CLOCK_MASK]
                delay = int(word >> 1) * w[_TICKS_PER_MS]
                if w[_ARMED]:
                    time -= w[_LAST]
                    if time < 0:
                        time += w[_PERIOD]
                    if time < w[_PERIOD] >> 1:
                        delay += time
                else:
                    w[_LAST] = time
                    w[_SLACK] = w[_PERIOD] >> 2
                now = int(w[_NOW_LO])
                time = now + delay
                where = time ^ now
                if where < 262144:
                    # from here on it is the text of `arm`
                    if where < 64:
                        where = time & 63
                    elif where < 4096:
                        where = 64 + (time >> 6 & 63)
                    else:
                        where = 128 + (time >> 12 & 63)
                    n[0] = flag << 8
                    n[_WHERE] = where
                    ptr32(n)[_DEADLINE] = time
                    ptr8(n)[_DEADLINE_HI] = w[_NOW_HI]
                    if delay < w[_SLACK]:
                        w[_SLACK] = delay
                    if not w[_ARMED] and w[_SEEN] == w[_PERIOD]:
                        w[_SWITCHES] = (w[_SWITCHES] - w[_TO_LOOK]) & _LOW
                        w[_TO_LOOK] = 0
                    w[_ARMED] = w[_ARMED] + 1
                    lists = ptr16(a + _LISTS_AT)
                    first = int(lists[where])
                    if first == _NONE:
                        lists[where] = node
                        n[_TIMER_NEXT] = node
                        n[_TIMER_PREVIOUS] = node
                        bits = ptr8(a + _MAP_AT)
                        bits[where >> 3] = bits[where >> 3] | (1 << (where & 7))
                    else:
                        f = ptr16(a + _SLOTS_AT + (first << _RECORD_BITS))
                        last = int(f[_TIMER_PREVIOUS])
                        n[_TIMER_NEXT] = first
                        n[_TIMER_PREVIOUS] = last
                        f[_TIMER_PREVIOUS] = node
                        ptr16(a + _SLOTS_AT + (last << _RECORD_BITS))[_TIMER_NEXT] = node
                    return ticks
        return ticks.slowly(ms, flag)

    return timer


class Ticks:
    """The operations of a scheduler that wait for its clock: its `sleep_ms` and its like.

    sleep_ms(ms)  Operation: wait for `ms` milliseconds from this call.

        Never early; late by what other tasks' turns take.  0 yields exactly
        once.  Yielding it gives None.

        ValueError: negative, or beyond the range of 2**36 - 1 ticks.
        RuntimeError: outside of a task, or the last operation was not yielded.
        Context: task.  Alloc: 0 below 2**29 ticks.

    within(ms)  Set the running task's timeout, for the operation that it yields next.

        The same, but that it is no operation, and that 0 is a timeout too.
    """

    def __init__(self, scheduler, clock, ticks_per_ms):
        self.op = _OP_PARK  # a sleep is this object: what it needs stands in the task's slot
        self.address = a = scheduler.address
        self.clock = clock
        self._scheduler = scheduler
        limit = (1 << 29) // ticks_per_ms
        self.sleep_ms = timer_of(a + _ASLEEP, clock, limit, self)
        self.within = timer_of(a + _TIMED, clock, limit, self)

    @micropython.viper
    def now(self) -> int:  # hot
        """The clock's time, in ticks, 0 to period - 1.  Context: any.  Alloc: 0."""
        return int(self.clock()) & ptr32(int(self.address))[_CLOCK_MASK]

    def sleep(self, ticks):
        """Operation: wait for `ticks` of the clock from this call.  See `sleep_ms`."""
        return self.in_words(ticks, _ASLEEP)

    def sleep_until(self, deadline):
        """Operation: wait until the clock shows `deadline`, 0 to period - 1.

        One that lies up to half a period back is past: it yields exactly once.
        See `sleep_ms`.
        """
        return self.in_words(max(0, ahead(self.address, deadline, self.now())), _ASLEEP)

    def yield_now(self):
        """Operation: let every task that is ready have its turn.  A bare `yield` does the same."""
        return self.in_words(0, _ASLEEP)

    def park(self, node, ticks):
        """Arm the timer of a node that is about to be parked: `ticks` are 0 to 2**36 - 1."""
        a = self.address
        time = self.now()
        start(a, time)
        passed = elapsed(a, time)
        if passed and ticks > _LONG:
            expire(a, time)
            passed = 0
        ticks += passed
        record = a + _SLOTS_AT + _RECORD * node
        set_word(record, _DEADLINE, ticks & 0x3FFFFFFF)
        set_byte(record, _DEADLINE_HI, ticks >> 30)
        arm(a, node, 1)

    def checked(self, ticks):
        """Ticks that a timer can wait for, or a clear error."""
        if not isinstance(ticks, int):
            raise self._scheduler.error(TypeError, "a time is a whole number, not %r", ticks)
        if ticks < 0:
            raise self._scheduler.error(
                ValueError,
                "cannot wait %r ticks: use max(0, ticks), or sleep_until(deadline),"
                " for which the past is now",
                ticks,
            )
        if ticks > MAX_TICKS:
            raise self._scheduler.error(
                ValueError, "%r ticks are beyond the range of 2**36 - 1: wait in parts", ticks
            )
        return ticks

    def slowly(self, ms, flag):
        """What `timer_of` gives, for whatever is unusual."""
        return self.in_words(ms * get_word(self.address, _TICKS_PER_MS), flag)

    def in_words(self, ticks, flag):
        """`slowly`, in ticks."""
        ticks = self.checked(ticks)
        a = self.address
        node = get_word(a, _CURRENT)
        if node >= get_word(a, _TASKS):
            raise self._scheduler.error(
                RuntimeError,
                "an operation outside of a task (%r): yield it in a generator given to spawn()",
                self._scheduler.current,
            )
        record = a + _SLOTS_AT + _RECORD * node
        if get_byte(record, 1) & (_TIMED | _ASLEEP):
            set_byte(record, 1, get_byte(record, 1) & _CANCEL)
            disarm(a, node)
            raise self._scheduler.forgot(node)
        if ticks or flag == _TIMED:
            self.park(node, ticks)
            set_byte(record, 1, get_byte(record, 1) & _CANCEL | flag)
        return self

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
