"""What an observer records about each turn: its time, the nodes that became ready, its duration.

The observed run loop (core/run_loop.py) calls these functions after a turn, and Trace and Metrics
in between.  A turn's time is that of the clock at its start; a turn ends where the next begins.

observer  the observer's words, a ptr32     observer_at  the same as a number: their address
header    the scheduler's words, a ptr32    base         the same as a number
"""

from ..core.inline import address_at, put_record, slot_at
from ..core.layout import LOW, NONE, Header, ObserverBlock, Record, Slot, State, Status, Watched
from ..core.on_cpython import const, inline, micropython, ptr16, ptr32
from ..core.run_loop import check_clock
from .inline import add_time, next_place, time_minus
from .layout import Count

_FIRST_TURNS = const(8)  # the most from the first `observe_tick` of a run to the next

KIND_NAMES = (  # by the numbers in Record
    "", "spawn", "wake", "yield", "sleep", "wait", "odd", "mark",
    "call", "recv", "send", "ask", "end", "raised", "join", "event",
)  # fmt: skip


@micropython.viper
def stamp(observer_at: int, base: int, clock) -> int:
    """The observer's time now.  Alloc: 0."""
    source = int(ptr32(observer_at)[ObserverBlock.CLOCK])
    if not source:
        return int(clock()) & ptr32(base)[Header.CLOCK_MASK]
    if source == 1:
        return int(clock()) & LOW
    return ptr32(source)[0] & LOW


@micropython.viper
def write_record(observer_at: int, kind: int, node: int, other: int, time: int, what: int):
    """Write a trace record, if the trace is on.  Alloc: 0."""
    observer = ptr32(observer_at)
    if observer[ObserverBlock.FLAGS] & Watched.TRACE:
        records = int(address_at(observer, ObserverBlock.RECORDS))
        put_record(
            observer, records, time, kind | node << Record.NODE_AT | other << Record.OTHER_AT, what
        )


@inline
def due_time(observer, header, deadline, time):
    """When a timer was due that was served at `time`, on the observer's clock."""
    ticks = int(header[Header.NOW_LOW]) - deadline
    if ticks < 0:
        ticks += LOW
        ticks += 1
    if not observer[ObserverBlock.CLOCK]:
        served = int(header[Header.LAST])
    else:
        served = time
        if ticks > 0xFFFFF:  # the product must stay below 2**30
            ticks = 0xFFFFF
        ticks = ticks * 1000 // int(header[Header.TICKS_PER_MS])
    return time_minus(observer, served, ticks)


@micropython.viper
def note_ready(observer_at: int, base: int, time: int, by: int):
    """Note the nodes that came into the ready ring, woken or spawned by node `by`, or NONE.

    Records carry `time`.  Metrics count from `time`; after a timer, from when the timer was due.
    Alloc: 0.
    """
    observer = ptr32(observer_at)
    header = ptr32(base)
    ring = ptr16(base + header[Header.RING])
    place = int(observer[ObserverBlock.SEEN_TAIL])
    end = int(header[Header.TAIL])
    if place == NONE:
        place = end
    counts = int(address_at(observer, ObserverBlock.METRICS))
    while place != end:
        node = int(ring[place])
        place = next_place(header, place)
        if node != by:
            kind = Record.WAKE
            what = 0
            since = time
            count = ptr32(counts + (node << Count.BITS))
            slot = ptr16(slot_at(base, node))
            if slot[Slot.STATUS] & Status.FRESH:
                kind = Record.SPAWN
                what = int(slot[Slot.GENERATION])
                observer[ObserverBlock.SPAWNED] = 1
                if header[Header.LIVE] > observer[ObserverBlock.HIGH]:
                    observer[ObserverBlock.HIGH] = header[Header.LIVE]
                if observer[ObserverBlock.FLAGS] & Watched.METRICS:
                    i = 0
                    while i < Count.BYTES >> 2:
                        count[i] = 0
                        i += 1
            elif not slot[Slot.STATUS] & 255 or slot[Slot.STATUS] & 255 == State.DUE:
                if by != NONE:
                    since = int(observer[ObserverBlock.TURN_END])
                deadline = int(ptr32(slot)[Slot.DEADLINE])
                since = due_time(observer, header, deadline, since)
            if observer[ObserverBlock.FLAGS] & Watched.METRICS:
                count[Count.SINCE] = since + 1
            write_record(observer_at, kind, node, by & Record.NODE, time, what)
    observer[ObserverBlock.SEEN_TAIL] = int(header[Header.TAIL])


