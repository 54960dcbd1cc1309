"""A set of tasks that belong together: awaited, raced, and never left behind.

Where a member's result goes: its record's joiner is no task but a place of the
scope (`MEMBER` and a number), so that the end of a member calls `ended`.
"""

from ..core.block import get_half, get_word, set_half
from ..core.layout import Block, Header, MEMBER, NONE, Slot, State
from ..core.on_cpython import const
from ..core.outcomes import EMPTY, SlotsFull
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive


# see slot.py

_FREE = const(0)
_LIVE = const(1)
_RETURNED = const(2)
_RAISED = const(3)

# what the task that waits has asked for
_NEXT = const(0)
_ALL = const(1)
_RACE = const(2)
_WON = const(3)  # a race, its losers cancelled
_CLOSE = const(4)


class Scope(Primitive):
    """Up to `places` tasks whose results are waited for together, in one task.

    Guarantees
     * results stand in the order of `spawn`, whatever the order of the ends;
     * `close` cancels what is left, and waits until all of it has ended: after
       it nothing runs that was spawned inside.  A cancel of the task that
       closes waits for that too: Cancelled is raised at its next `yield`.

    So that it is left by every way, a return, an exception or a cancel:

        try:
            scope.spawn(fetch(1))
            scope.spawn(fetch(2))
            first, second = yield scope.join_all()
        finally:
            yield scope.close()

    or `yield from scope.inside(body())`; `async with scope:` does the same.

    `results` is one list for the scope's life, of `places` items.  One task at a
    time waits for a scope, and none of its own members.  ValueError: not 1 to 255 places.
    """

    exclusive = True

    def __init__(self, scheduler, places, name=None):
        if not 1 <= places <= 255:
            raise ValueError("a scope has 1 to 255 places, not %r" % (places,))
        super().__init__(scheduler, 2, name)
        self.places = places
        self.results = [None] * places  # type: list
        self.last = -1  # the place whose result came last from join_next or race
        self.live = 0  # members that have not ended
        self._tasks = [None] * places  # type: list
        self._states = bytearray(places)
        self._order = bytearray(places)  # places in the order of their ends, a ring
        self._oldest = 0
        self._ended = 0  # how many are in it
        self._asked = _ALL
        self._mode = _ALL
        self._wanted = 1
        self._member = MEMBER + scheduler.enrol(self, places)
        self._held = scheduler.held

    def spawn(self, generator, name=None, priority=0):
        """As `Scheduler.spawn`, and the task is a member: its Task.

        SlotsFull: no slot is free, or no place: `join_next` frees one, `join_all` all.
        Context: boot or task.  Alloc: 0, the generator apart.
        """
        states = self._states
        place = 0
        while place < self.places and states[place] != _FREE:
            place += 1
        if place == self.places:
            self.error(SlotsFull, "all places of %r are taken: join what has ended, or add places")
        task = self._scheduler.spawn(generator, name, priority)
        set_half(self._record(task._node), Slot.JOINER_BYTE // 2, self._member + place)
        if self.live == 0 and self._ended == 0:
            for i in range(self.places):
                self.results[i] = None
        self._tasks[place] = task
        states[place] = _LIVE
        self.live += 1
        return task

    def join_all(self, timeout_ms=None):
        """Operation: wait until every member has ended.

        `yield` gives `results`, or TIMEOUT.  If members raised, it raises, when
        all have ended, the exception of the first of them in the order of `spawn`.

        Context: task.  Alloc: 0.
        """
        self._asked = _ALL
        return self.within(timeout_ms)

    def join_next(self, timeout_ms=None):
        """Operation: wait for the next member that ends, and take it out.

        `yield` gives its result or raises its exception, and `last` is its
        place; EMPTY when no member is left, or TIMEOUT.  Context: task.  Alloc: 0.
        """
        self._asked = _NEXT
        return self.within(timeout_ms)

    def race(self, winners=1, timeout_ms=None):
        """Operation: wait until so many members have ended, then cancel the others.

        The task goes on when the losers have ended too.  `yield` gives the
        winner's result, or raises its exception, and `last` is its place.  For
        more than one winner it gives `results`, with EMPTY for the losers; if
        winners raised, it raises the exception of the first that did.  TIMEOUT
        cancels nobody.  ValueError: no winners.  Context: task.  Alloc: 0.
        """
        if winners < 1:
            self.error(ValueError, "a race in %r needs a winner, or more")
        self._asked = _RACE
        self._wanted = winners
        return self.within(timeout_ms)

    def close(self):
        """Operation: cancel the members that are left, and wait for their ends.

        `yield` gives None; results that nobody took are gone.  Context: task.  Alloc: 0.
        """
        self._asked = _CLOSE
        return self

    def cancel(self):
        """Cancel the members that are left.  Context: task, or outside of `run`.  Alloc: 0.

        A member that calls this gets Cancelled raised right here, after the others.
        """
        current = get_word(self._base, Header.CURRENT)
        mine = -1
        for place in range(self.places):
            if self._states[place] == _LIVE:
                if self._tasks[place]._node == current:
                    mine = place
                else:
                    self._tasks[place].cancel()
        if mine >= 0:
            self._tasks[mine].cancel()

    def inside(self, generator):
        """`yield from scope.inside(body())` gives what the body returns, the scope closed.

        Alloc: a generator.
        """
        try:
            return (yield from generator)
        finally:
            yield self.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        await self.close()

    def ended(self, member, outcome, raised):
        """A member has ended.  Context: burst.  Alloc: 0."""
        place = member - self._member
        self.results[place] = outcome
        self._tasks[place] = None
        self._states[place] = _RAISED if raised else _RETURNED
        self._order[(self._oldest + self._ended) % self.places] = place
        self._ended += 1
        self.live -= 1
        node = get_half(self._at, 0)
        if node != NONE and self._ready():
            wake(self._base, node, State.READY + self._deliver(node))

    def begin(self, node):
        """Part of `yield scope.join_all()` and its like: see burst.py.  Context: burst."""
        joiner = get_half(self._record(node), Slot.JOINER_BYTE // 2)
        if 0 <= joiner - self._member < self.places:
            self.error(RuntimeError, "a member of %r would wait for its own end")
        if get_half(self._at, 0) != NONE:
            self.error(RuntimeError, "another task waits for %r already: one at a time")
        self._mode = self._asked
        if self._mode == _CLOSE:
            self.cancel()
        if self._ready():
            return self._deliver(node)
        self._held[node] = self._mode == _CLOSE
        enqueue(self._base, node, self._at)
        return 1

    def _record(self, node):
        return self._base + Block.SLOTS + Slot.BYTES * node

    def _ready(self):
        """Is there what was asked for?  The losers of a race are cancelled on the way."""
        if self.live == 0:
            return True
        if self._mode == _NEXT:
            return self._ended > 0
        if self._mode == _RACE and self._ended >= self._wanted:
            self._mode = _WON
            self.cancel()
        return False

    def _deliver(self, node):
        """Put what was asked for into the store: 0, or 2 if it is to be thrown."""
        mode = _RACE if self._mode == _WON else self._mode
        results = self.results
        value = None  # type: object
        thrown = 0
        if mode == _NEXT or (mode == _RACE and self._wanted == 1):
            value = EMPTY
            if self._ended:
                place = self._order[self._oldest]
                self.last = place
                value = results[place]
                if self._states[place] == _RAISED:
                    thrown = State.THROW - State.READY
                if mode == _NEXT:
                    results[place] = None
                    self._states[place] = _FREE
                    self._oldest = (self._oldest + 1) % self.places
                    self._ended -= 1
        elif mode == _ALL:
            value = results
            for place in range(self.places):
                if self._states[place] == _RAISED and not thrown:
                    value = results[place]
                    thrown = State.THROW - State.READY
        elif mode == _RACE:
            value = results
            for end in range(self._ended):
                place = self._order[(self._oldest + end) % self.places]
                if end >= self._wanted:
                    results[place] = EMPTY
                elif self._states[place] == _RAISED and not thrown:
                    value = results[place]
                    thrown = State.THROW - State.READY
        if mode != _NEXT:
            for place in range(self.places):
                self._states[place] = _FREE
                if mode == _CLOSE:
                    results[place] = None
            self._ended = 0
        self._held[node] = 0
        self._store[node] = value
        return thrown
