"""Wait for the first of several things.

Each source has a watcher of the choice in its queue: a node that stands for the
task (see slot.py).  The step that wakes a watcher takes all the others out of
their queues, and so does the one in which the task leaves by a timeout or a
cancel: so no item is ever given to a branch that lost.
"""

from ..core.block import get_half, get_word, set_address, set_half, set_word
from ..core.channel import Channel
from ..core.inline import address_at
from ..core.layout import Block, ChannelBlock, Header, NONE, Slot, State
from ..core.on_cpython import const, micropython, ptr16, ptr32, ptr8
from ..core.outcomes import CLOSED
from ..core.task import RAISED, Task
from ..core.wait_queue import enqueue, unqueue
from .event import Event
from .primitive import Primitive


# see slot.py

# its block: the queue of the task that selects, in halves, then
_WINNER = const(1)
# in words
_FIRST = const(1)  # the first watcher
_MANY = const(2)  # and how many
_BRANCHES = const(3)  # three words each: what it is, and the address of its block, low and high
_CHANNEL = const(1)
_EVENT = const(2)


class Select(Primitive):
    """Waits for the first of several sources; made once, yielded often:

        choice = sched.select(readings, stop)
        while True:
            if (yield choice.wait(timeout_ms=50)) is TIMEOUT:
                ...
            elif choice.source is readings:
                print(choice.value)

    A source is a Channel or a PriorityChannel (what it gives is received), an
    Offer (its item is sent), an Event, a Timer, a Signal, a Semaphore (a permit
    is taken), a Lock (it is held), a Barrier, a Watch's reader, a Task, or
    `end.recv()` of a CrossChannel's end.

    Guarantees
     * exactly one branch is taken; the others lose nothing: no item, no permit;
     * of several that are ready, the first in the order of declaration;
     * while it waits, it has its place in the queue of every source.

    `yield choice` is the same as `yield choice.wait()`.  One task at a time.

    ValueError: no sources, or the scheduler has too few watchers left.
    ValueError also: a source twice, or both ends of a channel: it would meet itself.
    TypeError: nothing that can be selected.
    """

    exclusive = True

    def __init__(self, scheduler, *sources):
        if not sources:
            raise ValueError("select() over nothing would wait for ever: name a source")
        super().__init__(scheduler, 4 * (_BRANCHES + 3 * len(sources)))
        self._sources = list(sources)
        for index, source in enumerate(sources):
            self.watch(index, source)
        self._first = first = scheduler.take_watchers(len(sources))
        set_half(self._record(first), Slot.WATCHERS, len(sources))
        set_half(self._at, _WINNER, NONE)
        set_word(self._at, _FIRST, first)
        set_word(self._at, _MANY, len(sources))

    def __repr__(self):
        return "one of " + ", ".join([repr(source) for source in self._sources])

    def watch(self, index, source):
        """Put another source in the place of one, between two waits.  Alloc: 0."""
        a_task = isinstance(source, Task)
        if not (a_task or isinstance(source, Channel)) and getattr(source, "exclusive", True):
            raise self._scheduler.error(
                TypeError,
                "cannot select over %r: name a channel, an Offer to one, an Event, a Signal, a"
                " Semaphore, a Lock, a Barrier, a Watch's reader or a Task; for a time `wait(ms)`,"
                " or a Timer; for a Scope its tasks",
                source,
            )
        if getattr(source, "_scheduler", self._scheduler) is not self._scheduler:
            raise self._scheduler.error(
                ValueError, "%r is another scheduler's: a CrossChannel goes between", source
            )
        if not a_task:  # whose handle may be an old source's
            for other in range(len(self._sources)):
                if other != index and met(self._sources[other]) is met(source):
                    raise self._scheduler.error(
                        ValueError, "%r is twice in a select: name each thing once", source
                    )
        self._sources[index] = source
        what = 0
        at = 0
        if isinstance(source, Channel):
            what = _CHANNEL
            at = source._at
        elif isinstance(source, Event):
            what = _EVENT
            at = source._at
        set_word(self._at, _BRANCHES + 3 * index, what)
        set_address(self._at, _BRANCHES + 3 * index + 1, at)

    def wait(self, timeout_ms=None):
        """Operation: wait for the first source.

        `yield` gives this choice, whose `source`, `index` and `value` tell what
        came; or TIMEOUT.  Context: task.  Alloc: 0.
        """
        if timeout_ms is not None:
            self._within(timeout_ms)
        return self

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
    @micropython.viper
    def value(self):
        """What it gave, until the next wait; what it raised is raised.  Alloc: 0."""
        winner = int(ptr16(int(self._at))[_WINNER])
        if winner == NONE:
            self._nothing()
        value = self._store[winner]
        state = int(ptr8(int(self._base) + Block.SLOTS + (winner << Slot.BITS))[0])
        if state == State.THROW:
            self._raise(value)
        elif state == State.TOLD:
            value = self.source.latest()
        return value

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield choice`: see burst.py.  Context: burst."""
        at = int(self._at)
        if ptr16(at)[0] != NONE:
            self._taken()
        a = int(self._base)
        store = self._store
        store[node] = self
        w = ptr32(at)
        first = int(w[_FIRST])
        watcher = first
        end = first + int(w[_MANY])
        branch = _BRANCHES
        while watcher < end:
            record = a + Block.SLOTS + (watcher << Slot.BITS)
            what = int(w[branch])
            branch += 1
            queue = address_at(w, branch)
            if what == _CHANNEL and not (ptr32(queue)[ChannelBlock.COUNT] | ptr32(queue)[ChannelBlock.STATE] & ChannelBlock.SHUT):
                enqueue(a, watcher, queue)
            elif what == _EVENT and not ptr16(queue)[1]:
                store[watcher] = True  # see Event.set
                enqueue(a, watcher, queue)
            else:
                what = int(self._begin(watcher))
                if what != 1:
                    ptr8(record)[0] = State.READY + what
                    ptr16(at)[_WINNER] = watcher
                    while watcher > first:
                        watcher -= 1
                        unqueue(a, watcher)
                    return 0
            ptr8(record)[0] = State.WATCH
            ptr16(record)[Slot.OWNER] = node
            watcher += 1
            branch += 2
        enqueue(a, node, at)
        ptr16(a + Block.SLOTS + (node << Slot.BITS))[Slot.SELECT] = first
        return 1

    def _begin(self, watcher):  # hot
        """A branch that is no channel or event that is not ready: as `begin` of its source."""
        source = self._sources[watcher - self._first]
        self._store[watcher] = None
        try:
            if isinstance(source, Channel):
                return self._receive(source, watcher)
            if isinstance(source, Task):
                return self._join(source, watcher)
            return source.begin_branch(watcher)
        except Exception as error:
            self._store[watcher] = error
            return 2

    def _raise(self, error):
        raise error

    def _nothing(self):
        self.error(RuntimeError, "nothing has come from %r yet: yield it first")

    def _taken(self):
        self.error(RuntimeError, "another task waits for %r already: make one for each task")

    def _receive(self, channel, watcher):  # hot
        if len(channel):
            self._store[watcher] = channel.try_recv()
        elif channel.closed:
            self._store[watcher] = CLOSED
        else:
            enqueue(self._base, watcher, channel._at)
            return 1
        return 0

    def _join(self, task, watcher):  # hot
        other = task._node
        if other < 0:
            if other == RAISED:
                self._store[watcher] = task.outcome()
                return 2
            self._store[watcher] = task.take()
            return 0
        queue = self._record(other) + Slot.JOINER_BYTE
        if other == get_word(self._base, Header.CURRENT) or get_half(queue, 0) != NONE:
            return task.begin(other)  # which says why not
        enqueue(self._base, watcher, queue)
        return 1

    def _record(self, node):
        return self._base + Block.SLOTS + Slot.BYTES * node


class Offer:
    """A source of a select that sends: `item`, into a Channel or a PriorityChannel.

        offer = tickslot.Offer(results)
        choice = sched.select(stop, offer)
        offer.item = 5
        yield choice
        if choice.source is offer and choice.value is True:  # else CLOSED
            ...

    Guarantees
     * `item` is sent if this branch wins, once; else it is the caller's alone;
     * while it waits, it has its place among the channel's senders.

    Each wait offers `item` as it is when the wait begins, and `priority` with it.
    Alloc: boot only.
    """

    exclusive = False

    def __init__(self, channel, item=None, priority=0):
        self._priorities = getattr(channel, "_priorities", None)
        if self._priorities is None and not isinstance(channel, Channel):
            raise TypeError("an offer goes to a Channel or a PriorityChannel, not %r" % (channel,))
        self.channel = channel
        self.item = item
        self.priority = priority

    def __repr__(self):
        return "an offer to %r" % self.channel

    def begin_branch(self, watcher):  # hot
        """Part of a select: see Select.  Context: burst."""
        channel = self.channel
        store = channel._scheduler.store
        if channel.closed:
            store[watcher] = CLOSED
            return 0
        priorities = self._priorities
        if priorities is None:
            done = channel.try_send(self.item)
        else:
            done = channel.try_send(self.item, self.priority)
            priorities[watcher] = self.priority
        if done:
            store[watcher] = True
            return 0
        store[watcher] = self.item
        enqueue(channel._scheduler.address, watcher, channel._at + 2)
        return 1


def met(source):
    """What two branches of one select must not share: each would wake the other.  Alloc: 0."""
    return source.channel if isinstance(source, Offer) else source
