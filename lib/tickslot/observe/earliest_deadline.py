"""The order of ready tasks by their deadlines: the earliest deadline first."""

from ..core.block import address_of, get_word, set_word
from ..core.inline import address_at, slot_at
from ..core.layout import Header, Slot
from ..core.on_cpython import inline, micropython, ptr16, ptr32
from .inline import next_place, ready_at
from .layout import DeadlineOrder, DeadlineRecord
from .observer import observer_of
from .policy import Policy


class EarliestDeadline(Policy):
    """The ready task with the earliest deadline runs first; those without one run last, FIFO.

    `deadline(task, ms)` says within how many milliseconds from becoming ready the task is to have
    had its turn.  `missed(task)` counts the turns that ended later.  A task that becomes ready in
    the turn of another becomes ready at that turn's end.
    """

    def _order(self, scheduler):
        self._base = scheduler.address
        self._block = bytearray(DeadlineOrder.NODES + DeadlineRecord.BYTES * (1 + self.nodes))
        self._at = address_of(self._block)
        observer_of(scheduler).order_by(earliest, self._block, turn_ended)

    def deadline(self, task, ms):
        """Have `task` run within `ms` milliseconds of becoming ready, from the next time on.

        ValueError: the task has ended, or `ms` is below 1, or half a period of the clock or more.
        Context: any.  Alloc: 0.
        """
        scheduler = self.scheduler
        node = task._node
        ticks = ms * get_word(self._base, Header.TICKS_PER_MS)
        if node < 0:
            raise scheduler.error(ValueError, "%r has ended: it needs no deadline", task)
        if not 1 <= ticks < scheduler.period >> 1:
            text = "a deadline is 1 ms to half a period of the clock, not %r"
            raise scheduler.error(ValueError, text, ms)
        set_word(record_of(self._base, self._at, node), DeadlineRecord.WITHIN, ticks)

    def missed(self, task):
        """How many turns of `task`, while it lives, ended after their deadline.  Alloc: 0."""
        node = task._node
        if node < 0:
            return 0
        return get_word(record_of(self._base, self._at, node), DeadlineRecord.MISSED)


@inline
def links_of(records, node):
    """The record of a list's node in halves, for BEFORE and AFTER."""
    return ptr16(records + node * DeadlineRecord.BYTES)


@micropython.viper
def record_of(base: int, block: int, node: int) -> int:
    """A node's record, cleared if it is of an earlier task of the slot.  Alloc: 0."""
    record = ptr32(block + DeadlineOrder.NODES + (node + 1) * DeadlineRecord.BYTES)
    generation = int(ptr16(slot_at(base, node))[Slot.GENERATION])
    if record[DeadlineRecord.GENERATION] != generation:
        record[DeadlineRecord.GENERATION] = generation
        record[DeadlineRecord.WITHIN] = 0
        record[DeadlineRecord.MISSED] = 0
    return int(record)


@micropython.viper
def earliest(block: int, clock):  # hot
    """The order of EarliestDeadline.  Alloc: 0."""
    header = ptr32(address_at(ptr32(block), 0))
    records = block + DeadlineOrder.NODES
    period = int(header[Header.PERIOD])
    half = period >> 1
    time = int(clock()) & header[Header.CLOCK_MASK]
    node = int(ptr16(block)[DeadlineOrder.RUNNING])
    if node:
        record = ptr32(records + node * DeadlineRecord.BYTES)
        ticks = int(record[DeadlineRecord.DEADLINE]) - time
        if ticks < 0:
            ticks += period
            if ticks >= half:
                record[DeadlineRecord.MISSED] = record[DeadlineRecord.MISSED] + 1
    ptr16(block)[DeadlineOrder.RUNNING] = 0
    if ptr16(block)[DeadlineOrder.LEAVING]:
        ptr16(block)[DeadlineOrder.LEAVING] = 0
        return
    head = int(header[Header.HEAD])
    while head ^ header[Header.TAIL]:
        node = ready_at(header, head)
        head = next_place(header, head)
        generation = int(ptr16(slot_at(int(header), node))[Slot.GENERATION])
        node += 1
        record = ptr32(records + node * DeadlineRecord.BYTES)
        links = ptr16(int(record))
        within = int(record[DeadlineRecord.WITHIN])
        if within and not record[DeadlineRecord.GENERATION] ^ generation:
            ticks = time + within - period
            if ticks < 0:
                ticks += period
            record[DeadlineRecord.DEADLINE] = ticks
            # from the end: what becomes ready last mostly has the latest deadline
            before = int(ptr16(block)[DeadlineOrder.LAST])
            after = 0
            while before:
                record = ptr32(records + before * DeadlineRecord.BYTES)
                ticks = int(record[DeadlineRecord.DEADLINE]) - time
                if ticks >= half:
                    ticks -= period
                elif ticks < 0 - half:
                    ticks += period
                if ticks <= within:
                    break
                after = before
                before = int(ptr16(int(record))[DeadlineRecord.BEFORE])
            links[DeadlineRecord.BEFORE] = before
            links[DeadlineRecord.AFTER] = after
            if before:
                links_of(records, before)[DeadlineRecord.AFTER] = node
            else:
                ptr16(block)[DeadlineOrder.FIRST] = node
            if after:
                links_of(records, after)[DeadlineRecord.BEFORE] = node
            else:
                ptr16(block)[DeadlineOrder.LAST] = node
        else:
            links[DeadlineRecord.AFTER] = 0
            if ptr16(block)[DeadlineOrder.PLAIN_FIRST]:
                before = int(ptr16(block)[DeadlineOrder.PLAIN_LAST])
                links_of(records, before)[DeadlineRecord.AFTER] = node
            else:
                ptr16(block)[DeadlineOrder.PLAIN_FIRST] = node
            ptr16(block)[DeadlineOrder.PLAIN_LAST] = node
    header[Header.HEAD] = head
    node = int(ptr16(block)[DeadlineOrder.FIRST])
    if node:
        ptr16(block)[DeadlineOrder.RUNNING] = node
        after = int(links_of(records, node)[DeadlineRecord.AFTER])
        ptr16(block)[DeadlineOrder.FIRST] = after
        if after:
            links_of(records, after)[DeadlineRecord.BEFORE] = 0
        else:
            ptr16(block)[DeadlineOrder.LAST] = 0
    else:
        node = int(ptr16(block)[DeadlineOrder.PLAIN_FIRST])
        if node:
            ptr16(block)[DeadlineOrder.PLAIN_FIRST] = links_of(records, node)[DeadlineRecord.AFTER]
    if node:
        header[Header.CURRENT] = node - 1


@micropython.viper
def turn_ended(block: int, clock):  # hot
    """The run loop is left: the turn of the last node has ended.  Alloc: 0."""
    ptr16(block)[DeadlineOrder.LEAVING] = 1
    earliest(block, clock)
