"""Buffers for bulk data, lent and given back: one at a time has each, on whatever core.

    FREE --1 lend--> LENT --2 pass_on--> LENT, to another --3 give_back, or take_back--> FREE

A lease is a ticket, a small int, that goes along in a request's argument.  Each
step ends the ticket before it: so who has passed a buffer on or given it back,
and uses it still, is told so, and not the other core's data.
"""

from ..core.block import address_of, get_half, set_half
from ..core.layout import NONE
from ..core.on_cpython import const, micropython, ptr16
from ..core.outcomes import EMPTY
from .service import nothing


# the block: halves; then two for each buffer
_FREE = const(0)  # the first that is free
_LENT = const(1)  # how many are lent
_HIGH = const(2)  # the most that were
_LINKS = const(4)  # its next free one; and its lease, 14 bits, one more each step

# what is wrong with a ticket
_ENDED = const(-1)
_STRANGER = const(-2)


class Buffers:
    """`count` buffers of `size` bytes each, for those on one thread, or on several.

    scheduler  one of those that share them, whose Worker is made: for its lock.  None: one thread

    Who borrows is any object, told apart with `is`: a Service, a Client or a Scheduler, best, which
    make the errors that they cause in a sealed scheduler as well.

    ValueError: no buffers, or no lock.  Context: boot.  Alloc: boot only.
    """

    def __init__(self, count, size, scheduler=None):
        if not 1 <= count <= 0x3FFF or size < 1:
            raise ValueError("1 to 16383 buffers of a byte or more, not %r of %r" % (count, size))
        enter = leave = nothing
        if scheduler is not None:
            mailbox = scheduler.mailbox
            if mailbox is None:
                raise ValueError("%r has no lock to share: make its Worker first" % scheduler)
            enter = mailbox.enter
            leave = mailbox.leave
        self.count = count
        self.size = size
        self.leaks = 0
        self._buffers = [bytearray(size) for _ in range(count)]
        self._holders = [None] * count
        self._block = bytearray(2 * _LINKS + 4 * count)
        self._at = at = address_of(self._block)
        for index in range(count):
            set_half(at, _LINKS + 2 * index, index + 1 if index + 1 < count else NONE)
        self._kit = (at, enter, leave, self._holders, None)

    def lend(self, who):
        """Lend `who` a buffer: its ticket, or EMPTY when all are lent.  Any thread.  Alloc: 0."""
        ticket = self._lend(who)
        return EMPTY if ticket < 0 else ticket

    def buffer(self, ticket, who):
        """The bytearray of that lease.

        RuntimeError: it has ended, or the buffer is lent to another.  Any thread.  Alloc: 0.
        """
        index = ticket & 0x3FFF
        holder = None
        if index < self.count and get_half(self._at, _LINKS + 1 + 2 * index) == ticket >> 14:
            holder = self._holders[index]
        if holder is not who:
            self._wrong(_ENDED if holder is None else _STRANGER, who)
        return self._buffers[index]

    def pass_on(self, ticket, who, to):
        """Lend `to` what `who` has: the new ticket, as the old one ends.

        RuntimeError: see `buffer`.  Any thread.  Alloc: 0.
        """
        return self._checked(self._move(ticket, who, to, 1), who)

    def give_back(self, ticket, who):
        """End a lease.

        RuntimeError: it has ended before, or the buffer is lent to another.  Any thread.  Alloc: 0.
        """
        self._checked(self._move(ticket, who, who, 0), who)

    def take_back(self, who):
        """Take back what `who` has not given back: how many, counted in `leaks` as well.

        For `on_stop` of a service, or the end of a task.  Any thread.  Alloc: 0.
        """
        count = 0
        for index in range(self.count):
            if self._holders[index] is who:
                lease = get_half(self._at, _LINKS + 1 + 2 * index)
                if self._move(lease << 14 | index, who, who, 0) >= 0:
                    count += 1
        self.leaks += count
        return count

    @property
    def lent(self):
        """How many are lent.  Alloc: 0."""
        return get_half(self._at, _LENT)

    @property
    def high_water(self):
        """The most that were.  Alloc: 0."""
        return get_half(self._at, _HIGH)

    @micropython.viper
    def _lend(self, who) -> int:  # hot
        (at, enter, leave, holders, none) = self._kit
        h = ptr16(int(at))
        ticket = -1
        enter()
        index = int(h[_FREE])
        if index != NONE:
            place = _LINKS + (index << 1)
            h[_FREE] = h[place]
            holders[index] = who
            ticket = (int(h[place + 1]) << 14) | index
            lent = int(h[_LENT]) + 1
            h[_LENT] = lent
            if lent > int(h[_HIGH]):
                h[_HIGH] = lent
        leave()
        return ticket

    @micropython.viper
    def _move(self, ticket: int, who, to, lends: int) -> int:  # hot
        """Steps 2 and 3: the new ticket, or what is wrong with this one."""
        (at, enter, leave, holders, none) = self._kit
        h = ptr16(int(at))
        index = ticket & 0x3FFF
        if index >= int(len(holders)):
            return _ENDED
        place = _LINKS + (index << 1)
        lease = ticket >> 14
        result = _ENDED
        enter()
        if int(h[place + 1]) == lease:
            holder = holders[index]
            if holder is who:
                lease = (lease + 1) & 0x3FFF
                h[place + 1] = lease
                result = (lease << 14) | index
                if lends:
                    holders[index] = to
                else:
                    holders[index] = none
                    h[place] = h[_FREE]
                    h[_FREE] = index
                    h[_LENT] = h[_LENT] - 1
            elif holder is not none:
                result = _STRANGER
        leave()
        return result

    def _checked(self, result, who):
        if result < 0:
            self._wrong(result, who)
        return result

    def _wrong(self, what, who):
        text = "%r: this lease has ended: the buffer was given back, or passed on"
        if what == _STRANGER:
            text = "%r has not borrowed that buffer: who has it passes it on"
        scheduler = getattr(who, "scheduler", who)
        if hasattr(scheduler, "error"):
            raise scheduler.error(RuntimeError, text, who)
        raise RuntimeError(text % (who,))
