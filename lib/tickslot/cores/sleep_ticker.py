"""The thread that ends the sleeps with a deadline, where `acquire` of a lock has no timeout.

There is one for the whole program, on Unix and ESP32; the first worker starts it. While a
mailbox sleeps until a deadline, the ticker looks at it every millisecond. When no mailbox has done
so for 50 ms, the ticker sleeps as well.

    mailbox, `_sleep`   link itself with its DUE; if STILL: STILL = 0; then give
    ticker, `_tick`     unlink each mailbox that is awake; wake and unlink each that is due
    ticker, `_rest`     if the list is empty: STILL = 1; then take

Each line is one section under the lock of core/doorbell.py, which guards the links too; `give`
and `take`, of the ticker's semaphore, come after it.
"""

from ..core.block import address_of
from ..core.doorbell import enter, leave, new_lock
from ..core.layout import Header, MailboxBlock
from ..core.on_cpython import const, micropython, ptr32
from . import port
from .layout import TickerBlock

_LINGER = const(50)


class SleepTicker:
    """See the module; `lock_mailbox.ticker` is the only one."""

    def __init__(self):
        self._enter = enter
        self._leave = leave
        self._block = bytearray(TickerBlock.BYTES)
        self.address = address_of(self._block)
        # The list of mailboxes that sleep until a deadline. The ticker itself is its end.
        self.first = self.next_due = self
        self.scheduler_at = 0  # for type checkers: a mailbox has one
        semaphore = new_lock()
        semaphore.acquire()
        self._take = semaphore.acquire
        self.give = semaphore.release
        self.started = False

    def start(self):
        """Start the thread, the first time.  RuntimeError: no thread is left.  Context: boot."""
        if not self.started:
            port.start_thread(self._run, ())
            self.started = True

    def _run(self):
        quiet = 0
        micropython.heap_lock()
        while True:
            quiet += 1
            if self._tick(port.ticks_ms() & 0x1FFFFFFF):
                quiet = 0
            elif quiet > _LINGER and self._rest():
                self._take()
            port.wait_1ms()

    @micropython.viper
    def _tick(self, now: int) -> int:  # hot
        """Wake the mailboxes that are due; 0 when none waits for a later time."""
        waiting = 0
        before = me = self
        self._enter()
        mailbox = self.first
        while mailbox is not me:
            after = mailbox.next_due
            header = ptr32(int(mailbox.scheduler_at))
            words = ptr32(int(mailbox.address))
            due = 0  # the mailbox is awake, or sleeps without a deadline
            if header[Header.ASLEEP]:
                due = int(words[MailboxBlock.DUE])
            if due and (now - due) & 0x1FFFFFFF >= 0x10000000:
                waiting = 1
                before = mailbox
            else:
                if due:
                    header[Header.ASLEEP] = 0
                    mailbox.give()
                words[MailboxBlock.LINKED] = 0
                if before is me:
                    self.first = after
                else:
                    before.next_due = after
            mailbox = after
        self._leave()
        return waiting

    @micropython.viper
    def _rest(self) -> int:  # hot
        """1 when no mailbox sleeps until a deadline: the next one that does wakes the ticker."""
        still = 0
        me = self
        self._enter()
        if self.first is me:
            ptr32(int(self.address))[TickerBlock.STILL] = 1
            still = 1
        self._leave()
        return still
