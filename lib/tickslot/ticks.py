"""A scheduler's time: sleeps, timeouts, and what sets a task's deadline."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .burst import OP_PARK
from .slot import (
    ASLEEP,
    CANCEL,
    RECORD,
    SLOTS_AT,
    TIMED,
    get_byte,
    get_word,
    set_byte,
    set_word,
)
from .wheel import MAX_TICKS, ahead, elapsed, expire, start

# the block's layout: see slot.py, whose constants these are
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_TIMED = const(1)
_ASLEEP = const(8)
_LAST = const(0)
_SLACK = const(1)
_PERIOD = const(4)
_ARMED = const(5)
_CURRENT = const(10)
_CLOCK_MASK = const(20)
_TICKS_PER_MS = const(22)
_TASKS = const(23)
_DEADLINE = const(2)
_DEADLINE_HI = const(12)
_LONG = const(0x7FFFFFFFF)  # half the wheel's range; no small int, so only compared


class Ticks:
    """The operations of a scheduler that wait for its clock.

    They stand in an object of their own, and a small one, because they are
    called the most: looking an attribute up costs less the fewer there are.
    A scheduler's `sleep_ms` and its like are these methods.
    """

    def __init__(self, scheduler, clock, ticks_per_ms):
        self.op = OP_PARK  # a sleep is this object: what it needs stands in the task's slot
        self.address = scheduler.address
        self.clock = clock
        self.ms_limit = (1 << 29) // ticks_per_ms  # from here on a sleep takes the long way
        self._scheduler = scheduler

    @micropython.viper
    def now(self) -> int:  # hot
        """The clock's time, in ticks, 0 to period - 1.  Context: any.  Alloc: 0."""
        return int(self.clock()) & ptr32(int(self.address))[_CLOCK_MASK]

    @micropython.viper
    def sleep_ms(self, ms):  # hot
        """Operation: wait for `ms` milliseconds from this call.

        Never early; late by what other tasks' turns take.  0 yields exactly once.
        Yielding it gives None.

        ValueError: negative, or beyond the range of 2**36 - 1 ticks.
        RuntimeError: outside of a task, or the last operation was not yielded.
        Context: task.  Alloc: 0 below 2**29 ticks.
        """
        a = int(self.address)
        w = ptr32(a)
        ticks = int(ms)
        node = int(w[_CURRENT])
        if ticks > 0 and node < w[_TASKS]:
            r = a + _SLOTS_AT + (node << _RECORD_BITS)
            # the limit is compared as an object, because int() cuts what is no small int
            if ptr16(r)[0] == 0 and ms < self.ms_limit:
                time = int(self.clock()) & w[_CLOCK_MASK]
                ticks = ticks * w[_TICKS_PER_MS]
                if w[_ARMED]:
                    passed = time - w[_LAST]
                    if passed < 0:
                        passed += w[_PERIOD]
                    if passed < w[_PERIOD] >> 1:
                        ticks += passed
                else:
                    w[_LAST] = time
                    w[_SLACK] = w[_PERIOD] >> 2
                ptr32(r)[_DEADLINE] = ticks
                ptr8(r)[_DEADLINE_HI] = 0
                ptr8(r)[1] = _ASLEEP
                return self
        return self._sleep(ms, w[_TICKS_PER_MS])

    def sleep(self, ticks):
        """Operation: wait for `ticks` of the clock from this call.  See `sleep_ms`."""
        return self._sleep(ticks, 1)

    def sleep_until(self, deadline):
        """Operation: wait until the clock shows `deadline`, 0 to period - 1.

        One that lies up to half a period back is past: it yields exactly once.
        See `sleep_ms`.
        """
        return self._sleep(max(0, ahead(self.address, deadline, self.now())), 1)

    def yield_now(self):
        """Operation: let every task that is ready have its turn.  A bare `yield` does the same."""
        return self._sleep(0, 1)

    @micropython.viper
    def within(self, timeout_ms):  # hot
        """Set the running task's timeout, for the operation that it is about to yield.

        The text of `sleep_ms`, with another flag: a call of it costs as much as it does.
        """
        a = int(self.address)
        w = ptr32(a)
        ticks = int(timeout_ms)
        node = int(w[_CURRENT])
        if ticks > 0 and node < w[_TASKS]:
            r = a + _SLOTS_AT + (node << _RECORD_BITS)
            if ptr16(r)[0] == 0 and timeout_ms < self.ms_limit:
                time = int(self.clock()) & w[_CLOCK_MASK]
                ticks = ticks * w[_TICKS_PER_MS]
                if w[_ARMED]:
                    passed = time - w[_LAST]
                    if passed < 0:
                        passed += w[_PERIOD]
                    if passed < w[_PERIOD] >> 1:
                        ticks += passed
                else:
                    w[_LAST] = time
                    w[_SLACK] = w[_PERIOD] >> 2
                ptr32(r)[_DEADLINE] = ticks
                ptr8(r)[_DEADLINE_HI] = 0
                ptr8(r)[1] = _TIMED
                return self
        return self._timeout(timeout_ms, w[_TICKS_PER_MS])

    def park(self, node, ticks):
        """Have the timer of a node that is about to be parked fire in `ticks`, 1 to 2**36 - 1."""
        a = self.address
        time = self.now()
        start(a, time)
        passed = elapsed(a, time)
        if passed and ticks > _LONG:
            expire(a, time)
            passed = 0
        ticks += passed
        record = a + SLOTS_AT + RECORD * node
        set_word(record, _DEADLINE, ticks & 0x3FFFFFFF)
        set_byte(record, _DEADLINE_HI, ticks >> 30)
        set_byte(record, 1, get_byte(record, 1) | TIMED)

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

    def _sleep(self, ms, ticks_per_ms):
        """The long way of every sleep: whatever is unusual ends up here."""
        ticks = self.checked(ms * ticks_per_ms)
        self._set_deadline(ticks, ASLEEP)
        return self

    def _timeout(self, ms, ticks_per_ms):
        """The long way of every timeout."""
        self._set_deadline(ms * ticks_per_ms, TIMED)

    def _set_deadline(self, ticks, flag):
        ticks = self.checked(ticks)
        a = self.address
        node = get_word(a, _CURRENT)
        if node >= get_word(a, _TASKS):
            raise self._scheduler.error(
                RuntimeError,
                "an operation outside of a task (%r): yield it in a generator given to spawn()",
                self._scheduler.current,
            )
        record = a + SLOTS_AT + RECORD * node
        if get_byte(record, 1) & (TIMED | ASLEEP):
            set_byte(record, 1, get_byte(record, 1) & CANCEL)
            raise self._scheduler.forgot(node)
        if ticks or flag == TIMED:
            self.park(node, ticks)
            set_byte(record, 1, get_byte(record, 1) & CANCEL | flag)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
