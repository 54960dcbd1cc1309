"""Wait for the first of several things.

Each source has a watcher of the choice in its queue: a node that stands for the
task (see slot.py).  The step that wakes a watcher takes all the others out of
their queues, and so does the one in which the task leaves by a timeout or a
cancel: so no item is ever given to a branch that lost.
"""

from .channel import Channel
from .primitive import Primitive
from .slot import (
    JOINER_AT,
    NONE,
    READY,
    RECORD,
    SLOTS_AT,
    THROW,
    WATCH,
    enqueue,
    get_byte,
    get_half,
    set_byte,
    set_half,
    unqueue,
)
from .task import RAISED, TAKEN, Task
from .values import CLOSED

_OWNER = 2  # see slot.py
_WATCHERS = 3
_CHOICE = 15
_WINNER = 1  # its block: the queue of the task that selects, then this


class Choice(Primitive):
    """Made by `Scheduler.select(source, ...)`, once; to be yielded often:

        choice = sched.select(readings, stop)
        while True:
            if (yield choice.wait(timeout_ms=50)) is TIMEOUT:
                ...
            elif choice.source is readings:
                print(choice.value)

    A source is a channel (what it gives is received), an Event, a Timer, a
    Signal, a Semaphore (a permit is taken), a Watch's reader or a Task.

    Guarantees
     * exactly one branch is taken; the others lose nothing: no item, no permit;
     * of several that are ready, the first in the order of declaration;
     * while it waits, it has its place in the queue of every source.

    `yield choice` is the same as `yield choice.wait()`.  One task at a time.

    ValueError: no sources, or the scheduler has too few watchers left.
    TypeError: nothing that can be selected.
    """

    exclusive = True

    def __init__(self, scheduler, sources):
        if not sources:
            raise ValueError("select() over nothing would wait for ever: name a source")
        super().__init__(scheduler, 4)
        self._sources = [None] * len(sources)
        for index, source in enumerate(sources):
            self.watch(index, source)
        self._first = first = scheduler.take_watchers(len(sources))
        set_half(self._record(first), _WATCHERS, len(sources))
        set_half(self._at, _WINNER, NONE)

    def __repr__(self):
        return "one of " + ", ".join([repr(source) for source in self._sources])

    def watch(self, index, source):
        """Put another source in the place of one, between two waits.  Alloc: 0."""
        if not isinstance(source, (Channel, Task)) and getattr(source, "exclusive", True):
            raise self._scheduler.error(
                TypeError,
                "cannot select over %r: name a channel, an Event, a Timer, a Signal,"
                " a Semaphore, a reader of a Watch, or a Task",
                source,
            )
        self._sources[index] = source

    def wait(self, timeout_ms=None):
        """Operation: wait for the first source.

        `yield` gives this choice, whose `source`, `index` and `value` tell what
        came; or TIMEOUT.  Context: task.  Alloc: 0.
        """
        return self.within(timeout_ms)

    @property
    def index(self):
        """The place of the source that came last, from 0; -1 before the first.  Alloc: 0."""
        winner = get_half(self._at, _WINNER)
        return -1 if winner == NONE else winner - self._first

    @property
    def source(self):
        """The source that came last, or None before the first.  Alloc: 0."""
        index = self.index
        return None if index < 0 else self._sources[index]

    @property
    def value(self):
        """What it gave, until the next wait; what it raised is raised.  Alloc: 0."""
        winner = get_half(self._at, _WINNER)
        if winner == NONE:
            self.error(RuntimeError, "nothing has come from %r yet: yield it first")
        value = self._store[winner]
        if get_byte(self._record(winner), 0) == THROW:
            raise value
        return value

    def begin(self, node):  # hot
        """Part of `yield choice`: see burst.py.  Context: burst."""
        at = self._at
        if get_half(at, 0) != NONE:
            self.error(RuntimeError, "another task waits for %r already: make one for each task")
        a = self._a
        store = self._store
        store[node] = self
        watcher = self._first
        for source in self._sources:
            store[watcher] = None
            record = a + SLOTS_AT + RECORD * watcher
            try:
                kind = type(source)
                if kind is Channel:
                    parked = self._receive(source, watcher)
                elif kind is Task:
                    parked = self._join(source, watcher)
                else:
                    parked = source.begin(watcher)
            except Exception as error:
                store[watcher] = error
                parked = 2
            if parked != 1:
                set_byte(record, 0, READY + parked)
                set_half(at, _WINNER, watcher)
                while watcher > self._first:
                    watcher -= 1
                    unqueue(a, watcher)
                return 0
            set_byte(record, 0, WATCH)
            set_half(record, _OWNER, node)
            watcher += 1
        enqueue(a, node, at)
        set_half(self._record(node), _CHOICE, self._first)
        return 1

    def _receive(self, channel, watcher):  # hot
        if len(channel):
            self._store[watcher] = channel.try_recv()
        elif channel.closed:
            self._store[watcher] = CLOSED
        else:
            enqueue(self._a, watcher, channel._at)
            return 1
        return 0

    def _join(self, task, watcher):  # hot
        other = task._node
        if other < 0:
            if other == RAISED:
                self._store[watcher] = task._outcome
                task._outcome = None
                task._node = TAKEN
                return 2
            self._store[watcher] = task.take()
            return 0
        queue = self._record(other) + JOINER_AT
        if get_half(queue, 0) != NONE:
            return task.begin(watcher)  # which says why not
        enqueue(self._a, watcher, queue)
        return 1

    def _record(self, node):
        return self._a + SLOTS_AT + RECORD * node