@micropython.viper
def count_woken_turn(observer_at: int, count_at: int, start: int, time: int):
    """Count, at `count_at`, the turn of a node that was woken or whose CPU time came to 2**30."""
    observer = ptr32(observer_at)
    count = ptr32(count_at)
    cpu = ptr32(count_at + 4 * Count.CPU)
    ticks = time_minus(observer, time, start)
    add_time(cpu, ticks)
    since = int(count[Count.SINCE]) - 1
    count[Count.SINCE] = 0
    if since >= 0:
        ticks = time_minus(observer, start, since)
        if ticks > count[Count.LATEST]:
            count[Count.LATEST] = ticks
        if count[Count.WITHIN]:
            ticks = time_minus(observer, time, since)
            if ticks > count[Count.WITHIN]:
                count[Count.MISSED] = count[Count.MISSED] + 1


@inline
def count_turn(observer, observer_at, counts, node, start, time):
    """Count the turn of a node, from `start` to `time`."""
    ticks = time_minus(observer, time, start)
    count = ptr32(counts + (node << Count.BITS))
    count[Count.RUNS] = (count[Count.RUNS] + 1) & LOW
    if ticks > count[Count.LONGEST]:
        count[Count.LONGEST] = ticks
    ticks += int(count[Count.CPU])
    if ticks >> 30 or count[Count.SINCE]:
        count_woken_turn(observer_at, int(count), start, time)
    else:
        count[Count.CPU] = ticks


@micropython.viper
def count_idle(observer_at: int, time: int, away: int):
    """Count the time until now: idle if `away` was 1 in the last call, else busy.  Alloc: 0.

    `away` 1: nothing is ready from now on.
    """
    observer = ptr32(observer_at)
    idle = int(observer[ObserverBlock.AWAY])
    total = ptr32(observer_at + 4 * (ObserverBlock.BUSY_US - 2 * idle))
    left = int(observer[ObserverBlock.LEFT])
    ticks = time_minus(observer, time, left)
    add_time(total, ticks)
    observer[ObserverBlock.AWAY] = away
    observer[ObserverBlock.LEFT] = time


@micropython.viper
def observe_tick(observer_at: int, limit: int, before: int, constants) -> int:
    """Call `check_clock`, and update the time and the marks.  Alloc: 0.

    If the time is the scheduler's and no timer is armed, `check_clock` reads no clock, and this
    function reads it: no tick passed doubles the turns to the next call; one tick halves them; more
    ticks set one turn.
    """
    observer = ptr32(observer_at)
    base = int(address_at(observer, ObserverBlock.SCHEDULER))
    header = ptr32(base)
    header[Header.CURRENT] = NONE  # what the clock raises is no task's error
    time = int(observer[ObserverBlock.TIME])
    timed = 0
    if observer[ObserverBlock.FLAGS]:
        if observer[ObserverBlock.SEEN_TAIL] ^ header[Header.TAIL]:
            note_ready(observer_at, base, time, NONE)
        if not observer[ObserverBlock.CLOCK]:
            timed = 1
    armed = int(header[Header.ARMED])
    if timed and not armed:
        now = int(constants[4]()) & header[Header.CLOCK_MASK]
        turns = _FIRST_TURNS
        if before:
            turns = before << 1
            if now ^ time:
                turns = before + 1 >> 1
                if now - time > 1 or now < time:
                    turns = 1
        time = now
        if limit > turns:
            limit = turns
    limit = int(check_clock(base, limit, before, constants))
    if not limit:
        return 0
    if armed and observer[ObserverBlock.FLAGS]:
        if timed:
            time = int(header[Header.SEEN])
        if observer[ObserverBlock.SEEN_TAIL] ^ header[Header.TAIL]:
            note_ready(observer_at, base, time, NONE)
    marks = int(observer[ObserverBlock.MARKS])
    seen = int(observer[ObserverBlock.MARKS_SEEN])
    if marks ^ seen:
        observer[ObserverBlock.MARKS_LOST] = (
            observer[ObserverBlock.MARKS_LOST] + marks - seen - 1
        ) & LOW
        observer[ObserverBlock.MARKS_SEEN] = marks
        write_record(observer_at, Record.MARK, 0, 0, time, int(observer[ObserverBlock.MARK_VALUE]))
    observer[ObserverBlock.TIME] = time
    return limit
