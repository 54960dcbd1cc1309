"""What happened, in the order in which it did: a fixed ring of records."""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.inline import address_at
from ..core.layout import Block, Header, LOW, ObserverBlock, Record, Slot, Watched
from ..core.on_cpython import const, micropython, ptr32

from .observer import NAMES, observer_of, record, stamp


# kinds of records, and the observer's block: see observe.py


# how far a call between schedulers has come: see Trace.call
SENT = const(0)
TAKEN = const(1)
REPLIED = const(2)
DELIVERED = const(3)
STAGES = ("sent", "taken", "replied", "delivered")


@micropython.viper
def written(o: int) -> int:
    """How many records were written, modulo 2**30.  Alloc: 0."""
    p = ptr32(o)
    return (p[ObserverBlock.LAPS] * p[ObserverBlock.PLACES] + p[ObserverBlock.NEXT]) & LOW


@micropython.viper
def place_of(records: int, index: int, base: int) -> int:
    """How far a record's `what` lies behind the address `base`, if that is near; else -1."""
    what = int(ptr32(records)[index * 3 + 2])
    far = ((what >> 16) - (base >> 16)) & 0xFFFF  # in halves: 32 bits are no small int
    near = (what & 0xFFFF) - (base & 0xFFFF)
    if far == 1:
        near += 65536
    elif far == 0xFFFF:
        near -= 65536
    elif far:
        near = -1
    return near


@micropython.viper
def copy(records: int, index: int, to: int, place: int, what: int):
    """Copy record `index` to place `place` at `to`, with `what` for its own."""
    r = ptr32(records + index * 12)
    t = ptr32(to + place * 12)
    t[0] = r[0]
    t[1] = r[1]
    t[2] = what


