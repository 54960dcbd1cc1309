"""The run loop: resume ready nodes, one after the other, and do what they yield.

This is the hot path.  It is one viper function, because look-ups cost time (RP2040 at 125 MHz): a
call 6 us, an attribute of an instance 2.4 us, one of its class 5.4 us.  A pointer made of an
address costs nothing.

An operation is an object with an attribute `op`, an int whose low bits say what the run loop does
(Op in layout.py).  A bare `yield` gives None: the node goes back into the ready ring at once.

`turns` is the body of all run loops.  `run_ready` is the plain one.  With OBSERVED it is that of an
Observer (observe/observer.py): a policy may give the next node, and after each turn it does what
the flags in the observer's block say.
"""

from .dispatch import end_task, perform
from .inline import (
    address_at,
    look_at_once,
    put_record,
    ready_push,
    slot_at,
    unlink_lone_timer,
    wait_no_more,
)
from .layout import (
    LOW,
    NONE,
    REFERENCE_BITS,
    WIDE,
    Block,
    Header,
    ObserverBlock,
    Op,
    Record,
    Slot,
    State,
    Status,
    Store,
    Watched,
    Why,
)
from .on_cpython import const, inline, micropython, ptr16, ptr32, scratch
from .timer_wheel import disarm, expire
from .transfer import transfer, transfer_alone
from .wait_queue import enqueue, unqueue, wake  # noqa: F401 - for the bodies from dispatch.py

_RESUMES = const(64)  # from one look at the clock to the next, without timers
_TO_DELIVER = const(254)  # a bit of THROW, DUE and TOLD, and none of RUN and READY


@inline
def take_value(header, base, slot, node, runner, values, nothing, none, no_node, store, constants):
    """The value that a node with something to deliver is resumed with.  Its state becomes RUN."""
    status = int(slot[Slot.TIMER_LIST])
    if status ^ no_node:  # it was woken before its deadline
        if not int(slot[Slot.TIMER_NEXT]) ^ node:
            unlink_lone_timer(header, base, slot, status)
        else:
            disarm(base, node)
    status = int(slot[Slot.STATUS])
    slot[Slot.STATUS] = status & Status.CANCEL
    cell = ptr32(values + (node << REFERENCE_BITS))
    word = address_at(cell, 0)
    cell[0] = none
    if WIDE:
        cell[1] = nothing[1]
    value = word if base else store
    if status & _TO_DELIVER:
        value = resume_value(base, node, status, value, runner, constants)
    return value


