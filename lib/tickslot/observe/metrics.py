"""Counts and times of tasks and their scheduler, kept up to date, read at any time."""

import sys

from ..core.block import address_of, get_word, set_address, set_word
from ..core.clock import ticks_us
from ..core.layout import Header, ObserverBlock, Watched
from .layout import Count
from .observer import observer_of
from .turn import note_ready


def microseconds():
    """The cheapest clock of microseconds of this port, for Observer; None: there is none."""
    if sys.platform == "rp2":  # TIMERAWL, as the data sheets have it (RP2040 4.6.5, RP2350 12.8.5)
        return 0x400B0028 if "RP2350" in sys.implementation._machine else 0x40054028
    return ticks_us


class Metrics:
    """Counts, from now on, what each task and the scheduler do.

    clock  see Observer; None: `microseconds()`.  If that is None, the scheduler's clock is used,
           and all times are in its ticks.

    A task's counts begin with its spawn and are gone with its end.  They may be read anywhere,
    given the Task, and reading allocates nothing.  Alloc: boot only.
    """

    def __init__(self, scheduler, clock=None):
        self._scheduler = scheduler
        observer = observer_of(scheduler, microseconds() if clock is None else clock)
        self._observer = observer
        self._at = observer.at
        self._block = bytearray(Count.BYTES * scheduler.nodes)
        self._counts = at = address_of(self._block)
        set_address(self._at, ObserverBlock.METRICS, at)
        for word in range(ObserverBlock.IDLE_US, ObserverBlock.BUSY_US + 2):
            set_word(self._at, word, 0)
        set_word(self._at, ObserverBlock.HIGH, get_word(scheduler.address, Header.LIVE))
        set_word(self._at, ObserverBlock.LEFT, observer.time())
        observer.flag(Watched.METRICS)
        scheduler.metrics = self  # for report.py

    def runs(self, task):
        """Turns that the task has had, modulo 2**30."""
        return self._count(task, Count.RUNS)

    def cpu_us(self, task):
        """Microseconds that its turns took, modulo 2**30 (18 minutes): see `cpu_ms`."""
        return self._count(task, Count.CPU)

    def cpu_ms(self, task):
        """Milliseconds that its turns took."""
        return _ms(self._count(task, Count.CPU), self._count(task, Count.CPU + 1))

    def longest_us(self, task):
        """Its longest turn, in microseconds."""
        return self._count(task, Count.LONGEST)

    def latest_us(self, task):
        """The longest time from its wake, or its timer's deadline, to its turn, in microseconds."""
        return self._count(task, Count.LATEST)

    def deadline(self, task, ms):
        """Count in `missed` each turn of `task` that ends later than `ms` after its wake.

        The wake is as for `latest_us`; a plain `yield` does not wait, and so misses no deadline.
        The order of tasks stays as it is: only the policy EarliestDeadline orders by deadlines.
        ValueError: `ms` is not 1 to 500000, or the task has ended.  Context: any.  Alloc: 0.
        """
        scheduler = self._scheduler
        node = task._node
        if node < 0 or not 1 <= ms <= 500000:
            text = "a deadline is 1 to 500000 ms, and its task lives: %r"
            raise scheduler.error(ValueError, text, (ms, task))
        # If the task was spawned just now, note that first: a spawn clears its counts.
        base = scheduler.address
        time = self._observer.time()
        set_word(self._at, ObserverBlock.TURN_END, time)
        note_ready(self._at, base, time, get_word(base, Header.CURRENT))
        set_word(self._counts + Count.BYTES * node, Count.WITHIN, ms * 1000)

    def missed(self, task):
        """Turns that ended after the deadline set by `deadline`, or by an EarliestDeadline."""
        missed = self._count(task, Count.MISSED)
        policy = self._scheduler.policy
        return missed + policy.missed(task) if hasattr(policy, "missed") else missed

    @property
    def high_water(self):
        """The most tasks and calls that lived at a time."""
        return get_word(self._at, ObserverBlock.HIGH)

    @property
    def idle_ms(self):
        """Milliseconds in which nothing was ready."""
        return self._sum_ms(ObserverBlock.IDLE_US)

    @property
    def busy_ms(self):
        """Milliseconds in which something was ready."""
        return self._sum_ms(ObserverBlock.BUSY_US)

    @property
    def idle_permille(self):
        """The part of the time so far in which nothing was ready: 0 to 1000."""
        idle = self.idle_ms
        whole = idle + self.busy_ms
        while whole > 1 << 20:  # the product must be a small int
            whole >>= 1
            idle >>= 1
        return idle * 1000 // whole if whole else 0

    def _count(self, task, index):
        node = task._node
        return get_word(self._counts + Count.BYTES * node, index) if node >= 0 else 0

    def _sum_ms(self, index):
        return _ms(get_word(self._at, index), get_word(self._at, index + 1))


def _ms(low, high):
    """Milliseconds of a sum of microseconds: 2**30 of them are 1073742 ms."""
    return high * 1073742 + low // 1000
