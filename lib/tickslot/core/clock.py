"""Time sources: any callable that returns a tick count and wraps at a stated period.

A clock MUST return an int from 0 to its period - 1, MUST be safe to call from a task, MUST NOT
allocate, and MUST be called at least once in half a period while a timer is armed.  It may stand
still and may go backwards: timers are late then, never early.  A tick need not be a millisecond.
"""

import sys

from .on_cpython import micropython

try:
    from time import sleep_ms
    from time import ticks_ms as system_clock
except ImportError:
    try:
        import time  # CPython

        def system_clock():
            return time.monotonic_ns() // 1_000_000 & ((1 << 30) - 1)  # type: ignore[attr-defined]

        def sleep_ms(ms):
            time.sleep(ms / 1000)

    except ImportError:  # a port without `time`: the user gives the clock
        system_clock = None

        def sleep_ms(ms):
            """This port cannot wait: an idle scheduler reads its clock again at once."""


if sys.platform == "rp2":
    from machine import idle as wait_1ms
else:
    _MILLISECOND = 0.001  # made once, so that `wait_1ms` makes no float
    try:
        from time import sleep
    except ImportError:

        def sleep(seconds):
            """See `sleep_ms`."""

    def wait_1ms():
        """Wait a millisecond.  On Unix only `sleep` releases the interpreter's lock meanwhile.

        On rp2 this is `machine.idle`, a WFE: any interrupt ends it.  Alloc: 0.
        """
        sleep(_MILLISECOND)


@micropython.viper
def later(time: int, ticks: int, period: int) -> int:
    """`time + ticks` on a clock of that period; `ticks` are less than a period.  Alloc: 0."""
    time += ticks - period  # first, so that it stays within 31 bits
    if time < 0:
        time += period
    return time


def _register(value):
    """Make two functions: one returns the value, the other sets it.  Alloc: boot only."""

    @micropython.viper
    def read():  # hot
        return value

    def write(new):
        nonlocal value
        value = new

    return read, write


class ManualClock:
    """A clock that a program moves by hand: for tests and simulation.

    With it `run()` jumps to the next deadline when every task waits.

    `start` and `period` are in ticks.  Calling it gives the time, 0 to period - 1.
    Context: any.  Alloc: 0 after the constructor.
    """

    def __init__(self, start=0, period=1 << 30):
        check_period(period)
        self.period = period
        self._step = period >> 2  # made once: 2**30 is no small int on a board
        # the same as a call of the clock, at a quarter of the cost: see `timer_of` in sleep.py
        self.read, self._set = _register(start % period)
        self._watchers = []

    def __call__(self):
        return self.read()

    def watch(self, moved):
        """Call `moved(time)` after each step of `advance`.  Alloc: boot only."""
        self._watchers.append(moved)

    def advance(self, ticks):
        """Move the time on by `ticks`, as many as you like.

        Timers that are due by then become ready at once, in order, in every scheduler on this
        clock.  The time goes on in steps of a quarter period: a scheduler cannot tell a longer
        step from a clock that went backwards.

        ValueError: negative ticks.  Alloc: 0 for ticks below 2**30.
        """
        if ticks < 0:
            raise ValueError("a ManualClock only goes forward: advance(%d)" % ticks)
        step = self._step
        while True:
            if ticks < step:
                step = ticks
            self._set(
                later(self.read(), step, self.period)
            )  # no local variable: see `_turns_on` in running.py
            for moved in self._watchers:
                moved(self.read())
            ticks -= step
            if ticks == 0:
                return


def check_period(period):
    """ValueError unless the period is 4 to 2**30 ticks: a time must be a small int."""
    if not 4 <= period <= 1 << 30:
        raise ValueError("a clock's period is 4 to 2**30 ticks, not %d" % period)