@inline
def turns(
    header,
    node: scratch,
    store,
    constants,
    OBSERVED,
    watch=None,
    observe_tick=None,
    note_ready=None,
    count_turn=None,
    value_of=None,
):
    """Resume ready nodes, up to as many as `node` says.  Returns why it stopped (Why).

    An index of a list or an array costs 1.5 us, and viper has no cast from a word to a reference.
    But a conditional expression has the type of its last branch, and `base` is never 0.  So `word
    if base else store` makes a reference of a word, and `value if base else 0` makes a word of a
    reference.  A comparison costs 8 cycles more than the test of an int: so `^` replaces it.
    """
    base = int(header)
    ring = ptr16(base + header[Header.RING])
    mask = int(header[Header.MASK])
    slots = base + Block.SLOTS
    values = int(address_at(header, Header.STORE_LOW))
    runners = values + (header[Header.RUNNERS] << REFERENCE_BITS)
    nothing = ptr32(values + (int(header[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS))
    none = constants[0] if base else 0  # words, because `is` would be a call
    sleep = store[int(header[Header.OUTSIDE]) + Store.SLEEP] if base else 0
    send = store[int(header[Header.OUTSIDE]) + Store.SEND]
    no_node = NONE  # a local: a number of more than 8 bits is built again at each use
    limit = node
    pace = 0
    why = Why.IDLE
    if OBSERVED:
        observer_at = int(watch.at)
        observer = ptr32(observer_at)
        clock = watch.clock
        order = watch.order
        order_block = watch.order_at  # an object, made once and not at each call
        order_clock = constants[4]
        told = watch.tell_end
        ordered = int(observer[ObserverBlock.ORDERED])
        counter = int(observer[ObserverBlock.CLOCK])
        flags = int(observer[ObserverBlock.FLAGS])
        tracing = flags & Watched.TRACE
        counting = flags & Watched.METRICS
        hooked = flags & Watched.HOOKS
        numbers = int(address_at(observer, ObserverBlock.METRICS))
        time = int(observer[ObserverBlock.TIME])
        start = time
        records = int(address_at(observer, ObserverBlock.RECORDS))
        node = NONE
    look_at_once(header)
    while True:  # the condition is inside: Xtensa's conditional branches reach only 2 KiB
        if not ((OBSERVED and ordered) or header[Header.HEAD] ^ header[Header.TAIL]):
            break
        if not header[Header.TO_LOOK] or header[Header.BELL]:
            if OBSERVED:
                observer[ObserverBlock.TIME] = time
                pace = int(observe_tick(observer_at, limit, pace, constants))
                time = int(observer[ObserverBlock.TIME])
                start = time
            else:
                pace = int(check_clock(base, limit, pace, constants))
            if not pace:
                why = Why.LOOK
                break
            limit -= pace
        if OBSERVED and ordered:
            header[Header.CURRENT] = no_node
            order(order_block, order_clock)
            op = int(header[Header.CURRENT])
            if not op ^ no_node:
                break
            node = op
        else:
            node = int(header[Header.HEAD])
            header[Header.HEAD] = (node + 1) & mask
            node = int(ring[node])
            header[Header.CURRENT] = node
        header[Header.TO_LOOK] = header[Header.TO_LOOK] - 1
        slot = ptr16(slots + (node << Slot.BITS))
        if OBSERVED and hooked:
            if observer[ObserverBlock.SPAWNED] or slot[Slot.STATUS] & Status.FRESH:
                watch.tell_start(node, int(slot[Slot.STATUS]), time)
        cell = ptr32(runners + (node << REFERENCE_BITS))
        word = address_at(cell, 0)
        runner = word if base else store
        if not slot[Slot.STATUS]:  # RUN, and no flag
            # A `for` resumes a generator in 1.7 us less than a call of its `send`.
            for value in runner:  # noqa: B007
                break
            else:  # only the generator of an endless task ends
                value = send(runner, None)  # raises StopIteration
        else:
            if OBSERVED:
                value = value_of(base, node, runner, constants)
            else:
                value = take_value(
                    header,
                    base,
                    slot,
                    node,
                    runner,
                    values,
                    nothing,
                    none,
                    no_node,
                    store,
                    constants,
                )
            value = send(runner, value)
        op = int(slot[Slot.STATUS])
        word = value if base else 0
        if OBSERVED:
            kind = Record.YIELD
            what = 0
        if op and not op ^ Status.SLEEPS and word == sleep:
            slot[Slot.STATUS] = State.WAIT
            if not OBSERVED:
                continue
            kind = Record.SLEEP
            op = Why.PARKED
        elif word == none:
            if op:
                why = Why.ODD
                if not OBSERVED:
                    break
                kind = Record.ODD
        else:
            header[Header.YIELDED] = node  # from here on an exception is the operation's
            op = int(value.op)
            if OBSERVED:
                kind = op & 7
                what = op & -8
            if not op:  # PARK: a sleep of no time
                if OBSERVED:
                    kind = Record.YIELD
                if slot[Slot.STATUS]:
                    op = Why.ODD
                    if OBSERVED:
                        kind = Record.ODD
            else:
                if not op ^ Op.RETURNED:
                    op = int(retire(base, node, store, constants))
                else:
                    # ARMv6-M's jumps reach 2 KiB: with OBSERVED the loop would be too long.
                    if not OBSERVED and op & 7 <= Op.SEND:
                        op = transfer_alone(
                            header, base, slot, node, op, ring, mask, values, nothing, none, no_node
                        )
                    if op and op ^ Why.PARKED:
                        op = int(dispatch(base, node, op, value))
                if OBSERVED:
                    kind += Record.DONE
                    if not op ^ Why.PARKED and kind ^ Record.END:
                        kind = Record.WAITS
                        what = int(ptr32(slot)[Slot.QUEUE_LOW])
                        if not what:  # an interval
                            kind = Record.SLEEP
            header[Header.YIELDED] = no_node
            if op:
                if op ^ Why.PARKED:
                    why = op & 3
                    if not OBSERVED:
                        break
                elif not OBSERVED:
                    continue
        if OBSERVED:
            pushed = int(header[Header.TAIL])
            if not op:
                ready_push(header, ring, mask, node)
            if flags:
                if counter:
                    start = time
                    if counter ^ 1:
                        time = ptr32(counter)[0] & LOW
                    else:
                        time = int(clock()) & LOW
                if observer[ObserverBlock.SEEN_TAIL] ^ pushed:  # other nodes entered the ring
                    observer[ObserverBlock.TURN_END] = time
                    note_ready(observer_at, base, start, node)
                observer[ObserverBlock.SEEN_TAIL] = header[Header.TAIL]
                if tracing:
                    put_record(observer, records, start, kind | node << Record.NODE_AT, what)
                if counting:
                    count_turn(observer, observer_at, numbers, node, start, time)
                if hooked:
                    told(node, kind, time)
            if why:
                break
        else:
            ready_push(header, ring, mask, node)
    if why <= Why.LOOK:
        header[Header.CURRENT] = NONE
    if OBSERVED:
        observer[ObserverBlock.RAN] = node
        observer[ObserverBlock.TIME] = time
    return why


@micropython.viper
def run_ready(header: ptr32, node: int, store, constants) -> int:
    """Resume ready nodes, up to as many as `node` says.  Returns why it stopped (Why).

    `store` holds the values and the runners; `constants` is (None, True, CLOSED, TIMEOUT, clock,
    `member_ended`).  An exception of a runner, an operation or the clock leaves this function; then
    CURRENT is the node, or NONE for the clock.

    `header` is the block's address.  viper keeps the first two parameters in registers and
    everything else on the stack: so `node` first holds the limit.

    Context: the scheduler's thread.  Alloc: 0.
    """
    return turns(header, node, store, constants, OBSERVED=False)


@micropython.viper
def resume_value(base: int, node: int, status: int, value, runner, constants) -> object:
    """The value to send to a node in THROW, DUE or TOLD; `value` is its value in the store.

    Context: the run loop.  Alloc: 0.
    """
    state = status & 255
    if state == State.THROW:
        runner.pend_throw(value)
        return constants[0]
    slot = ptr16(slot_at(base, node))
    queue = int(address_at(ptr32(slot), Slot.QUEUE_LOW))
    if queue and slot[Slot.WAIT_NEXT] == node and not slot[Slot.SELECT]:
        wait_no_more(slot, queue)
    else:
        unqueue(base, node)
    if state == State.DUE:
        return constants[3]
    return value


@micropython.viper
def check_clock(base: int, limit: int, before: int, constants) -> int:
    """Before a turn: how many of the `limit` resumes to make before the next look at the clock.

    `before` is its last result, or 0.  0 ends the run loop: the limit is reached, or the bell rang
    and there has been a turn since (the bell may ring all the time).

    If there are timers, it looks at the clock, serves those that are due, and sets the pace: 1 to
    8 resumes until the next look, about five looks a tick.  Each look within a tick adds 1 to
    PACE, up to 31.  The first look of a tick subtracts 4, or sets 0 if a tick passed without a
    look.  Each 8 steps of PACE double the resumes.  So a long turn may delay a timer by one turn,
    and short turns pay little for the clock.  Without timers the clock is not read and SEEN =
    PERIOD; then the first timer that is armed makes the run loop look at once.

    Context: the run loop.  Alloc: 0.
    """
    header = ptr32(base)
    header[Header.CURRENT] = NONE
    if limit <= 0 or (header[Header.BELL] and before):
        return 0
    resumes = _RESUMES
    if header[Header.ARMED]:
        time = int(constants[4]()) & header[Header.CLOCK_MASK]
        pace = int(header[Header.PACE])
        seen = int(header[Header.SEEN])
        if time == seen:
            if pace < 31:
                pace += 1
        else:
            header[Header.SEEN] = time
            if seen != header[Header.PERIOD]:
                pace -= 4
                if pace < 0 or time - seen != 1:
                    pace = 0
        header[Header.PACE] = pace
        resumes = 1 << (pace >> 3)
        ticks = time - header[Header.LAST]
        if ticks < 0:
            ticks += header[Header.PERIOD]
        if ticks >= header[Header.SLACK]:
            expire(base, time)
    else:
        header[Header.SEEN] = header[Header.PERIOD]
    if resumes > limit:
        resumes = limit
    header[Header.TO_LOOK] = resumes
    header[Header.SWITCHES] = (header[Header.SWITCHES] + resumes) & LOW
    return resumes


# A viper function that calls one of another module pays 1 us for the change of globals.  So these
# are in this module; their bodies are inline functions of dispatch.py and transfer.py.


@micropython.viper
def dispatch(base: int, node: int, op: int, operation) -> int:
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a reason to stop (Why).

    Context: the run loop.  Alloc: 0.
    """
    return perform(base, node, op, operation, channel_transfer)


@micropython.viper
def channel_transfer(base: int, node: int, op: int) -> int:
    """Do a recv from a channel or a send to it, for a node or for OUTSIDE: see transfer.py.

    Context: the scheduler's thread.  Alloc: 0.
    """
    return transfer(base, node, op)


@micropython.viper
def retire(base: int, node: int, store, constants) -> int:
    """The current node's generator has returned: free its slot.  See dispatch.py.

    Context: the run loop.  Alloc: 0.
    """
    return end_task(base, node, store, constants)
