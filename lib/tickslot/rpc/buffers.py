"""Buffers for bulk data, lent and given back: each has one holder at a time, on whatever core.

    FREE --1 lend--> LENT --2 pass_on--> LENT, to another --3 give_back, or take_back--> FREE

A lease is a ticket, a small int that goes along in a request's argument.  Each step makes the old
ticket invalid.  Whoever still uses it gets an error, not the other core's data.
"""

from ..core.block import address_of, get_half, set_half
from ..core.doorbell import no_lock
from ..core.layout import NONE
from ..core.on_cpython import const, micropython, ptr16
from ..core.outcomes import EMPTY
from .inline import ticket_of
from .layout import Ticket

# The block, in 16-bit words.  All are written under the lock.
_FREE = const(0)  # the first buffer that is free
_LENT = const(1)  # how many are lent
_HIGH = const(2)  # the most that were lent
_LINKS = const(4)  # two for each buffer: the next free one; and its lease, 14 bits, one more a step

# what is wrong with a ticket
_ENDED = const(-1)
_STRANGER = const(-2)


class Buffers:
    """`count` buffers of `size` bytes each, shared on one thread, or on several.

    scheduler  any scheduler that has a mailbox (make its Worker first).  None: only one thread
               uses the buffers

    A borrower is any object, told apart with `is`.  Best is a Service, a Client or a Scheduler: in
    a sealed scheduler these can make the errors that they cause.
    ValueError: no buffers, or no lock.  Context: boot.  Alloc: boot only.
    """

    def __init__(self, count, size, scheduler=None):
        if not 1 <= count <= 0x3FFF or size < 1:
            raise ValueError("1 to 16383 buffers of a byte or more, not %r of %r" % (count, size))
        enter = leave = no_lock
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
        self._address = address = address_of(self._block)
        for index in range(count):
            set_half(address, _LINKS + 2 * index, index + 1 if index + 1 < count else NONE)
        self._hot = (address, enter, leave, self._holders, None)

    def lend(self, who):
        """Lend `who` a buffer: its ticket, or EMPTY when all are lent.  Any thread.  Alloc: 0."""
        ticket = self._lend(who)
        return EMPTY if ticket < 0 else ticket

    def buffer(self, ticket, who):
        """The bytearray of that lease.  Any thread.  Alloc: 0.

        RuntimeError: the lease has ended, or the buffer is lent to another.
        """
        index = ticket & Ticket.MASK
        holder = None
        if index < self.count and self._lease(index) == ticket >> Ticket.BITS:
            holder = self._holders[index]
        if holder is not who:
            self._checked(_ENDED if holder is None else _STRANGER, who)
        return self._buffers[index]

    def pass_on(self, ticket, who, to):
        """Lend `to` the buffer that `who` has: the new ticket.  Errors, context: see `buffer`."""
        return self._checked(self._move(ticket, who, to, 1), who)

    def give_back(self, ticket, who):
        """End a lease.  Errors, context: see `buffer`."""
        self._checked(self._move(ticket, who, who, 0), who)

    def take_back(self, who):
        """Take back the buffers that `who` has not given back: how many.  `leaks` counts them too.

        For `on_stop` of a service, or the end of a task.  Any thread.  Alloc: 0.
        """
        count = 0
        for index in range(self.count):
            if self._holders[index] is who:
                lease = self._lease(index)
                if self._move(ticket_of(index, lease), who, who, 0) >= 0:
                    count += 1
        self.leaks += count
        return count

    @property
    def lent(self):
        """How many are lent.  Alloc: 0."""
        return get_half(self._address, _LENT)

    @property
    def high_water(self):
        """The most that were lent at a time.  Alloc: 0."""
        return get_half(self._address, _HIGH)

    @micropython.viper
    def _lend(self, who) -> int:  # hot
        (address, enter, leave, holders, none) = self._hot
        halves = ptr16(int(address))
        ticket = -1
        enter()
        index = int(halves[_FREE])
        if index != NONE:
            place = _LINKS + (index << 1)
            halves[_FREE] = halves[place]
            holders[index] = who
            ticket = ticket_of(index, int(halves[place + 1]))
            lent = int(halves[_LENT]) + 1
            halves[_LENT] = lent
            if lent > int(halves[_HIGH]):
                halves[_HIGH] = lent
        leave()
        return ticket

    @micropython.viper
    def _move(self, ticket: int, who, to, lends: int) -> int:  # hot
        """Step 2, or step 3 if `lends` is 0: the new ticket, or what is wrong with this one."""
        (address, enter, leave, holders, none) = self._hot
        halves = ptr16(int(address))
        index = ticket & Ticket.MASK
        if index >= int(len(holders)):
            return _ENDED
        place = _LINKS + (index << 1)
        lease = ticket >> Ticket.BITS
        result = _ENDED
        enter()
        if int(halves[place + 1]) == lease:
            holder = holders[index]
            if holder is who:
                lease = (lease + 1) & Ticket.MASK
                halves[place + 1] = lease
                result = ticket_of(index, lease)
                if lends:
                    holders[index] = to
                else:
                    holders[index] = none
                    halves[place] = halves[_FREE]
                    halves[_FREE] = index
                    halves[_LENT] = halves[_LENT] - 1
            elif holder is not none:
                result = _STRANGER
        leave()
        return result

    def _lease(self, index):
        return get_half(self._address, _LINKS + 1 + 2 * index)

    def _checked(self, result, who):
        if result >= 0:
            return result
        text = "%r: this lease has ended: the buffer was given back, or passed on"
        if result == _STRANGER:
            text = "%r does not hold that buffer: its holder can pass it on"
        scheduler = getattr(who, "scheduler", who)
        if hasattr(scheduler, "error"):
            raise scheduler.error(RuntimeError, text, who)
        raise RuntimeError(text % (who,))
