"""A scheduler's time: sleeps, timeouts, and what sets a task's deadline."""

from .block import get_byte, get_word, set_byte, set_word
from .inline import count_timer, link_timer, list_number, slot_at, ticks_from_last
from .layout import LOW, Block, Flag, Header, Op, Slot
from .on_cpython import const, micropython, ptr8, ptr16, ptr32, uint
from .timer_wheel import MAX_TICKS, ahead, arm, disarm, elapsed, expire, start

_LONG = const(0x7FFFFFFFF)  # half the wheel's range; it is no small int, so it is only compared


def timer_of(place, clock, limit, ticks):
    """Make `sleep_ms` or `within` of a Ticks; `place` is the block's address plus the flag to set.

    The call arms the running task's timer; the `yield` of the operation only parks the task.

    It is a closure and no method: a captured object costs one load, an attribute 1.7 us (RP2040).
    Captured objects and arguments together are five at most, or a call allocates.  It uses no
    global name, which saves 1 us: viper would save and restore the globals around the call.

    `slowly` handles unusual times: `limit` milliseconds and more, or beyond the wheel's level 2.
    """

    @micropython.viper
    def timer(ms):  # hot
        base = int(place)
        flag = base & 15
        base -= flag
        header = ptr32(base)
        node = int(header[Header.CURRENT])
        word = uint(ms if base else 0)  # of a small int: twice it, plus 1; of other objects: even
        if word & 1 and node < header[Header.TASKS]:
            slot = ptr16(slot_at(base, node))
            if not slot[Slot.STATUS] and word ^ 1 and word < uint(limit if base else 0):
                time = int(clock()) & header[Header.CLOCK_MASK]
                delay = int(word >> 1) * header[Header.TICKS_PER_MS]
                delay = ticks_from_last(header, time, delay)
                now = int(header[Header.NOW_LOW])
                time = now + delay
                differs = time ^ now
                if differs < 262144:
                    number = list_number(time, differs)
                    slot[Slot.STATUS] = flag << 8
                    ptr32(slot)[Slot.DEADLINE] = time
                    ptr8(slot)[Slot.DEADLINE_HIGH] = header[Header.NOW_HIGH]
                    if delay < header[Header.SLACK]:
                        header[Header.SLACK] = delay
                    count_timer(header)
                    link_timer(base, slot, node, number)
                    return ticks
        return ticks.slowly(ms, flag)

    return timer


class Ticks:
    """The operations of a scheduler that wait for its clock.

    sleep_ms(ms)  Operation: wait for `ms` milliseconds from this call.

        It never ends early; it ends late by the turns of other tasks.  0 yields exactly
        once.  `yield` gives None.

        ValueError: negative, or beyond the range of 2**36 - 1 ticks.
        RuntimeError: no task runs, or the last operation was not yielded.
        Context: task.  Alloc: 0 below 2**29 ticks.

    within(ms)  Set the running task's timeout, for the operation that it yields next.

        Like `sleep_ms`, but it is no operation, and 0 is a timeout too.
    """

    def __init__(self, scheduler, clock, ticks_per_ms):
        self.op = Op.PARK  # a sleep is this object: its deadline is in the task's slot
        self.address = base = scheduler.address
        self.clock = clock
        self._scheduler = scheduler
        limit = (1 << 29) // ticks_per_ms
        self.sleep_ms = timer_of(base + Flag.ASLEEP, clock, limit, self)
        self.within = timer_of(base + Flag.TIMED, clock, limit, self)

    @micropython.viper
    def now(self) -> int:  # hot
        """The clock's time, in ticks, 0 to period - 1.  Context: any.  Alloc: 0."""
        return int(self.clock()) & ptr32(int(self.address))[Header.CLOCK_MASK]

    def sleep(self, ticks):
        """Operation: wait for `ticks` of the clock from this call.  See `sleep_ms`."""
        return self.in_words(ticks, Flag.ASLEEP)

    def sleep_until(self, deadline):
        """Operation: wait until the clock shows `deadline`, 0 to period - 1.

        A deadline up to half a period back is past: then it yields exactly once.
        See `sleep_ms`.
        """
        return self.in_words(max(0, ahead(self.address, deadline, self.now())), Flag.ASLEEP)

    def yield_now(self):
        """Operation: let every ready task have its turn.  A bare `yield` does the same."""
        return self.in_words(0, Flag.ASLEEP)

    def park(self, node, ticks):
        """Arm the timer of a node that is about to be parked: `ticks` are 0 to 2**36 - 1."""
        base = self.address
        time = self.now()
        start(base, time)
        passed = elapsed(base, time)
        if passed and ticks > _LONG:
            expire(base, time)
            passed = 0
        ticks += passed
        slot = base + Block.SLOTS + Slot.BYTES * node
        set_word(slot, Slot.DEADLINE, ticks & LOW)
        set_byte(slot, Slot.DEADLINE_HIGH, ticks >> 30)
        arm(base, node, 1)

    def checked(self, ticks):
        """Check that a timer can wait for `ticks`: returns them, or raises a clear error."""
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
        """`sleep_ms` or `within` (`flag` says which) with unusual arguments."""
        return self.in_words(ms * get_word(self.address, Header.TICKS_PER_MS), flag)

    def in_words(self, ticks, flag):
        """`slowly`, in ticks."""
        ticks = self.checked(ticks)
        base = self.address
        node = get_word(base, Header.CURRENT)
        if node >= get_word(base, Header.TASKS):
            raise self._scheduler.error(
                RuntimeError,
                "an operation outside of a task (%r): yield it in a generator given to spawn()",
                self._scheduler.current,
            )
        slot = base + Block.SLOTS + Slot.BYTES * node
        flags = get_byte(slot, Slot.FLAGS)
        if flags & (Flag.TIMED | Flag.ASLEEP):
            set_byte(slot, Slot.FLAGS, flags & Flag.CANCEL)
            disarm(base, node)
            raise self._scheduler.forgot(node)
        if ticks or flag == Flag.TIMED:
            self.park(node, ticks)
            set_byte(slot, Slot.FLAGS, flags & Flag.CANCEL | flag)
        return self

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
