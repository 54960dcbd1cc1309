"""The mailbox on rp2, where a core that waits sleeps in WFE.

Every release of a lock sets the event of both cores (SEV), and an event that is
set ends the next WFE at once.  So what is rung between the look at BELL and the
sleep is not lost, without an ASLEEP word, and a post costs one section:

    sender     1 put the item, BELL = 1   2 leave the lock: SEV
    scheduler  4 BELL ? drain : 5 WFE     6 BELL = 0   7 drain

machine.idle() is WFE for a millisecond at most; nothing here relies on that
bound but timers.  It handles nothing that is pending: soft callbacks (USB is
served by one), Ctrl-C.  Viper does not either, bytecode does at a jump, and so
`attend` is called after each wait that no bell has ended.

The first wait ends at once where this core has left a lock.  To begin the next, and
to leave it, takes longer than the 8 us in which BELL is looked at before: an answer
from the other core may come meanwhile.
"""

from ..core.layout import Header
from ..core.on_cpython import const, micropython, ptr32
from . import port
from .mailbox import Mailbox, nothing


# the block's layout: see slot.py, whose constants these are

_GLANCES = const(50)  # at BELL, after the first wait: 8 us on an RP2040


def attend(bell):
    """Handle what is pending: a conditional jump, which the interpreter does that at.  Alloc: 0."""
    if bell:
        return


def _idling(place, mailbox, wait, clock):
    """A mailbox's `_idle`: a function, as attributes cost more than what it closes over."""

    @micropython.viper
    def idle(ticks: int):  # hot
        """Sleep until the bell rings, or for `ticks` of the clock; -1: no timer."""
        w = ptr32(int(place))
        glances = _GLANCES
        start = 0
        if ticks >= 0:
            start = int(clock())
        while not w[Header.BELL]:
            wait()
            while glances and not w[Header.BELL]:
                glances -= 1
            if not w[Header.BELL]:
                if int(mailbox.attends):  # core 1 has nothing pending
                    attend(0)
                if ticks >= 0:
                    passed = int(clock()) - start
                    if passed < 0:
                        passed += int(w[Header.PERIOD])
                    if passed >= ticks:
                        return

    return idle


class EventMailbox(Mailbox):
    """See Mailbox."""

    def _set_up(self, scheduler):
        nudge = port.new_lock()
        self._nudge = nudge.acquire
        self._nudged = nudge.release
        self._take = self.give = nothing
        scheduler.idle = _idling(self.scheduler_at, self, port.event_wait, self._clock)
        scheduler.ring = self.ring

    @micropython.viper
    def ring(self):  # hot
        """Wake the scheduler.  Context: any thread, hard IRQ.  Alloc: 0.

        The nudge is for the event that `release` sets.  Where it is held, its
        holder, the other core or the code that this IRQ interrupted, is about
        to release it, and BELL is set by then.
        """
        ptr32(int(self.scheduler_at))[Header.BELL] = 1
        if self._nudge(0):
            self._nudged()
