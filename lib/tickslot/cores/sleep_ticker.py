"""The thread that ends the sleeps which have a deadline, where `acquire` knows no timeout.

One for the whole program, on Unix and ESP32, started with the first worker.  While
a mailbox sleeps towards a deadline the ticker looks at it every millisecond; when
none has for 50 ms, it sleeps itself.

    mailbox   link itself and its DUE (Mailbox._doze) ; STILL ? STILL = 0 and give : nothing
    ticker    unlink who is awake; wake and unlink who is due ; nobody left ? STILL = 1, take

Both lines are one section each, under the mailboxes' lock, which guards the links.
"""

from ..core.block import address_of
from ..core.layout import Header, MailboxBlock
from ..core.on_cpython import const, micropython, ptr32
from . import port


_LINGER = const(50)
_STILL = const(0)


class Ticker:
    """See the module; `mailbox.ticker` is the one there is."""

    def __init__(self, enter, leave):
        self._enter = enter
        self._leave = leave
        self._block = bytearray(8)
        self.words = address_of(self._block)
        # The mailboxes that sleep towards a deadline; itself ends the list.
        self.first = self.next_due = self
        self.scheduler_at = 0  # as a mailbox has it
        semaphore = port.new_lock()
        semaphore.acquire()
        self._take = semaphore.acquire
        self.give = semaphore.release
        self.started = False

    def start(self):
        """Start the thread, the first time.  RuntimeError: the port has no thread left.

        Context: boot.  Alloc: boot only.
        """
        if not self.started and port.event_wait is None:
            self.started = True
            port.start_thread(self._run, ())

    def _run(self):
        idle = 0
        micropython.heap_lock()
        while True:
            idle += 1
            if self._tick(port.ticks_ms() & 0x1FFFFFFF):
                idle = 0
            elif idle > _LINGER and self._rest():
                self._take()
            port.doze()

    @micropython.viper
    def _tick(self, now: int) -> int:  # hot
        """Wake who is due; 0 when nobody waits for a later time."""
        waiting = 0
        me = self
        self._enter()
        before = self
        mailbox = self.first
        while mailbox is not me:
            after = mailbox.next_due
            w = ptr32(int(mailbox.scheduler_at))
            m = ptr32(int(mailbox.words))
            due = int(m[MailboxBlock.DUE])
            stays = 0
            if w[Header.ASLEEP] and due:
                if (now - due) & 0x1FFFFFFF < 0x10000000:
                    w[Header.ASLEEP] = 0
                    mailbox.give()
                else:
                    stays = 1
            if stays:
                waiting = 1
                before = mailbox
            else:
                m[MailboxBlock.LINKED] = 0
                if before is me:
                    self.first = after
                else:
                    before.next_due = after
            mailbox = after
        self._leave()
        return waiting

    @micropython.viper
    def _rest(self) -> int:  # hot
        """1 when nobody sleeps towards a deadline: the next one who does wakes the ticker."""
        still = 0
        me = self
        self._enter()
        if self.first is me:
            ptr32(int(self.words))[_STILL] = 1
            still = 1
        self._leave()
        return still
