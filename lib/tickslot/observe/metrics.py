"""Numbers about tasks and their scheduler, kept up to date, read at any time."""

import sys

try:
    from time import ticks_us
except ImportError:
    ticks_us = None

from ..core.block import address_of, get_word, set_address, set_word
from ..core.layout import Header, ObserverBlock, Watched
from ..core.on_cpython import const
from .layout import Count
from .observer import noted, observer_of


def microseconds():
    """The cheapest clock of microseconds that there is: see Observer.  None: there is none."""
    if sys.platform == "rp2":  # TIMERAWL, as the data sheets have it (RP2040 4.6.5, RP2350 12.8.5)
        return 0x400B0028 if "RP2350" in sys.implementation._machine else 0x40054028
    return ticks_us


class Metrics:
    """Counts, from now on, what each task and the scheduler do.

    clock  see Observer; None: `microseconds()`, or where there is none the scheduler's own

    A task's numbers start with its spawn and go with its end.  Reading one
    takes a Task, allocates nothing, and may be done anywhere.
    """

    def __init__(self, scheduler, clock=None):
        self._scheduler = scheduler
        observer = observer_of(scheduler, microseconds() if clock is None else clock)
        self._observer = observer
        self._at = observer.at
        self._block = bytearray(32 * scheduler.nodes)
        self._numbers = at = address_of(self._block)
        set_address(self._at, ObserverBlock.METRICS, at)
        for word in range(ObserverBlock.IDLE_US, ObserverBlock.BUSY_US + 2):
            set_word(self._at, word, 0)
        set_word(self._at, ObserverBlock.HIGH, get_word(scheduler.address, Header.LIVE))
        set_word(self._at, ObserverBlock.LEFT, observer.time())
        observer.flag(Watched.METRICS)
        scheduler.metrics = self  # for the report

    def runs(self, task):
        """Turns that it has had, modulo 2**30."""
        return self._number(task, Count.RUNS)

    def cpu_us(self, task):
        """Microseconds that its turns took, modulo 2**30 (18 minutes): see `cpu_ms`."""
        return self._number(task, Count.CPU)

    def cpu_ms(self, task):
        """Milliseconds that its turns took."""
        return _ms(self._number(task, Count.CPU), self._number(task, Count.CPU + 1))

    def longest_us(self, task):
        """Its longest turn, in microseconds."""
        return self._number(task, Count.LONGEST)

    def latest_us(self, task):
        """The longest from being woken, or from when its timer was due, to its turn."""
        return self._number(task, Count.LATEST)

    def deadline(self, task, ms):
        """Count in `missed` each turn of `task` that ends later than `ms` after it was woken.

        Woken is as for `latest_us`; a plain `yield` waits for nothing, and misses
        nothing.  It changes no order: that is a policy's, EarliestDeadline's say.
        ValueError: not 1 to 500000 ms, or the task has ended.  Context: any.  Alloc: 0.
        """
        scheduler = self._scheduler
        node = task._node
        if node < 0 or not 1 <= ms <= 500000:
            raise scheduler.error(
                ValueError, "a deadline is 1 to 500000 ms, and its task lives: %r", (ms, task)
            )
        # Have its spawn, if that was just now, known: it would clear this.
        a = scheduler.address
        time = self._observer.time()
        set_word(self._at, ObserverBlock.TURN_END, time)
        noted(self._at, a, time, get_word(a, Header.CURRENT))
        set_word(self._numbers + 32 * node, Count.WITHIN, ms * 1000)

    def missed(self, task):
        """Turns that ended after their deadline, by `deadline` or by an EarliestDeadline policy."""
        missed = self._number(task, Count.MISSED)
        policy = self._scheduler.policy
        return missed + policy.missed(task) if hasattr(policy, "missed") else missed

    @property
    def high_water(self):
        """The most tasks and calls that lived at a time."""
        return get_word(self._at, ObserverBlock.HIGH)

    @property
    def idle_ms(self):
        """Milliseconds in which nothing was ready."""
        return _ms(get_word(self._at, ObserverBlock.IDLE_US), get_word(self._at, ObserverBlock.IDLE_US + 1))

    @property
    def busy_ms(self):
        """Milliseconds in which something was."""
        return _ms(get_word(self._at, ObserverBlock.BUSY_US), get_word(self._at, ObserverBlock.BUSY_US + 1))

    @property
    def idle_permille(self):
        """Of the time since the start, the share in which nothing was ready, 0 to 1000."""
        idle = self.idle_ms
        whole = idle + self.busy_ms
        while whole > 1 << 20:  # so that the product is a small int
            whole >>= 1
            idle >>= 1
        return idle * 1000 // whole if whole else 0

    def _number(self, task, index):
        node = task._node
        return get_word(self._numbers + 32 * node, index) if node >= 0 else 0


def _ms(low, high):
    return high * 1073742 + low // 1000
