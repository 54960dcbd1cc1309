"""The switch: run ready tasks, one after the other, and do what they yield.

This is the hot path.  It is viper, in as few functions as ARMv6-M allows (its
jumps reach 2 KiB), because what costs on a board is to look things up: the
block's address is turned into pointers for nothing, a call costs 6 us, an
attribute of an instance 2.4 us and one of its class 5.4 (RP2040 at 125 MHz).

An operation is an object whose attribute `op` (in the instance) holds an int:

    0             sleep; its timer was armed by the call
    address + 1   receive from the channel whose block is at that address
    address + 2   send to it; the item lies before the channel's buffer
    3             ask the object: `begin(node)` gives 0 (it is done, the value
                  in the store), 1 (parked: it has put the node into a queue)
                  or 2 (done, an exception to throw in the store)
    4, 5          the generator has returned, or raised; only a runner yields these
    handle + 6    join the task that the operation is; handle: 8 times the number of its handle
    address + 7   wait for the event whose block is at that address

A bare `yield` gives None and takes no look at all: back into the ring.
"""

from .inline import address_at, put_address
from .layout import (
    WIDE,
    REFERENCE_BITS,
    Block,
    ChannelBlock,
    EventBlock,
    Handle,
    Header,
    LOW,
    MEMBER,
    NODE_MASK,
    NONE,
    Op,
    Slot,
    State,
    Status,
    Store,
    Why,
)
from .on_cpython import const, micropython, ptr16, ptr32, ptr8
from .timer_wheel import disarm, expire
from .wait_queue import enqueue, unqueue, wake


# what `burst` returns
_RESUMES = const(64)  # from one look to the next, while there is no timer


# the block's layout: see slot.py, whose constants these are
_WOKEN = const(254)  # of THROW, DUE and TOLD, and not of RUN and READY

# a handle's 8 bytes: see slot.py

# a channel's block: see channel.py
# 16 bit each: the first receiver, the first sender that waits; then 32-bit words


