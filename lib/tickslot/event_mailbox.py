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
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr32

from . import port
from .mailbox import Mailbox, nothing

# the block's layout: see slot.py, whose constants these are
_BELL = const(21)
_PERIOD = const(4)


def attend(bell):
    """Handle what is pending: a conditional jump, which the interpreter does that at.  Alloc: 0."""
    if bell:
        return


class EventMailbox(Mailbox):
    """See Mailbox."""

    def _set_up(self, scheduler):
        nudge = port.new_lock()
        self._nudge = nudge.acquire
        self._nudged = nudge.release
        self._wait = port.event_wait
        self._take = self.give = nothing
        scheduler.idle = self._idle
        scheduler.ring = self.ring

    @micropython.viper
    def ring(self):  # hot
        """Wake the scheduler.  Context: any thread, hard IRQ.  Alloc: 0.

        The nudge is for the event that `release` sets.  Where it is held, its
        holder, the other core or the code that this IRQ interrupted, is about
        to release it, and BELL is set by then.
        """
        ptr32(int(self.scheduler_at))[_BELL] = 1
        if self._nudge(0):
            self._nudged()

    @micropython.viper
    def _idle(self, ticks: int):  # hot
        """Sleep until the bell rings, or for `ticks` of the clock; -1: no timer."""
        w = ptr32(int(self.scheduler_at))
        wait = self._wait
        clock = self._clock
        attends = int(self.attends)  # core 1 has nothing pending
        start = 0
        if ticks >= 0:
            start = int(clock())
        while not w[_BELL]:
            wait()
            if not w[_BELL]:
                if attends:
                    attend(0)
                if ticks >= 0:
                    passed = int(clock()) - start
                    if passed < 0:
                        passed += int(w[_PERIOD])
                    if passed >= ticks:
                        return

    _sleep = _idle
