"""Work that other threads leave for a scheduler, and the bell that wakes it.

Guarantees
 * a wake is never lost: what was posted before the scheduler slept is done
   without sleep, what is posted after that ends the sleep;
 * whoever sleeps uses no CPU and holds no interpreter lock;
 * posting allocates nothing, waits for nobody but the short sections below,
   and a full mailbox says so.

The bell, and who writes each of its words:

    BELL    1: somebody has something for the scheduler.  Written 1 by who rings,
            under the lock (a hard IRQ writes it alone), and 0 by the scheduler.
    ASLEEP  1: the scheduler is about to wait for its semaphore, or does.
            Both ways under the lock.

    sender     1 put the item   2 BELL = 1  3 ASLEEP ? ASLEEP = 0 and give : nothing
    scheduler  4 BELL ? drain : ASLEEP = 1  5 take (waits)   6 BELL = 0    7 drain

1 to 3 are one section under the lock, and so is 4; 6 comes before 7.  So who
sends before 4 is seen by it, and who sends after 4 sees ASLEEP.  Exactly one
sender takes ASLEEP back, and gives the semaphore once: it is a lock that its
sleeper holds while awake.  tests_host/test_wake_model.py goes through every
order of these steps, and of wrong ones.

Ctrl-C may end 5 (on Unix, where it is raised in the midst of `acquire`): then
ASLEEP is taken back as in 4, or the semaphore is taken that a sender gives.

Who waits in `acquire` handles nothing that is pending: no soft callback, and
under a GIL no Ctrl-C.  A worker's thread need not.  Another one, the main
thread's, is woken by the ticker every 20 ms to do so.

On rp2 nobody sets ASLEEP: see event_mailbox.py.

Memory order.  Every word here that two threads write is written under the lock,
whose acquire and release order it on every machine, ARM64 included.  Outside are
the scheduler's look at BELL while it is busy, where a stale 0 delays the drain to
its next look, or to step 4, which is under the lock; and 6, which must be seen
before 7 reads: where cores may do that the other way round, FENCED, the lock is
taken and left between them.
RP2040: its cores do not reorder at all.  RP2350: the M33 may buffer a store,
and the barrier in `release` flushes it.  x86-64: locked instructions are full
barriers.  ESP32: one core runs Python, one thread at a time.
"""

from ..core.block import address_of, get_word, set_word
from ..core.clock import ManualClock, system_clock
from ..core.idle import nap_of
from ..core.inline import address_at
from ..core.layout import Header, MailboxBlock
from ..core.on_cpython import const, micropython, ptr32
from . import port
from .sleep_ticker import Ticker


# the block's layout: see slot.py, whose constants these are

# the mailbox's own words
_STILL = const(0)  # the ticker's word: it sleeps
_GLANCE_MS = const(20)  # how long what is pending on the main thread waits at most


# One lock for all mailboxes, and for what else threads share (rings, the pool's queues, requests):
# its sections are a few words long and call no bytecode, and a reply takes one section, not two.
lock = port.new_lock() if port.capability != port.SINGLE else None


@micropython.viper
def nothing():
    """What stands for `acquire` and `release` where there are no threads."""


enter = lock.acquire if lock else nothing
leave = lock.release if lock else nothing
ticker = Ticker(enter, leave) if lock and port.event_wait is None else None


@micropython.viper
def ring_at(place: int) -> int:
    """Ring the scheduler whose address stands in two words: 1 if its semaphore is to be given.

    Context: under the lock.  Alloc: 0.
    """
    p = ptr32(place)
    w = ptr32(address_at(p, 0))
    w[Header.BELL] = 1
    asleep = int(w[Header.ASLEEP])
    w[Header.ASLEEP] = 0
    return asleep