@micropython.viper
def run_ready(w: ptr32, node: int, store, constants) -> int:
    """Resume ready nodes, up to as many as `node` is; say why it stopped (the codes above).

    `store` holds the values and the runners; `constants` is (None, True, CLOSED,
    TIMEOUT, clock, `member_ended`).  What a runner, an operation or the clock
    raises comes out of here; CURRENT is the node, or NONE for the clock.

    Timers are looked at every 1 to 8 resumes, about five times a tick: see
    `look`.  So tasks that hold the scheduler for ticks delay a timer by one of
    them, and tasks that do not, hardly pay for it.  While there are no timers
    it is 64, SEEN is what no clock shows, and who arms the first has the look
    made at once.

    `w` is the block's address: viper keeps the first two parameters in registers,
    and all else on the stack.  So the limit comes in what then is the node.  A
    comparison costs 8 cycles more than the test of an int: hence `^`.

    An index of a list or an array costs 1.5 us, and viper has no cast from a word
    to a reference.  But the value of a conditional expression has the type of its
    last branch: `word if a else store` is the reference that the word is, as
    `shift` is never 0, and `v if a else 0` is a reference's word.

    Context: the scheduler's thread.  Alloc: 0.
    """
    a = int(w)
    ring = ptr16(a + w[Header.RING])
    mask = int(w[Header.MASK])
    records = a + Block.SLOTS
    values = address_at(w, Header.STORE_LOW)
    runners = values + (w[Header.RUNNERS] << REFERENCE_BITS)
    nothing = ptr32(values + (int(w[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS))
    none = constants[0] if a else 0  # as words: `is` would be a call
    sleep = store[int(w[Header.OUTSIDE]) + Store.SLEEP] if a else 0
    send = store[int(w[Header.OUTSIDE]) + Store.SEND]
    nobody = NONE  # in a local: more than 8 bits are put together anew each time
    limit = node
    pace = 0
    why = Why.IDLE
    w[Header.SWITCHES] = (w[Header.SWITCHES] - w[Header.TO_LOOK]) & LOW
    w[Header.TO_LOOK] = 0
    while w[Header.HEAD] ^ w[Header.TAIL]:
        if not w[Header.TO_LOOK] or w[Header.BELL]:
            pace = int(check_clock(a, limit, pace, constants))
            if not pace:
                why = Why.LOOK
                break
            limit -= pace
        w[Header.TO_LOOK] = w[Header.TO_LOOK] - 1
        node = int(w[Header.HEAD])
        w[Header.HEAD] = (node + 1) & mask
        node = int(ring[node])
        w[Header.CURRENT] = node
        s = ptr16(records + (node << Slot.BITS))  # state and flags in one: 0 is RUN, no flag
        p = ptr32(runners + (node << REFERENCE_BITS))
        word = address_at(p, 0)
        runner = word if a else store
        if not s[0]:
            # What a `for` does to a generator costs 1.7 us less than a call of its `send`.
            for v in runner:  # noqa: B007
                break
            else:  # only an endless task's ends
                v = send(runner, None)  # raises StopIteration
        else:
            op = int(s[Slot.TIMER_LIST])
            if op ^ nobody:  # it was woken before its deadline
                if not int(s[Slot.TIMER_NEXT]) ^ node:  # the text of `disarm` for one alone in its list
                    s[Slot.TIMER_LIST] = nobody
                    w[Header.ARMED] = w[Header.ARMED] - 1
                    ptr16(a + Block.TIMER_LISTS)[op] = nobody
                    bits = ptr8(a + Block.TIMER_MAP + (op >> 3))
                    bits[0] = bits[0] & (255 - (1 << (op & 7)))
                else:
                    disarm(a, node)
            op = int(s[0])
            s[0] = op & Status.CANCEL
            p = ptr32(values + (node << REFERENCE_BITS))
            word = address_at(p, 0)
            p[0] = none
            if WIDE:
                p[1] = nothing[1]
            v = word if a else store
            if op & _WOKEN:
                v = resume_value(a, node, op, v, runner, constants)
            v = send(runner, v)
        op = int(s[0])
        word = v if a else 0
        if op:
            if not op ^ Status.SLEEPS and word == sleep:
                s[0] = State.WAIT
                continue
        if word == none:
            if op:
                why = Why.ODD
                break
        else:
            w[Header.YIELDED] = node  # from here on it is the operation that raises, not the task
            op = int(v.op)
            if not op:  # PARK: a sleep of no time
                if s[0]:
                    op = Why.ODD
            elif not op ^ Op.RETURNED:
                op = int(retire(a, node, store, constants))
            else:
                # What `exchange` does most of the time, where a reference is one word: nobody
                # else waits at this end of the channel, and it is open.
                if op & 7 <= Op.SEND:
                    c = ptr32(op & -8)
                    if not WIDE and not (int(s[0]) & Status.MUST_NOT_WAIT | c[ChannelBlock.OWNER] ^ a):
                        q = ptr16(int(c))
                        p = ptr32(values + (node << REFERENCE_BITS))
                        count = int(c[ChannelBlock.COUNT])
                        if op & Op.RECV:
                            if count:
                                if not int(q[1]) ^ nobody:  # take the first
                                    other = int(c[ChannelBlock.FIRST])
                                    t = ptr32(c[ChannelBlock.CELLS] + (other << 2))
                                    p[0] = t[0]
                                    other += 1
                                    if not other ^ c[ChannelBlock.CAPACITY]:
                                        other = 0
                                    c[ChannelBlock.FIRST] = other
                                    c[ChannelBlock.COUNT] = count - 1
                                    op = 0
                            elif not (int(q[0]) ^ nobody | c[ChannelBlock.STATE] & ChannelBlock.SHUT):  # wait
                                q[0] = node
                                s[Slot.WAIT_NEXT] = node
                                s[Slot.WAIT_PREVIOUS] = node
                                ptr32(s)[Slot.QUEUE_LOW] = int(c)
                                s[0] = State.WAIT
                                op = Why.PARKED
                        else:
                            t = ptr32(c[ChannelBlock.CELLS] - 4)  # the item lies before the buffer
                            other = int(q[0])
                            if other ^ nobody:
                                r = ptr16(records + (other << Slot.BITS))
                                if not (int(r[0]) ^ State.WAIT | int(r[Slot.WAIT_NEXT]) ^ other):
                                    # hand it to the one that waits, and wake that
                                    ptr32(values + (other << 2))[0] = t[0]
                                    r[0] = State.READY
                                    q[0] = nobody
                                    ptr32(r)[Slot.QUEUE_LOW] = 0
                                    op = int(w[Header.TAIL])
                                    ring[op] = other
                                    w[Header.TAIL] = (op + 1) & mask
                                    op = 0
                            elif not c[ChannelBlock.STATE] & ChannelBlock.SHUT and count ^ c[ChannelBlock.CAPACITY]:  # there is room
                                op = count + 1
                                other = op + c[ChannelBlock.FIRST]
                                if other > c[ChannelBlock.CAPACITY]:
                                    other -= c[ChannelBlock.CAPACITY]
                                t[other] = t[0]
                                if not count ^ c[ChannelBlock.HIGH]:
                                    c[ChannelBlock.HIGH] = op
                                c[ChannelBlock.COUNT] = op
                                op = 0
                            p[0] = nothing[1]  # True
                        if not op:
                            t[0] = none
                            s[0] = State.READY
                if op and op ^ Why.PARKED:
                    op = int(dispatch(a, node, op, v))
            w[Header.YIELDED] = nobody
            if op:
                if not op ^ Why.PARKED:
                    continue
                why = op & 3
                break
        op = int(w[Header.TAIL])
        ring[op] = node
        w[Header.TAIL] = (op + 1) & mask
    if why <= Why.LOOK:
        w[Header.CURRENT] = NONE
    return why


@micropython.viper
def resume_value(a: int, node: int, state: int, v, runner, constants) -> object:
    """What a node in `state` (and flags), THROW, DUE or TOLD, is sent; `v` is its value.

    Context: burst.  Alloc: 0.
    """
    state &= 255
    if state == State.THROW:
        runner.pend_throw(v)
        return constants[0]
    n = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    w = ptr32(int(n))
    queue = address_at(w, Slot.QUEUE_LOW)
    # the text of `unqueue` for one that waits alone
    if queue and n[Slot.WAIT_NEXT] == node and not n[Slot.SELECT]:
        ptr16(queue)[0] = NONE
        put_address(w, Slot.QUEUE_LOW, 0)
    else:
        unqueue(a, node)
    if state == State.DUE:
        return constants[3]
    return v


@micropython.viper
def check_clock(a: int, limit: int, before: int, constants) -> int:
    """Before a turn: how many resumes may be made, of `limit`, up to the next look.  Alloc: 0.

    `before` is what it gave the last time, or 0.  It is 0 when the burst is to
    end: the limit is reached, or the bell rang.  A turn comes first, as the bell
    may ring for ever.

    While there are timers it looks at the clock, serves those that are due, and
    sets the pace.  Each look within a tick makes PACE one more, up to 31; the
    first of a tick makes it 4 less, or 0 where a tick went by without.  Every
    eighth step of it doubles the resumes up to the next look.
    """
    w = ptr32(a)
    w[Header.CURRENT] = NONE
    if limit <= 0 or (w[Header.BELL] and before):
        return 0
    resumes = _RESUMES
    if w[Header.ARMED]:
        time = int(constants[4]()) & w[Header.CLOCK_MASK]
        pace = int(w[Header.PACE])
        seen = int(w[Header.SEEN])
        if time == seen:
            if pace < 31:
                pace += 1
        else:
            w[Header.SEEN] = time
            if seen != w[Header.PERIOD]:
                pace -= 4
                if pace < 0 or time - seen != 1:
                    pace = 0
        w[Header.PACE] = pace
        resumes = 1 << (pace >> 3)
        ticks = time - w[Header.LAST]
        if ticks < 0:
            ticks += w[Header.PERIOD]
        if ticks >= w[Header.SLACK]:
            expire(a, time)
    else:
        w[Header.SEEN] = w[Header.PERIOD]
    if resumes > limit:
        resumes = limit
    w[Header.TO_LOOK] = resumes
    w[Header.SWITCHES] = (w[Header.SWITCHES] + resumes) & LOW
    return resumes


@micropython.viper
def channel_transfer(a: int, node: int, op: int) -> int:
    """A task yielded `op`, a recv from a channel or a send to it: see `perform` and channel.py.

    The node OUTSIDE stands for who cannot wait: ODD when it would have to.

    An index of a list costs 2 us.  So references are moved here as the words that
    they are in the memory of `store` and of the channel's cells.  Whatever happens
    is these three moves, of which some are of a word onto itself:

        target <- source    the item
        source <- refill    what takes its place: None, or the item of a sender that waited
        thanks <- answer    True for whose item was taken; or CLOSED

    Context: burst.  Alloc: 0.
    """
    w = ptr32(a)
    s = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    c = ptr32(op & -8)
    store = address_at(w, Header.STORE_LOW)
    cells = int(c[ChannelBlock.CELLS])
    if WIDE:
        cells |= c[ChannelBlock.STATE] >> 8 << 32
    mine = store + (node << REFERENCE_BITS)
    refill = store + (int(w[Header.OUTSIDE]) + Store.NONE << REFERENCE_BITS)
    answer = refill + (1 << REFERENCE_BITS)  # True
    thanks = answer
    target = mine
    queue = 0
    other = NONE
    count = int(c[ChannelBlock.COUNT])
    first = int(c[ChannelBlock.FIRST])
    result = Why.DONE
    if (c[ChannelBlock.OWNER] ^ a) & LOW:  # another scheduler's
        if op & Op.SEND:  # the item is its sender's again
            source = cells - (1 << REFERENCE_BITS)
            ptr32(source)[0] = ptr32(refill)[0]
            if WIDE:
                ptr32(source)[1] = ptr32(refill)[1]
        return Why.ODD
    if op & 7 == Op.RECV:
        source = cells + (first << REFERENCE_BITS)
        if s[0] & Status.MUST_NOT_WAIT:
            return Why.ODD
        if count:
            first += 1
            if first == c[ChannelBlock.CAPACITY]:
                first = 0
            c[ChannelBlock.FIRST] = first
            other = int(ptr16(int(c))[1])
            if other == NONE:
                c[ChannelBlock.COUNT] = count - 1
            else:  # the sender that has waited the longest: its item takes the place that came free
                refill = store + (other << REFERENCE_BITS)
                thanks = refill
        else:
            source = refill
            if c[ChannelBlock.STATE] & ChannelBlock.SHUT:
                answer += 1 << REFERENCE_BITS  # CLOSED
                thanks = mine
            else:
                queue = op - Op.RECV
    else:
        capacity = int(c[ChannelBlock.CAPACITY])
        source = cells - (1 << REFERENCE_BITS)  # the item lies before the buffer
        if node == w[Header.OUTSIDE]:
            source -= 1 << REFERENCE_BITS
        thanks = mine
        other = int(ptr16(int(c))[0])
        if s[0] & Status.MUST_NOT_WAIT:
            result = Why.ODD
            other = NONE
        elif other != NONE:
            target = store + (other << REFERENCE_BITS)  # straight to the one that has waited the longest
        elif c[ChannelBlock.STATE] & ChannelBlock.SHUT:
            answer += 1 << REFERENCE_BITS
        elif count < capacity:
            first += count
            if first >= capacity:
                first -= capacity
            count += 1
            c[ChannelBlock.COUNT] = count
            if count > c[ChannelBlock.HIGH]:
                c[ChannelBlock.HIGH] = count
            target = cells + (first << REFERENCE_BITS)
        elif c[ChannelBlock.STATE] & ChannelBlock.DROP_OLDEST:
            target = cells + (first << REFERENCE_BITS)
            first += 1
            if first == capacity:
                first = 0
            c[ChannelBlock.FIRST] = first
            c[ChannelBlock.DROPPED] = (c[ChannelBlock.DROPPED] + 1) & LOW
        else:
            thanks = answer
            queue = op
    if queue:
        result = Why.PARKED
        if node == w[Header.OUTSIDE]:
            result = Why.ODD
            thanks = mine
    # Whole references one after the other: another thread may collect garbage in between.
    ptr32(target)[0] = ptr32(source)[0]
    if WIDE:
        ptr32(target)[1] = ptr32(source)[1]
    ptr32(source)[0] = ptr32(refill)[0]
    if WIDE:
        ptr32(source)[1] = ptr32(refill)[1]
    ptr32(thanks)[0] = ptr32(answer)[0]
    if WIDE:
        ptr32(thanks)[1] = ptr32(answer)[1]
    if result == Why.DONE:
        s[0] = State.READY
        if other != NONE:
            s = ptr16(a + Block.SLOTS + (other << Slot.BITS))
            if s[0] == State.WAIT and s[Slot.WAIT_NEXT] == other:
                # the text of `wake` for one that waits alone
                s[0] = State.READY
                queue = address_at(ptr32(s), Slot.QUEUE_LOW)
                ptr16(queue)[0] = NONE
                put_address(ptr32(s), Slot.QUEUE_LOW, 0)
                first = int(w[Header.TAIL])
                ptr16(a + w[Header.RING])[first] = other
                w[Header.TAIL] = (first + 1) & w[Header.MASK]
            else:
                wake(a, other, State.READY)
    elif result == Why.PARKED:
        if ptr16(queue)[0] == NONE:  # the text of `enqueue` for the first
            ptr16(queue)[0] = node
            s[Slot.WAIT_NEXT] = node
            s[Slot.WAIT_PREVIOUS] = node
            put_address(ptr32(s), Slot.QUEUE_LOW, queue)
        else:
            enqueue(a, node, queue)
        s[0] = State.WAIT
    return result


@micropython.viper
def dispatch(a: int, node: int, op: int, v) -> int:
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a code of `burst`.

    Context: burst.  Alloc: 0.
    """
    s = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    kind = op & 7
    if kind <= Op.SEND:
        return int(channel_transfer(a, node, op))
    if kind == Op.RAISED:
        return Why.ENDED
    if s[0] & Status.MUST_NOT_WAIT:
        return Why.ODD
    parked = 1
    if kind == Op.JOIN:
        w = ptr32(a)
        other = ptr32(a + Block.SLOTS + (int(w[Header.OUTSIDE]) + 1 << Slot.BITS) + (op & -8))[0]
        queue = a + Block.SLOTS + ((other & NODE_MASK) << Slot.BITS) + Slot.JOINER_BYTE
        if other >> Handle.END_SHIFT or other & NODE_MASK == node or ptr16(queue)[0] != NONE:
            parked = int(v.begin(node))
        else:  # the text of `enqueue` for the first
            ptr16(queue)[0] = node
            s[Slot.WAIT_NEXT] = node
            s[Slot.WAIT_PREVIOUS] = node
            put_address(ptr32(s), Slot.QUEUE_LOW, queue)
    elif kind == Op.EVENT:  # see event.py
        queue = op - Op.EVENT
        if (ptr32(queue)[EventBlock.OWNER] ^ a) & LOW:
            return Why.ODD
        w = ptr32(a)
        values = address_at(w, Header.STORE_LOW)
        p = ptr32(values + (node << REFERENCE_BITS))
        t = ptr32(values + (int(w[Header.OUTSIDE]) + Store.NONE + 1 << REFERENCE_BITS))
        p[0] = t[0]
        if WIDE:
            p[1] = t[1]
        q = ptr16(queue)
        if q[1]:
            parked = 0
        elif q[0] == NONE:  # the text of `enqueue` for the first
            q[0] = node
            s[Slot.WAIT_NEXT] = node
            s[Slot.WAIT_PREVIOUS] = node
            put_address(ptr32(s), Slot.QUEUE_LOW, queue)
        else:
            enqueue(a, node, queue)
    else:
        parked = int(v.begin(node))
    if parked == 1:
        s[0] = State.WAIT
        return Why.PARKED
    s[0] = State.READY + parked  # or THROW
    return Why.DONE


@micropython.viper
def retire(a: int, node: int, store, constants) -> int:
    """The current node's generator has returned, its result in the store: free the slot.

    What it gives is `perform`'s.
    Context: burst.  Alloc: 0.
    """
    w = ptr32(a)
    r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
    if r[0] and r[0] != Status.CANCEL:
        return Why.ENDED  # an operation was not yielded
    outside = int(w[Header.OUTSIDE])
    handles = a + Block.SLOTS + (outside + 1 << Slot.BITS)
    i = int(ptr16(handles + (node << 3))[Handle.OF_NODE])
    h = ptr32(handles + (i << 3))
    joiner = int(r[Slot.JOINER])
    place = address_at(w, Header.STORE_LOW)
    mine = ptr32(place + (node << REFERENCE_BITS))
    none = ptr32(place + (outside + Store.NONE << REFERENCE_BITS))
    end = Handle.TAKEN
    to = mine
    if joiner == NONE:
        end = Handle.RETURNED
        to = ptr32(place + (outside + Store.HANDLES + 3 * i + 1 << REFERENCE_BITS))
    elif joiner < MEMBER:
        to = ptr32(place + (joiner << REFERENCE_BITS))
    else:
        outcome = store[node]
        r[Slot.JOINER] = NONE
    to[0] = mine[0]
    mine[0] = none[0]
    if WIDE:
        to[1] = mine[1]
        mine[1] = none[1]
    if joiner < MEMBER:
        t = ptr16(a + Block.SLOTS + (joiner << Slot.BITS))
        if t[0] == State.WAIT:  # the text of `wake` for one that waits alone
            t[0] = State.READY
            put_address(ptr32(t), Slot.QUEUE_LOW, 0)
            r[Slot.JOINER] = NONE
            tail = int(w[Header.TAIL])
            ptr16(a + w[Header.RING])[tail] = joiner
            w[Header.TAIL] = (tail + 1) & w[Header.MASK]
        else:
            wake(a, joiner, State.READY)
    h[0] = h[0] | end
    ptr16(handles + (w[Header.LAST_HANDLE] << 3))[Handle.NEXT_FREE] = i
    w[Header.LAST_HANDLE] = i
    # the text of `give`
    kind = Header.FREE_TASKS
    if node >= w[Header.TASKS]:
        kind = Header.FREE_CALLS
    r[0] = State.FREE
    r[Slot.GENERATION] = (r[Slot.GENERATION] + 1) & NODE_MASK
    ptr8(r)[13] = 0
    r[Slot.WAIT_NEXT] = NONE
    if w[kind] == NONE:
        w[kind] = node
    else:
        ptr16(a + Block.SLOTS + (w[kind + 1] << Slot.BITS))[Slot.WAIT_NEXT] = node
    w[kind + 1] = node
    w[Header.LIVE] = w[Header.LIVE] - 1
    if joiner != NONE and joiner >= MEMBER:
        # last, when the slot is free: what this raises is nobody's, and comes out of `run`
        w[Header.CURRENT] = NONE
        w[Header.YIELDED] = NONE
        constants[5](joiner, outcome, 0)
    if node == w[Header.UNTIL]:
        return Why.LOOK_NOW
    return Why.PARKED
