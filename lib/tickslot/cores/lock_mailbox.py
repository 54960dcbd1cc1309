"""The mailbox of a scheduler that sleeps in the `acquire` of a lock: on Unix, ESP32 and CPython.

It does steps 4 and 5 of core/doorbell.py. The lock is the semaphore of step 5.

Ctrl-C may end step 5: on Unix it is raised inside `acquire`. Then the scheduler sets ASLEEP back
to 0. If a sender has done so before, the scheduler takes the semaphore that this sender gives.

A thread that waits in `acquire` handles nothing that is pending: no soft callback, and under a GIL
no Ctrl-C. A worker's thread has nothing to handle. The sleep ticker wakes any other thread, such as
the main one, every 20 ms to handle it.
"""

from ..core.clock import system_clock
from ..core.doorbell import lock, new_lock, ring_bell
from ..core.layout import Header, MailboxBlock
from ..core.on_cpython import const, micropython, ptr32
from . import port
from .layout import TickerBlock
from .mailbox import Mailbox
from .sleep_ticker import SleepTicker

_PENDING_MS = const(20)  # the longest that anything pending waits

ticker = SleepTicker() if lock else None


class LockMailbox(Mailbox):
    """See Mailbox.  Without threads there is no semaphore: the scheduler waits in 1 ms pieces."""

    def __init__(self, scheduler, capacity=8):
        super().__init__(scheduler, capacity)
        self._own_clock = scheduler.clock is not system_clock
        self.next_due = None  # the next mailbox in the ticker's list
        self._ticker = ticker
        if lock:
            semaphore = new_lock()
            semaphore.acquire()
            self._take = semaphore.acquire
            self.give = semaphore.release
        self._attach(scheduler, self._idle, self.ring)

    def start_ticker(self):
        """Have the sleep ticker end sleeps with a deadline from now on: see Mailbox."""
        if ticker is not None:
            ticker.start()

    @micropython.viper
    def ring(self):  # hot
        """Wake the scheduler: it handles what others have sent.  Any thread.  Alloc: 0."""
        header = ptr32(int(self.scheduler_at))
        self.enter()
        asleep = ring_bell(header)
        self.leave()
        if asleep:
            self.give()

    def _idle(self, ticks):  # hot
        """Sleep until the bell rings, or for `ticks` of the clock; -1: only the bell ends it."""
        due = 0
        if self.attends and (ticks < 0 or ticks > _PENDING_MS):
            ticks = _PENDING_MS
        if ticks >= 0:
            if self._ticker is None or not self._ticker.started:
                port.wait_1ms()
                return
            if self._own_clock:
                ticks = 1  # nobody knows how fast the user's clock goes
            due = (port.ticks_ms() + ticks) & 0x1FFFFFFF | 0x20000000
        self._sleep(due)

    @micropython.viper
    def _sleep(self, due: int):  # hot
        """Steps 4 and 5.  In viper: no Ctrl-C and no soft callback comes where ASLEEP is 1."""
        header = ptr32(int(self.scheduler_at))
        words = ptr32(int(self.address))
        asleep = 0
        still = 0
        self.enter()
        if not header[Header.BELL]:
            words[MailboxBlock.DUE] = due
            header[Header.ASLEEP] = 1
            asleep = 1
            if due:
                ticker = self._ticker
                if not words[MailboxBlock.LINKED]:
                    words[MailboxBlock.LINKED] = 1
                    self.next_due = ticker.first
                    ticker.first = self  # type: ignore[assignment]
                ticker_words = ptr32(int(ticker.address))
                still = int(ticker_words[TickerBlock.STILL])
                ticker_words[TickerBlock.STILL] = 0
        self.leave()
        if still:
            self._ticker.give()
        if asleep:
            self._take_semaphore()

    def _take_semaphore(self):  # hot
        """Step 5."""
        try:
            self._take()
        except BaseException:  # Ctrl-C
            if not self._clear_asleep():
                self._take()
            raise

    @micropython.viper
    def _clear_asleep(self) -> int:  # hot
        """Set ASLEEP back to 0: 1.  0: a sender has done so, and gives the semaphore."""
        header = ptr32(int(self.scheduler_at))
        self.enter()
        asleep = int(header[Header.ASLEEP])
        header[Header.ASLEEP] = 0
        self.leave()
        return asleep
