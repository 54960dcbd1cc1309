"""The mailbox of a scheduler: the calls that other threads post to it.

Guarantees
 * posted calls are made on the scheduler's thread, in the order in which they were posted;
 * to post allocates nothing, and waits only for the short sections under the lock;
 * a post to a full mailbox returns False: no call is lost unseen.

All words are written under the lock that all schedulers share. core/doorbell.py says how a post
wakes the scheduler; how the scheduler sleeps depends on the port: lock_mailbox.py and
event_mailbox.py. `mailbox_of` makes the right one.
"""

from ..core.block import address_of, get_word, set_word
from ..core.clock import ManualClock
from ..core.doorbell import enter, leave, no_lock, ring_bell
from ..core.idle import wait_ready_of
from ..core.layout import LOW, MailboxBlock
from ..core.on_cpython import const, micropython, ptr32
from . import port

_TURNS_PER_BATCH = const(64)  # of a scheduler, where threads share an interpreter


class Mailbox:
    """Lets other threads reach a scheduler.  A scheduler has one at most: see `mailbox_of`.

    `capacity` is how many posted calls wait at most.  Context: boot.
    ValueError: the scheduler already has a mailbox, or `capacity` is not 1 to 16383.
    """

    def __init__(self, scheduler, capacity=8):
        if scheduler.mailbox is not None:
            raise ValueError("this scheduler has a mailbox: use scheduler.mailbox")
        if not 1 <= capacity <= 0x3FFF:
            raise ValueError("a mailbox holds 1 to 16383 calls, not %r" % (capacity,))
        self._scheduler = scheduler
        self.scheduler_at = scheduler.address
        self.enter = enter
        self.leave = leave
        self.give = no_lock  # does nothing; LockMailbox gives the scheduler's semaphore
        self._block = bytearray(MailboxBlock.BYTES)
        self.address = address_of(self._block)
        set_word(self.address, MailboxBlock.CAPACITY, capacity)
        fenced = port.capability == port.PARALLEL and port.event_wait is None
        set_word(self.address, MailboxBlock.FENCED, fenced)
        self._functions = [None] * (capacity + 1)  # one place more: see `post_last`
        self._arguments = [None] * (capacity + 1)
        self._function = None
        self._argument = None
        self._make_calls = self._make_calls  # type: ignore[method-assign]  # a faster look-up
        self.attends = True  # to soft callbacks and Ctrl-C; a worker's thread does not

    def _attach(self, scheduler, idle, ring):
        """Have the scheduler sleep with `idle`, and others wake it with `ring`.  Context: boot."""
        scheduler.idle = idle
        scheduler.ring = ring
        scheduler.mailbox = self
        scheduler._answers.insert(0, self._answer)
        if port.capability == port.GIL:
            # The interpreter gives up its lock only in bytecode loops; the run loop is no bytecode.
            scheduler.batch_limit = _TURNS_PER_BATCH
        clock = scheduler.clock
        if not isinstance(clock, ManualClock):  # nobody waits for a ManualClock
            posts = scheduler._answers[0]
            scheduler.wait_ready = wait_ready_of(scheduler, clock, idle, self.address, posts)

    def mailbox_for(self, scheduler):
        """The mailbox of another scheduler; made if it has none.  Context: boot."""
        return type(self)(scheduler) if scheduler.mailbox is None else scheduler.mailbox

    def start_ticker(self):
        """Start what ends sleeps with a deadline, where that takes a thread.  Context: boot."""

    def post(self, function, argument=None):
        """Have `function(argument)` called on the scheduler's thread: True; False: no room.

        Context: any thread; not a hard IRQ.  Alloc: 0.
        """
        return self._put(function, argument, 0) == 1

    def post_last(self, function):
        """Post `function(None)` into the place that is kept for one such call, a worker's stop.

        Context and alloc: see `post`.
        """
        self._put(function, None, 1)

    @property
    def high_water(self):
        """The most calls that have waited here.  Alloc: 0."""
        return get_word(self.address, MailboxBlock.HIGH)

    @property
    def refused(self):
        """How many posts found the mailbox full, modulo 2**30.  Alloc: 0."""
        return get_word(self.address, MailboxBlock.REFUSED)

    @micropython.viper
    def _put(self, function, argument, spare: int) -> int:  # hot
        """Steps 1 to 3 of core/doorbell.py: 1; 0 when all places, and `spare` more, are taken."""
        words = ptr32(int(self.address))
        header = ptr32(int(self.scheduler_at))
        functions = self._functions
        arguments = self._arguments
        done = 0
        asleep = 0
        self.enter()
        count = int(words[MailboxBlock.COUNT])
        if count < words[MailboxBlock.CAPACITY] + spare:
            place = int(words[MailboxBlock.FIRST]) + count
            if place > words[MailboxBlock.CAPACITY]:  # there is one place more than the capacity
                place -= int(words[MailboxBlock.CAPACITY]) + 1
            functions[place] = function
            arguments[place] = argument
            count += 1
            words[MailboxBlock.COUNT] = count
            if count > words[MailboxBlock.HIGH]:
                words[MailboxBlock.HIGH] = count
            asleep = ring_bell(header)
            done = 1
        else:
            words[MailboxBlock.REFUSED] = (words[MailboxBlock.REFUSED] + 1) & LOW
        self.leave()
        if asleep:
            self.give()
        return done

    @micropython.viper
    def _get(self) -> int:  # hot
        """Move the first call to `_function` and `_argument`; 0 when there is none."""
        words = ptr32(int(self.address))
        functions = self._functions
        arguments = self._arguments
        none = None
        self.enter()
        count = int(words[MailboxBlock.COUNT])
        if count:
            place = int(words[MailboxBlock.FIRST])
            self._function = functions[place]
            self._argument = arguments[place]
            functions[place] = none
            arguments[place] = none
            words[MailboxBlock.COUNT] = count - 1
            place += 1
            if place > words[MailboxBlock.CAPACITY]:
                place = 0
            words[MailboxBlock.FIRST] = place
        self.leave()
        return count

    @micropython.viper
    def _answer(self):  # hot
        """Step 7, for posted calls: the bell rang."""
        words = ptr32(int(self.address))
        if words[MailboxBlock.FENCED]:
            self.enter()
            self.leave()
        if words[MailboxBlock.COUNT]:
            self._make_calls()

    def _make_calls(self):  # hot
        """Make as many calls as wait now: a call that posts again does not stop the tasks."""
        left = get_word(self.address, MailboxBlock.COUNT)
        while left and self._get():
            left -= 1
            function = self._function
            argument = self._argument
            self._function = self._argument = None
            try:
                function(argument)
            except Exception as error:
                self._scheduler._report(self, error, False)
            function = argument = None
