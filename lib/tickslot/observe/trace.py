"""The Trace: a fixed ring of records of what happened, in order."""

from ..core.block import address_of, get_word, set_address, set_word
from ..core.inline import address_at
from ..core.layout import LOW, NODE_BITS, Block, Header, ObserverBlock, Record, Slot, Watched
from ..core.on_cpython import micropython, ptr32
from .layout import Stage
from .observer import observer_of
from .turn import KIND_NAMES, stamp, write_record

# how far a call between schedulers has come: see Trace.call
SENT, TAKEN, REPLIED, DELIVERED = Stage.SENT, Stage.TAKEN, Stage.REPLIED, Stage.DELIVERED
STAGES = ("sent", "taken", "replied", "delivered")


@micropython.viper
def records_written(observer_at: int) -> int:
    """How many records were written, modulo 2**30.  Alloc: 0."""
    observer = ptr32(observer_at)
    return (
        observer[ObserverBlock.LAPS] * observer[ObserverBlock.PLACES] + observer[ObserverBlock.NEXT]
    ) & LOW


@micropython.viper
def distance(records: int, index: int, base: int) -> int:
    """How far a record's `what` lies behind the address `base`; below 0: before, or far away."""
    what = int(ptr32(records + index * Record.BYTES)[Record.WHAT])
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
def copy_record(records: int, index: int, to: int, place: int, what: int):
    """Copy record `index` to place `place` at `to`, with another `what`.  Alloc: 0."""
    source = ptr32(records + index * Record.BYTES)
    target = ptr32(to + place * Record.BYTES)
    target[Record.TIME] = source[Record.TIME]
    target[Record.WHO] = source[Record.WHO]
    target[Record.WHAT] = what


class Trace:
    """Records what tasks do, from now on, in a ring of `records` of 12 bytes each.

    New records overwrite the oldest; `lost` counts those that nobody read.  Each turn of a task
    is one record, with the time at its start and what the turn ended with.  Further records say
    that a task was spawned or woken, and by which task; and there are marks.

    clock  the time in the records: see Observer.  The default costs nothing, and under a
           ManualClock it is the same on each run.

    A record is three 32-bit words: the time; kind | node << 4 | other node << 18; and `what`.
    The other node is the one that woke or spawned the node, 0x3FFF for none; of a call it is the
    stage.  `what` of a spawn is the slot's generation.  What a task waits for, sends to or
    receives from is, in a record that was drained, (number of the object, from 1) << 2 | queue;
    or 2**29 | node, if the task waits for that node's end.
    ValueError: `records` is not 2 to 2**20.  Alloc: boot only.
    """

    def __init__(self, scheduler, records=256, clock=None):
        if not 2 <= records <= 1 << 20:
            raise ValueError("a trace has 2 to 2**20 records, not %r" % (records,))
        self._scheduler = scheduler
        self._observer = observer = observer_of(scheduler, clock)
        self._at = observer.at
        self._base = scheduler.address
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
        scheduler.trace = self  # for rpc/, which records calls
        self.start()

    def start(self):
        """Go on recording.  Alloc: 0."""
        self._observer.flag(Watched.TRACE)
        set_word(self._base, Header.TRACED, 1)

    def stop(self):
        """Record no more; the records that are there can still be read.  Alloc: 0."""
        self._observer.unflag(Watched.TRACE)
        set_word(self._base, Header.TRACED, 0)

    def mark(self, value=0):
        """Write a record of your own: 0 to 2**30 - 1.  Context: task or call.  Alloc: 0."""
        task = self._scheduler.current
        node = Record.NO_NODE if task is None else task._node
        time = self._observer.time()
        write_record(self._at, Record.MARK, node, Record.NO_NODE, time, value & LOW)

    @micropython.viper
    def mark_from_irq(self, value: int):
        """Write a mark from a hard interrupt or another thread, from one of them at a time.

        The record is written before the next turn.  Of several marks until then only the last
        is written: the others count in `lost`.  Alloc: 0.
        """
        observer = ptr32(int(self._at))
        observer[ObserverBlock.MARK_VALUE] = value & LOW
        observer[ObserverBlock.MARKS] = (observer[ObserverBlock.MARKS] + 1) & LOW
        # without this the mark would be seen some turns later
        ptr32(address_at(observer, ObserverBlock.SCHEDULER))[Header.BELL] = 1

    @micropython.viper
    def call(self, stage: int, request: int):  # hot
        """Write a record of call `request`, a small int, on the way between schedulers.

        SENT and DELIVERED are for the caller's scheduler, TAKEN and REPLIED for the scheduler
        that serves the call.  Call this as `scheduler.trace.call`, if word TRACED of the
        scheduler's block is 1.  Context: the scheduler's thread.  Alloc: 0.
        """
        at = int(self._at)
        base = int(self._base)
        watch = self._observer
        node = int(ptr32(base)[Header.CURRENT]) & Record.NODE
        write_record(at, Record.CALL, node, stage, int(stamp(at, base, watch.clock)), request)

    @property
    def lost(self):
        """Records overwritten unread, and marks by `mark_from_irq` never recorded.  Alloc: 0."""
        return self._lost + get_word(self._at, ObserverBlock.MARKS_LOST)

    @property
    def unread(self):
        """How many records there are to drain.  Alloc: 0."""
        return min(records_written(self._at) - self._read & LOW, self._places)

    def drain(self, into):
        """Copy the oldest unread records into a bytearray: how many.  Its thread.  Alloc: 0."""
        unread = records_written(self._at) - self._read & LOW
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
            copy_record(self._records, index, to, place, self._what(index))
            index += 1
            if index == self._places:
                index = 0
        self._read = self._read + count & LOW
        return count

    def lines(self):
        """Yield a line of text for each unread record, the oldest first.

        A task has its name as long as the scheduler has its handle (see Task), later the number of
        its slot.  Alloc: yes.
        """
        one = bytearray(Record.BYTES)
        at = address_of(one)
        lost = self._lost
        while self.drain(one):
            if lost != self._lost:  # the spawn of a task may be among the lost records
                lost = self._lost
                self._learn_names()
            time, who, what = [get_word(at, word) for word in range(Record.BYTES >> 2)]
            node = who >> Record.NODE_AT & Record.NODE
            other = who >> Record.OTHER_AT & Record.NODE
            yield self.line(time, who & Record.KIND, node, other, what)

    def line(self, time, kind, node, other, what):
        """A record in words.  Alloc: yes."""
        text = "%d %s" % (time, KIND_NAMES[kind])
        if kind == Record.MARK:
            return "%s %d" % (text, what)
        if kind == Record.CALL:
            text += " %d %s" % (what, STAGES[other])
            return text if node == Record.NO_NODE else "%s by %s" % (text, self._name(node))
        if kind == Record.SPAWN:
            self._names[node] = self._scheduler.name_of(what << NODE_BITS | node)
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

    def _what(self, index):
        """The `what` of a record to drain: numbers instead of addresses: see the class."""
        records = self._records
        record = records + Record.BYTES * index
        kind = get_word(record, Record.WHO) & Record.KIND
        if kind in (Record.MARK, Record.CALL, Record.SPAWN):
            return get_word(record, Record.WHAT)
        scheduler = self._scheduler
        number = 0
        for thing in scheduler._things:
            number += 1
            place = distance(records, index, thing._at)
            if 0 <= place < 4:
                return number << 2 | place >> 1
        place = distance(records, index, scheduler.address + Block.SLOTS + Slot.JOINER_BYTE)
        if 0 <= place < Slot.BYTES * scheduler.nodes:
            return Record.END_OF | place >> Slot.BITS
        return 0
