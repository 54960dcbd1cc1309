"""A set of tasks that belong together: joined, raced, and never left behind.

The slot of a member has a place of the scope for its joiner (`MEMBER` and a number), not a task.
So the end of a member calls `ended` of its scope.
"""

from ..core.block import get_half, get_word, set_half
from ..core.inline import slot_at
from ..core.layout import MEMBER, NONE, Begun, Header, Slot, State
from ..core.on_cpython import const
from ..core.outcomes import EMPTY, SlotsFull
from ..core.wait_queue import enqueue, wake
from .primitive import Primitive

# states of a place
_FREE = const(0)
_LIVE = const(1)
_RETURNED = const(2)
_RAISED = const(3)

# what the task that waits has asked for
_NEXT = const(0)
_ALL = const(1)
_RACE = const(2)
_WON = const(3)  # a race that has its winners: its losers are cancelled
_CLOSE = const(4)


class Scope(Primitive):
    """Up to `places` tasks, its members. One task waits for their results.

    Guarantees
     * Results stand in the order of `spawn`, whatever the order of the ends.
     * `close` cancels the members that are left, and waits until all have ended: after
       it no member runs.  If the task that closes is cancelled, it still waits for that:
       it gets Cancelled at its next `yield`.

    Close it on every way out, a return, an exception or a cancel:

        try:
            scope.spawn(fetch(1))
            scope.spawn(fetch(2))
            first, second = yield scope.join_all()
        finally:
            yield scope.close()

    or `yield from scope.inside(body())`; `async with scope:` does the same.

    `results` is a list of `places` items, the same for the scope's life.  One task at a
    time can wait for a scope, and a member cannot.  ValueError: not 1 to 255 places.
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
        self._order = bytearray(places)  # a ring: places in the order of their ends
        self._oldest = 0  # where the ring begins
        self._ended = 0  # how many places are in it
        self._asked = _ALL  # by the last call
        self._mode = _ALL  # of the wait that the run loop has begun
        self._wanted = 1  # winners of a race
        self._member = MEMBER + scheduler.reserve_members(self, places)
        self._cancel_deferred = scheduler.cancel_deferred  # by node: 1 while a task closes a scope

    def spawn(self, generator, name=None, priority=0):
        """Spawn a task as a member: see `Scheduler.spawn`.  Its Task comes back.

        SlotsFull: no slot is free, or no place. `join_next` frees one place, `join_all` all.
        Context: boot or task.  Alloc: 0, the generator apart.
        """
        states = self._states
        place = 0
        while place < self.places and states[place] != _FREE:
            place += 1
        if place == self.places:
            self.error(SlotsFull, "all places of %r are taken: join what has ended, or add places")
        task = self._scheduler.spawn(generator, name, priority)
        node = task._node
        set_half(slot_at(self._base, node), Slot.JOINER, self._member + place)
        if self.live == 0 and self._ended == 0:
            for i in range(self.places):
                self.results[i] = None
        self._tasks[place] = task
        states[place] = _LIVE
        self.live += 1
        return task

    def join_all(self, timeout_ms=None):
        """Operation: wait until every member has ended.

        `yield` gives `results`, or TIMEOUT.  If members raised, `yield` raises, when
        all have ended, the exception of the first of them in the order of `spawn`.

        Context: task.  Alloc: 0.
        """
        self._asked = _ALL
        return self.within(timeout_ms)

    def join_next(self, timeout_ms=None):
        """Operation: wait for the next member that ends, and take it out.

        `yield` gives the member's result or raises its exception, and `last` is its
        place.  EMPTY when no member is left, or TIMEOUT.  Context: task.  Alloc: 0.
        """
        self._asked = _NEXT
        return self.within(timeout_ms)

    def race(self, winners=1, timeout_ms=None):
        """Operation: wait until `winners` members have ended, then cancel the others.

        The task goes on when the losers have ended too.  `yield` gives the
        winner's result, or raises its exception, and `last` is its place.  With
        more than one winner `yield` gives `results`, with EMPTY for the losers; if
        winners raised, it raises the exception of the first that did.  A TIMEOUT
        cancels no member.  ValueError: no winners.  Context: task.  Alloc: 0.
        """
        if winners < 1:
            self.error(ValueError, "a race in %r needs a winner, or more")
        self._asked = _RACE
        self._wanted = winners
        return self.within(timeout_ms)

    def close(self):
        """Operation: cancel the members that are left, and wait for their ends.

        `yield` gives None; results that no task took are dropped.  Context: task.  Alloc: 0.
        """
        self._asked = _CLOSE
        return self

    def cancel(self):
        """Cancel the members that are left.  Context: task, or outside of `run`.  Alloc: 0.

        A member that calls this cancels the others, and then Cancelled is raised here.
        """
        current = get_word(self._base, Header.CURRENT)
        own = -1  # the place of the caller
        for place in range(self.places):
            if self._states[place] == _LIVE:
                if self._tasks[place]._node == current:
                    own = place
                else:
                    self._tasks[place].cancel()
        if own >= 0:
            self._tasks[own].cancel()

    def inside(self, generator):
        """`yield from scope.inside(body())`: run the body, close the scope, give what it returned.

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
        """Take the outcome of a member that has ended.  Context: run loop.  Alloc: 0."""
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
        """Begin `yield scope.join_all()`, or another wait: see primitive.py.  Context: run loop."""
        joiner = get_half(slot_at(self._base, node), Slot.JOINER)
        if 0 <= joiner - self._member < self.places:
            self.error(RuntimeError, "a member of %r would wait for its own end")
        if get_half(self._at, 0) != NONE:
            self.error(RuntimeError, "another task waits for %r already: one at a time")
        self._mode = self._asked
        if self._mode == _CLOSE:
            self.cancel()
        if self._ready():
            return self._deliver(node)
        self._cancel_deferred[node] = self._mode == _CLOSE
        enqueue(self._base, node, self._at)
        return Begun.WAITS

    def _ready(self):
        """Whether the wait is over.  A race that has its winners cancels the losers here."""
        if self.live == 0:
            return True
        if self._mode == _NEXT:
            return self._ended > 0
        if self._mode == _RACE and self._ended >= self._wanted:
            self._mode = _WON
            self.cancel()
        return False

    def _deliver(self, node):
        """Put what was asked for into the store: Begun.DONE, or THROW for an exception."""
        mode = _RACE if self._mode == _WON else self._mode
        results = self.results
        value = None  # type: object
        begun = Begun.DONE
        if mode == _NEXT or (mode == _RACE and self._wanted == 1):
            value = EMPTY
            if self._ended:
                place = self._order[self._oldest]
                self.last = place
                value = results[place]
                if self._states[place] == _RAISED:
                    begun = Begun.THROW
                if mode == _NEXT:
                    results[place] = None
                    self._states[place] = _FREE
                    self._oldest = (self._oldest + 1) % self.places
                    self._ended -= 1
        elif mode == _ALL:
            value = results
            for place in range(self.places):
                if self._states[place] == _RAISED:
                    value = results[place]
                    begun = Begun.THROW
                    break
        elif mode == _RACE:
            value = results
            for end in range(self._ended):
                place = self._order[(self._oldest + end) % self.places]
                if end >= self._wanted:
                    results[place] = EMPTY
                elif self._states[place] == _RAISED and begun == Begun.DONE:
                    value = results[place]
                    begun = Begun.THROW
        if mode != _NEXT:
            for place in range(self.places):
                self._states[place] = _FREE
                if mode == _CLOSE:
                    results[place] = None
            self._ended = 0
        self._cancel_deferred[node] = 0
        self._store[node] = value
        return begun