class Trace:
    """Records what tasks do, from now on, in a ring of `records` of 12 bytes each.

    The oldest are overwritten, and `lost` counts those that nobody read.  Each
    turn of a task is one record, with the time at its start and what it ended
    with; one says that a task was spawned, or woken, and by which; and marks.

    clock  see Observer: the time in the records.  The default costs nothing and is
           the same on each run under a ManualClock.

    A record: time; kind | node << 4 | other node << 18; and what, three 32-bit
    words.  The other node is the one that woke or spawned it, 0x3FFF for none;
    of a call it is the stage.  `what` of a spawn is its slot's generation.
    What a task waits for, sends to or receives from, is, once drained,
    (number of the thing, from 1) << 2 | queue, or 2**29 | node for that task's end.
    """

    def __init__(self, scheduler, records=256, clock=None):
        if not 2 <= records <= 1 << 20:
            raise ValueError("a trace has 2 to 2**20 records, not %r" % (records,))
        self._scheduler = scheduler
        self._observer = observer = observer_of(scheduler, clock)
        self._at = observer.at
        self._a = scheduler.address
        self._buffer = bytearray(Record.BYTES * records)
        self._records = at = address_of(self._buffer)
        self._places = records
        self._read = self._lost = 0
        set_word(self._at, ObserverBlock.MARKS_LOST, 0)
        self._names = [None] * scheduler.nodes
        self._learn_names()
        set_word(self._at, ObserverBlock.NEXT, 0)
        set_word(self._at, ObserverBlock.LAPS, 0)
        set_word(self._at, ObserverBlock.PLACES, records)
        set_address(self._at, ObserverBlock.RECORDS, at)
        scheduler.trace = self  # for those who record calls
        self.start()

    def start(self):
        """Go on recording.  Alloc: 0."""
        self._observer.flag(Watched.TRACE)
        set_word(self._scheduler.address, Header.TRACED, 1)

    def stop(self):
        """Record no more; what is there can still be read.  Alloc: 0."""
        self._observer.unflag(Watched.TRACE)
        set_word(self._scheduler.address, Header.TRACED, 0)

    def mark(self, value=0):
        """Write a record of one's own: 0 to 2**30 - 1.  Context: task or call.  Alloc: 0."""
        node = self._scheduler.current
        node = Record.NO_NODE if node is None else node._node
        record(self._at, Record.MARK, node, Record.NO_NODE, self._observer.time(), value & LOW)

    @micropython.viper
    def mark_from_irq(self, value: int):
        """The same from a hard interrupt, or another thread; one of them at a time.

        The record is written before the next turn.  Of several marks until then
        only the last is: the others count in `lost`.
        """
        o = ptr32(int(self._at))
        o[ObserverBlock.MARK_VALUE] = value & LOW
        o[ObserverBlock.MARKS] = (o[ObserverBlock.MARKS] + 1) & LOW
        ptr32(address_at(o, ObserverBlock.SCHEDULER))[Header.BELL] = 1  # else seen turns later

    @micropython.viper
    def call(self, stage: int, request: int):  # hot
        """Write a record of call `request`, a small int, on the way between schedulers.

        SENT and DELIVERED are for its caller's scheduler, TAKEN and REPLIED for
        the one that serves it.  To be called if word TRACED of the scheduler's
        block says so, as `scheduler.trace.call`.

        Context: the scheduler's thread.  Alloc: 0.
        """
        o = int(self._at)
        a = int(self._a)
        observer = self._observer
        node = int(ptr32(a)[Header.CURRENT]) & Record.NO_NODE
        record(o, Record.CALL, node, stage, int(stamp(o, a, observer.clock)), request)

    @property
    def lost(self):
        """Records that were overwritten unread, and marks of interrupts.  Alloc: 0."""
        return self._lost + get_word(self._at, ObserverBlock.MARKS_LOST)

    @property
    def unread(self):
        """How many records there are to drain.  Alloc: 0."""
        return min(written(self._at) - self._read & LOW, self._places)

    def drain(self, into):
        """Copy the oldest records that were not read into a bytearray: how many.

        It may be called while the system runs, in a task too.  Alloc: 0.
        """
        unread = written(self._at) - self._read & LOW
        if unread > self._places:
            self._lost += unread - self._places
            self._read = self._read + unread - self._places & LOW
            unread = self._places
        index = get_word(self._at, ObserverBlock.NEXT) - unread
        if index < 0:
            index += self._places
        to = address_of(into)
        count = min(unread, len(into) // Record.BYTES)
        for place in range(count):
            copy(self._records, index, to, place, self._thing(index))
            index += 1
            if index == self._places:
                index = 0
        self._read = self._read + count & LOW
        return count

    def lines(self):
        """The records that were not read, a line of text for each, oldest first.

        A task has its name as long as the scheduler has its handle (see Task); else
        it is the number of its slot.  Alloc: yes.
        """
        one = bytearray(Record.BYTES)
        at = address_of(one)
        lost = self._lost
        while self.drain(one):
            if lost != self._lost:  # maybe somebody's spawn as well
                lost = self._lost
                self._learn_names()
            word = int.from_bytes(one[4:8], "little")
            yield self.line(
                get_word(at, 0), word & 15, word >> 4 & Record.NO_NODE, word >> 18, get_word(at, 2)
            )

    def line(self, time, kind, node, other, what):
        """A record in words.  Alloc: yes."""
        text = "%d %s" % (time, NAMES[kind])
        if kind == Record.MARK:
            return "%s %d" % (text, what)
        if kind == Record.CALL:
            text += " %d %s" % (what, STAGES[other])
            return text if node == Record.NO_NODE else "%s by %s" % (text, self._name(node))
        if kind == Record.SPAWN:
            self._names[node] = self._scheduler.name_of(what << 14 | node)
        text += " " + self._name(node)
        if kind in (Record.SPAWN, Record.WAKE):
            return text if other == Record.NO_NODE else "%s by %s" % (text, self._name(other))
        if what >= Record.END_OF:
            return "%s for the end of %s" % (text, self._name(what - Record.END_OF))
        if what and kind != Record.JOIN:
            thing = self._scheduler._things[(what >> 2) - 1]
            if kind == Record.WAITS:
                return "%s for %s" % (text, thing.waits(thing._at + 2 * (what & 3)))
            return "%s %r" % (text, thing)
        return text

    def _name(self, node):
        return self._names[node] or "#%d" % node

    def _learn_names(self):
        for node in range(len(self._names)):
            task = self._scheduler.task_of(node)
            self._names[node] = None if task is None else task.name

    def _thing(self, index):
        """The number of the thing that a record names; what a mark, a call or a spawn says."""
        records = self._records
        kind = get_word(records, 3 * index + 1) & 15
        if kind == Record.MARK or kind == Record.CALL or kind == Record.SPAWN:
            return get_word(records, 3 * index + 2)
        number = 0
        for thing in self._scheduler._things:
            number += 1
            place = place_of(records, index, thing._at)
            if 0 <= place < 4:
                return number << 2 | place >> 1
        scheduler = self._scheduler
        place = place_of(records, index, scheduler.address + Block.SLOTS + Slot.JOINER_BYTE)
        if 0 <= place < 32 * scheduler.nodes:
            return Record.END_OF | place >> 5
        return 0
