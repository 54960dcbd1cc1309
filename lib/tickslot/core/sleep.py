"""A scheduler's time: sleeps, timeouts, and what sets a task's deadline."""

from .block import get_byte, get_word, set_byte, set_word
from .layout import Block, Flag, Header, LOW, NONE, Op, Slot
from .on_cpython import const, micropython, ptr16, ptr32, ptr8, uint
from .timer_wheel import MAX_TICKS, ahead, arm, disarm, elapsed, expire, start


# the block's layout: see slot.py, whose constants these are
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
        node = int(w[Header.CURRENT])
        word = uint(ms if a else 0)  # a small int's, twice it and 1; others are even
        if word & 1 and node < w[Header.TASKS]:
            n = ptr16(a + Block.SLOTS + (node << Slot.BITS))
            if not n[0] and word ^ 1 and word < uint(limit if a else 0):
                time = int(clock()) & w[Header.CLOCK_MASK]
                delay = int(word >> 1) * w[Header.TICKS_PER_MS]
                if w[Header.ARMED]:
                    time -= w[Header.LAST]
                    if time < 0:
                        time += w[Header.PERIOD]
                    if time < w[Header.PERIOD] >> 1:
                        delay += time
                else:
                    w[Header.LAST] = time
                    w[Header.SLACK] = w[Header.PERIOD] >> 2
                now = int(w[Header.NOW_LOW])
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
                    n[Slot.TIMER_LIST] = where
                    ptr32(n)[Slot.DEADLINE] = time
                    ptr8(n)[Slot.DEADLINE_HIGH] = w[Header.NOW_HIGH]
                    if delay < w[Header.SLACK]:
                        w[Header.SLACK] = delay
                    if not w[Header.ARMED] and w[Header.SEEN] == w[Header.PERIOD]:
                        w[Header.SWITCHES] = (w[Header.SWITCHES] - w[Header.TO_LOOK]) & LOW
                        w[Header.TO_LOOK] = 0
                    w[Header.ARMED] = w[Header.ARMED] + 1
                    lists = ptr16(a + Block.TIMER_LISTS)
                    first = int(lists[where])
                    if first == NONE:
                        lists[where] = node
                        n[Slot.TIMER_NEXT] = node
                        n[Slot.TIMER_PREVIOUS] = node
                        bits = ptr8(a + Block.TIMER_MAP)
                        bits[where >> 3] = bits[where >> 3] | (1 << (where & 7))
                    else:
                        f = ptr16(a + Block.SLOTS + (first << Slot.BITS))
                        last = int(f[Slot.TIMER_PREVIOUS])
                        n[Slot.TIMER_NEXT] = first
                        n[Slot.TIMER_PREVIOUS] = last
                        f[Slot.TIMER_PREVIOUS] = node
                        ptr16(a + Block.SLOTS + (last << Slot.BITS))[Slot.TIMER_NEXT] = node
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
        self.op = Op.PARK  # a sleep is this object: what it needs stands in the task's slot
        self.address = a = scheduler.address
        self.clock = clock
        self._scheduler = scheduler
        limit = (1 << 29) // ticks_per_ms
        self.sleep_ms = timer_of(a + Flag.ASLEEP, clock, limit, self)
        self.within = timer_of(a + Flag.TIMED, clock, limit, self)

    @micropython.viper
    def now(self) -> int:  # hot
        """The clock's time, in ticks, 0 to period - 1.  Context: any.  Alloc: 0."""
        return int(self.clock()) & ptr32(int(self.address))[Header.CLOCK_MASK]

    def sleep(self, ticks):
        """Operation: wait for `ticks` of the clock from this call.  See `sleep_ms`."""
        return self.in_words(ticks, Flag.ASLEEP)

    def sleep_until(self, deadline):
        """Operation: wait until the clock shows `deadline`, 0 to period - 1.

        One that lies up to half a period back is past: it yields exactly once.
        See `sleep_ms`.
        """
        return self.in_words(max(0, ahead(self.address, deadline, self.now())), Flag.ASLEEP)

    def yield_now(self):
        """Operation: let every task that is ready have its turn.  A bare `yield` does the same."""
        return self.in_words(0, Flag.ASLEEP)

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
        record = a + Block.SLOTS + Slot.BYTES * node
        set_word(record, Slot.DEADLINE, ticks & 0x3FFFFFFF)
        set_byte(record, Slot.DEADLINE_HIGH, ticks >> 30)
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
        return self.in_words(ms * get_word(self.address, Header.TICKS_PER_MS), flag)

    def in_words(self, ticks, flag):
        """`slowly`, in ticks."""
        ticks = self.checked(ticks)
        a = self.address
        node = get_word(a, Header.CURRENT)
        if node >= get_word(a, Header.TASKS):
            raise self._scheduler.error(
                RuntimeError,
                "an operation outside of a task (%r): yield it in a generator given to spawn()",
                self._scheduler.current,
            )
        record = a + Block.SLOTS + Slot.BYTES * node
        if get_byte(record, 1) & (Flag.TIMED | Flag.ASLEEP):
            set_byte(record, 1, get_byte(record, 1) & Flag.CANCEL)
            disarm(a, node)
            raise self._scheduler.forgot(node)
        if ticks or flag == Flag.TIMED:
            self.park(node, ticks)
            set_byte(record, 1, get_byte(record, 1) & Flag.CANCEL | flag)
        return self

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
