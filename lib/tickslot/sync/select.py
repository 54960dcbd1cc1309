"""Wait for the first of several things.

A Select has a watcher for each source. A watcher is a node without a task: it waits in the
source's queue for the task that selects. The step that wakes one watcher takes all the others out
of their queues; so does the step in which the task leaves by a timeout or a cancel. So no item
is ever given to a branch that lost.
"""

from ..core.block import get_half, get_word, set_address, set_half, set_word
from ..core.channel import Channel
from ..core.inline import address_at, slot_at
from ..core.layout import (
    NONE,
    Begun,
    ChannelBlock,
    EventBlock,
    Header,
    SelectBlock,
    Slot,
    State,
)
from ..core.on_cpython import const, micropython, ptr8, ptr16, ptr32
from ..core.outcomes import CLOSED
from ..core.task import FAILED, Task
from ..core.wait_queue import enqueue, unqueue
from .event import Event
from .primitive import Primitive

# 32-bit words of a select's block; halves 0 and 1 are SelectBlock's
_FIRST = const(1)  # the first watcher
_COUNT = const(2)  # how many watchers
_BRANCHES = const(3)  # three words for each source: its kind, the address of its block, low, high
# kinds of sources that `begin` serves itself; 0 is any other
_CHANNEL = const(1)
_EVENT = const(2)


