"""The mailbox on rp2, where a core that waits sleeps in the instruction WFE.

Every release of a lock sets the event of both cores (SEV), and a WFE that finds the event set ends
at once. So a ring between the look at BELL and the sleep is not lost, although no ASLEEP word is
written, and a post takes one section. The steps, with the numbers of core/doorbell.py:

    sender     1 put the item   2 BELL = 1   3 leave the lock: SEV
    scheduler  4 if BELL: go to 6   5 WFE   6 BELL = 0   7 handle the items

machine.idle() is WFE for a millisecond at most; only timers rely on that limit. It handles nothing
that is pending: soft callbacks (one of them serves USB), Ctrl-C. Viper code does not either;
bytecode does at a jump. So `attend` is called after each wait that no bell has ended.

The first WFE often ends at once: this core set the event itself when it left a lock. `idle` then
reads BELL for 8 us before the next WFE. A WFE takes longer than that, and the other core may answer
within the 8 us.
"""

from ..core.doorbell import new_lock
from ..core.layout import Header
from ..core.on_cpython import const, micropython, ptr32
from . import port
from .mailbox import Mailbox

_LOOKS = const(50)  # at BELL, after the first wait: 8 us on an RP2040


def attend(bell):
    """Have the interpreter handle what is pending: it does so at a conditional jump.  Alloc: 0."""
    if bell:
        return


def _idling(scheduler_at, mailbox, wait, clock):
    """A mailbox's `idle`: a closure, whose variables cost less than attributes."""

    @micropython.viper
    def idle(ticks: int):  # hot
        """Sleep until the bell rings, or for `ticks` of the clock; -1: only the bell ends it."""
        header = ptr32(int(scheduler_at))
        looks = _LOOKS
        start = 0
        if ticks >= 0:
            start = int(clock())
        while not header[Header.BELL]:
            wait()
            while looks and not header[Header.BELL]:
                looks -= 1
            if not header[Header.BELL]:
                if int(mailbox.attends):  # core 1 has nothing pending
                    attend(0)
                if ticks >= 0:
                    passed = int(clock()) - start
                    if passed < 0:
                        passed += int(header[Header.PERIOD])
                    if passed >= ticks:
                        return

    return idle


class EventMailbox(Mailbox):
    """See Mailbox."""

    def __init__(self, scheduler, capacity=8):
        super().__init__(scheduler, capacity)
        event_lock = new_lock()
        self._try_event_lock = event_lock.acquire
        self._set_event = event_lock.release
        idle = _idling(self.scheduler_at, self, port.event_wait, scheduler.clock)
        self._attach(scheduler, idle, self.ring)

    @micropython.viper
    def ring(self):  # hot
        """Wake the scheduler.  Context: any thread, hard IRQ.  Alloc: 0.

        A lock is taken only to be released: `release` sets the event. If the lock is held, the
        other core, or the code that this IRQ interrupted, is about to release it: BELL is set.
        """
        ptr32(int(self.scheduler_at))[Header.BELL] = 1
        if self._try_event_lock(0):
            self._set_event()