class Mailbox:
    """Lets other threads reach a scheduler; made at boot, one for each scheduler (`of`).

    `capacity` is how many posted calls wait at most.
    """

    def __init__(self, scheduler, capacity=8):
        if scheduler.mailbox is not None:
            raise ValueError("this scheduler has a mailbox: use scheduler.mailbox")
        if not 1 <= capacity <= 0x3FFF:
            raise ValueError("a mailbox holds 1 to 16383 calls, not %r" % (capacity,))
        self._scheduler = scheduler
        self.scheduler_at = scheduler.address
        self.enter = self._enter = enter
        self.leave = self._leave = leave
        self._block = bytearray(36)
        self.words = at = address_of(self._block)
        set_word(at, MailboxBlock.CAPACITY, capacity)
        self._functions = [None] * (capacity + 1)
        self._arguments = [None] * (capacity + 1)
        self._function = None
        self._argument = None
        self._clock = scheduler.clock
        self._own_clock = scheduler.clock is not system_clock
        self._calls = self._call_all
        set_word(at, MailboxBlock.FENCED, port.capability == port.PARALLEL and port.event_wait is None)
        self.next_due = None  # the ticker's list
        self.attends = True  # to what is pending; a worker's thread does not
        self._ticker = ticker
        self._set_up(scheduler)
        scheduler.mailbox = self
        scheduler._answers.insert(0, self._answer)
        if port.capability == port.GIL:
            # The interpreter lets its lock go in loops of bytecode, and the switch is none.
            scheduler.share = 64
        if not isinstance(scheduler.clock, ManualClock):  # nobody waits for that
            posts = scheduler._answers[0]
            scheduler.nap = nap_of(scheduler, scheduler.clock, scheduler.idle, at, posts)

    def _set_up(self, scheduler):
        semaphore = port.new_lock() if lock else None
        if semaphore:
            semaphore.acquire()
        self._take = semaphore.acquire if semaphore else nothing
        self.give = semaphore.release if semaphore else nothing
        scheduler.idle = self._idle
        scheduler.ring = self.ring

    def beside(self, scheduler):
        """The mailbox of another scheduler, made if it has none.  Context: boot."""
        return of(scheduler)

    def post(self, function, argument=None):
        """Have `function(argument)` called on the scheduler's thread: True; False when it is full.

        Context: any thread; not a hard IRQ.  Alloc: 0.
        """
        if self._put(function, argument, 0):
            return True
        return False

    def post_last(self, function):
        """Post `function(None)` into a place kept for one such call: a worker's stop."""
        self._put(function, None, 1)

    @property
    def high_water(self):
        """The most calls that have waited here.  Alloc: 0."""
        return get_word(self.words, MailboxBlock.HIGH)

    @property
    def refused(self):
        """Posts that found it full, modulo 2**30.  Alloc: 0."""
        return get_word(self.words, MailboxBlock.REFUSED)

    @micropython.viper
    def _put(self, function, argument, spare: int) -> int:  # hot
        m = ptr32(int(self.words))
        w = ptr32(int(self.scheduler_at))
        functions = self._functions
        arguments = self._arguments
        done = 0
        asleep = 0
        self._enter()
        count = int(m[MailboxBlock.COUNT])
        if count < m[MailboxBlock.CAPACITY] + spare:
            place = int(m[MailboxBlock.FIRST]) + count
            if place > m[MailboxBlock.CAPACITY]:  # there is one place more than the capacity
                place -= int(m[MailboxBlock.CAPACITY]) + 1
            functions[place] = function
            arguments[place] = argument
            count += 1
            m[MailboxBlock.COUNT] = count
            if count > m[MailboxBlock.HIGH]:
                m[MailboxBlock.HIGH] = count
            w[Header.BELL] = 1
            asleep = int(w[Header.ASLEEP])
            w[Header.ASLEEP] = 0
            done = 1
        else:
            m[MailboxBlock.REFUSED] = (m[MailboxBlock.REFUSED] + 1) & 0x3FFFFFFF
        self._leave()
        if asleep:
            self.give()
        return done

    @micropython.viper
    def _get(self) -> int:  # hot
        """Move the first item to `_function` and `_argument`; 0 when there is none."""
        m = ptr32(int(self.words))
        functions = self._functions
        arguments = self._arguments
        none = None
        self._enter()
        count = int(m[MailboxBlock.COUNT])
        if count:
            place = int(m[MailboxBlock.FIRST])
            self._function = functions[place]
            self._argument = arguments[place]
            functions[place] = none
            arguments[place] = none
            m[MailboxBlock.COUNT] = count - 1
            place += 1
            if place > m[MailboxBlock.CAPACITY]:
                place = 0
            m[MailboxBlock.FIRST] = place
        self._leave()
        return count

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang."""
        m = ptr32(int(self.words))
        if m[MailboxBlock.FENCED]:
            self._enter()
            self._leave()
        if m[MailboxBlock.COUNT]:
            self._calls()

    def _call_all(self):  # hot
        """As many calls as wait now, so that callers in a loop starve nobody."""
        left = get_word(self.words, MailboxBlock.COUNT)
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

    @micropython.viper
    def ring(self):  # hot
        """Wake the scheduler, to look for what is there.  Context: any thread.  Alloc: 0."""
        w = ptr32(int(self.scheduler_at))
        self._enter()
        w[Header.BELL] = 1
        asleep = int(w[Header.ASLEEP])
        w[Header.ASLEEP] = 0
        self._leave()
        if asleep:
            self.give()

    def _idle(self, ticks):  # hot
        """Sleep until the bell rings, or for `ticks` of the clock; -1: no timer."""
        due = 0
        if self.attends and (ticks < 0 or ticks > _GLANCE_MS):
            ticks = _GLANCE_MS
        if ticks >= 0:
            if self._ticker is None or not self._ticker.started:
                port.doze()
                return
            if self._own_clock:
                ticks = 1  # nobody knows how fast it goes
            due = (port.ticks_ms() + ticks) & 0x1FFFFFFF | 0x20000000
        self._doze(due)

    @micropython.viper
    def _doze(self, due: int):  # hot
        """Steps 4 and 5.  In viper, which no interrupt breaks into where ASLEEP is 1."""
        w = ptr32(int(self.scheduler_at))
        m = ptr32(int(self.words))
        asleep = 0
        still = 0
        self._enter()
        if not w[Header.BELL]:
            m[MailboxBlock.DUE] = due
            w[Header.ASLEEP] = 1
            asleep = 1
            if due:
                ticker = self._ticker
                if not m[MailboxBlock.LINKED]:
                    m[MailboxBlock.LINKED] = 1
                    self.next_due = ticker.first
                    ticker.first = self  # type: ignore[assignment]
                t = ptr32(int(ticker.words))
                still = int(t[_STILL])
                t[_STILL] = 0
        self._leave()
        if still:
            self._ticker.give()
        if asleep:
            self._take_or_rise()

    def _take_or_rise(self):  # hot
        """Step 5."""
        try:
            self._take()
        except BaseException:  # Ctrl-C
            if not self._rise():
                self._take()
            raise

    @micropython.viper
    def _rise(self) -> int:  # hot
        """Take ASLEEP back: 1; 0 when a sender has, who gives the semaphore."""
        w = ptr32(int(self.scheduler_at))
        self._enter()
        asleep = int(w[Header.ASLEEP])
        w[Header.ASLEEP] = 0
        self._leave()
        return asleep


def of(scheduler, capacity=8):
    """The scheduler's mailbox, made if it has none yet.  Context: boot.  Alloc: boot only."""
    mailbox = scheduler.mailbox
    if mailbox is not None:
        return mailbox
    if port.event_wait is None:
        return Mailbox(scheduler, capacity)
    from .event_mailbox import EventMailbox

    return EventMailbox(scheduler, capacity)


def start_ticker():
    """Have sleeps with a deadline end by the ticker from here on, where that takes a thread."""
    if ticker is not None:
        ticker.start()