class Select(Primitive):
    """Waits for the first of several sources. Make it once, and yield it often:

        first = sched.select(readings, stop)
        while True:
            if (yield first.wait(timeout_ms=50)) is TIMEOUT:
                ...
            elif first.source is readings:
                print(first.value)

    A source is a Channel or a PriorityChannel (an item is received), an Offer (its item is
    sent), an Event, a Timer, a Signal, a Semaphore (a permit is taken), a Lock (the task holds
    it), a Barrier, a Watch's reader, a Task, or `end.recv()` of a CrossChannel's end.

    Guarantees
     * Exactly one branch is taken. The others lose nothing: no item, no permit.
     * Of several sources that are ready, the first in the order of declaration is taken.
     * While the task waits, it has its place in the queue of every source.

    wait(timeout_ms=None)  Operation: wait for the first source.  `yield` gives this Select,
        whose `source`, `index` and `value` tell what came; or TIMEOUT.
        Context: task.  Alloc: 0.

    `yield first` is the same as `yield first.wait()`.  One task at a time.

    ValueError: no sources, or the scheduler has too few watchers left.
    ValueError also: a source twice, or both ends of a channel: it would wait for itself.
    TypeError: a source that cannot be selected.
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
        set_half(slot_at(self._base, first), Slot.WATCHERS, len(sources))
        set_half(self._at, SelectBlock.WINNER, NONE)
        set_word(self._at, _FIRST, first)
        set_word(self._at, _COUNT, len(sources))

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
        if not a_task:  # a source that has ended may have the same Task object
            for other in range(len(self._sources)):
                if other != index and wait_target(self._sources[other]) is wait_target(source):
                    raise self._scheduler.error(
                        ValueError, "%r is twice in a select: name each thing once", source
                    )
        self._sources[index] = source
        kind = 0
        at = 0
        if isinstance(source, Channel):
            kind = _CHANNEL
            at = source._at
        elif isinstance(source, Event):
            kind = _EVENT
            at = source._at
        set_word(self._at, _BRANCHES + 3 * index, kind)
        set_address(self._at, _BRANCHES + 3 * index + 1, at)

    wait = Primitive.within

    @property
    def index(self):
        """The place of the source that came last, from 0; -1 before the first.  Alloc: 0."""
        winner = get_half(self._at, SelectBlock.WINNER)
        return -1 if winner == NONE else winner - self._first

    @property
    def source(self):
        """The source that came last, or None before the first.  Alloc: 0."""
        index = self.index
        return None if index < 0 else self._sources[index]

    @property
    @micropython.viper
    def value(self):
        """What the source gave, until the next wait; what it raised is raised.  Alloc: 0.

        RuntimeError: no source has come yet.
        """
        winner = int(ptr16(int(self._at))[SelectBlock.WINNER])
        if winner == NONE:
            self._none_yet()
        value = self._store[winner]
        state = int(ptr8(slot_at(int(self._base), winner))[Slot.STATE])
        if state == State.THROW:
            self._raise(value)
        elif state == State.TOLD:
            value = self.source.latest()
        return value

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Begin a wait: see primitive.py.  Context: run loop."""
        at = int(self._at)
        if ptr16(at)[0] != NONE:
            self._in_use()
        base = int(self._base)
        store = self._store
        store[node] = self
        words = ptr32(at)
        first = int(words[_FIRST])
        watcher = first
        end = first + int(words[_COUNT])
        branch = _BRANCHES
        while watcher < end:
            slot = slot_at(base, watcher)
            kind = int(words[branch])
            branch += 1
            queue = address_at(words, branch)
            if kind == _CHANNEL and not (
                ptr32(queue)[ChannelBlock.COUNT]
                | ptr32(queue)[ChannelBlock.STATE] & ChannelBlock.SHUT
            ):
                enqueue(base, watcher, queue)
            elif kind == _EVENT and not ptr16(queue)[EventBlock.SET]:
                store[watcher] = True  # its value when `set` wakes it
                enqueue(base, watcher, queue)
            else:
                begun = int(self._begin_source(watcher))
                if begun != Begun.WAITS:
                    ptr8(slot)[Slot.STATE] = State.READY + begun
                    ptr16(at)[SelectBlock.WINNER] = watcher
                    while watcher > first:
                        watcher -= 1
                        unqueue(base, watcher)
                    return Begun.DONE
            ptr8(slot)[Slot.STATE] = State.WATCH
            ptr16(slot)[Slot.OWNER] = node
            watcher += 1
            branch += 2
        enqueue(base, node, at)
        ptr16(slot_at(base, node))[Slot.SELECT] = first
        return Begun.WAITS

    def _begin_source(self, watcher):  # hot
        """Begin with a source that `begin` does not serve itself, or that is ready."""
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
            return Begun.THROW

    def _receive(self, channel, watcher):  # hot
        if len(channel):
            self._store[watcher] = channel.try_recv()
        elif channel.closed:
            self._store[watcher] = CLOSED
        else:
            enqueue(self._base, watcher, channel._at)
            return Begun.WAITS
        return Begun.DONE

    def _join(self, task, watcher):  # hot
        other = task._node
        if other < 0:
            if other == FAILED:
                self._store[watcher] = task.outcome()
                return Begun.THROW
            self._store[watcher] = task.take()
            return Begun.DONE
        queue = slot_at(self._base, other) + Slot.JOINER_BYTE
        if other == get_word(self._base, Header.CURRENT) or get_half(queue, 0) != NONE:
            return task.begin(other)  # raises an error that says why not
        enqueue(self._base, watcher, queue)
        return Begun.WAITS

    def _raise(self, error):
        raise error

    def _none_yet(self):
        self.error(RuntimeError, "nothing has come from %r yet: yield it first")

    def _in_use(self):
        self.error(RuntimeError, "another task waits for %r already: make one for each task")


class Offer:
    """A source of a Select that sends: `item`, into a Channel or a PriorityChannel.

        offer = tickslot.Offer(results)
        first = sched.select(stop, offer)
        offer.item = 5
        yield first
        if first.source is offer and first.value is True:  # else CLOSED
            ...

    Guarantees
     * If this branch wins, `item` is sent, once. Else it is the caller's alone.
     * While the task waits, it has its place among the channel's senders.

    Each wait offers `item` as it is when the wait begins, with the `priority` of that moment.
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
        """Begin as a source of a Select.  Context: run loop."""
        channel = self.channel
        store = channel._scheduler.store
        if channel.closed:
            store[watcher] = CLOSED
            return Begun.DONE
        priorities = self._priorities
        if priorities is None:
            done = channel.try_send(self.item)
        else:
            done = channel.try_send(self.item, self.priority)
            priorities[watcher] = self.priority
        if done:
            store[watcher] = True
            return Begun.DONE
        store[watcher] = self.item
        enqueue(channel._scheduler.address, watcher, channel._at + 2 * ChannelBlock.SENDERS)
        return Begun.WAITS


def wait_target(source):
    """What two branches of a Select must not share: one would wake the other.  Alloc: 0."""
    return source.channel if isinstance(source, Offer) else source
