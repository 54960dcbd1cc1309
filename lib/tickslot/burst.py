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

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .slot import enqueue, unqueue, wake
from .wheel import disarm, expire

# what `burst` returns
_IDLE = const(0)  # the ready ring is empty
_LOOK = const(1)  # time for a look at the clock, or the bell rang
_ENDED = const(2)  # the current task has ended, and not plainly returned
_ODD = const(3)  # a cancel held back, a forgotten yield (the task's flags say), or another's thing
_DONE = const(0)  # what `perform` returns, beside ENDED and ODD
_PARKED = const(4)
_LOOK_NOW = const(5)  # LOOK, when the low two bits are taken
_RESUMES = const(64)  # from one look to the next, while there is no timer

_OP_PARK = const(0)
_OP_RECV = const(1)
_OP_SEND = const(2)
_OP_ASK = const(3)
_OP_RETURNED = const(4)
_OP_RAISED = const(5)
_OP_JOIN = const(6)
_OP_EVENT = const(7)

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_MAP_AT = const(128)
_LISTS_AT = const(192)
_RECORD_BITS = const(5)
_READY = const(1)
_WAIT = const(2)
_WOKEN = const(254)  # of THROW, DUE and TOLD, and not of RUN and READY
_THROW = const(3)
_DUE = const(5)
_CANCEL_BIT = const(512)  # CANCEL in state and flags read as one
_SLEEPS = const(2048)  # RUN and ASLEEP
_MUST_NOT = const(2560)  # CANCEL and ASLEEP
_HEAD = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_CURRENT = const(10)
_LIVE = const(11)
_SWITCHES = const(13)  # resumes made, and TO_LOOK more, modulo 2**30
_PACE = const(14)  # log2 of the resumes from one look at the clock to the next, times 8
_SEEN = const(15)  # the clock at the last look, or PERIOD: there was no timer to look for
_CLOCK_MASK = const(20)  # period - 1 for a power of two
_BELL = const(21)  # not 0: somebody outside has something for this scheduler
_LAST = const(0)
_SLACK = const(1)
_PERIOD = const(4)
_ARMED = const(5)
_FREE_TASKS = const(16)
_FREE_CALLS = const(18)
_TASKS = const(23)
_HANDLE_LAST = const(25)
_UNTIL = const(26)
_YIELDED = const(27)
_OUTSIDE = const(28)
_TO_LOOK = const(30)
_TIMER_NEXT = const(2)
_STORE_LO = const(44)  # the address of the references in `store`
_STORE_HI = const(45)
_SHIFT = const(46)  # 2 or 3: log2 of the bytes of a reference
_RUNNERS = const(47)  # where in `store` the runners are
_NONE_AT = const(1)  # behind OUTSIDE's, `store` holds None, True, CLOSED: for moves as words;
_SLEEP_AT = const(4)  # what a sleep yields;
_SEND_AT = const(5)  # `send` of all generators, without an object;
_HANDLES_AT = const(6)  # then for each handle itself, its task's result and name; and the runners
_WHERE = const(7)
_WAIT_NEXT = const(8)
_WAIT_PREVIOUS = const(9)
_QUEUE_LO = const(5)  # these two in 32-bit words
_QUEUE_HI = const(6)
_JOINER = const(14)
_CHOICE = const(15)
_JOINER_AT = const(28)
_MEMBER = const(0x8000)
_FREE = const(4)
_GENERATION = const(1)

# a handle's 8 bytes: see slot.py
_NEXT_FREE = const(2)  # in 16-bit words
_HANDLE_OF = const(3)
_ENDED_AT = const(28)  # the bit where how it has ended begins
_NODE = const(0x3FFF)
_RETURNED = const(0x10000000)
_TAKEN = const(0x30000000)

# a channel's block: see channel.py
# 16 bit each: the first receiver, the first sender that waits; then 32-bit words
_FIRST = const(1)
_COUNT = const(2)
_CAPACITY = const(3)
_CELLS = const(4)
_STATE = const(5)
_HIGH = const(6)
_DROPPED = const(7)
_BELONGS = const(8)
_SHUT = const(1)
_DROP_OLDEST = const(2)  # and from bit 8 on the high half of CELLS

_EVENT_OWNER = const(1)  # of an event's: see event.py

_LOW = const(0x3FFFFFFF)


@micropython.viper
def burst(w: ptr32, node: int, store, constants) -> int:
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
    last branch: `word if shift else store` is the reference that the word is, as
    `shift` is never 0, and `v if shift else 0` is a reference's word.

    Context: the scheduler's thread.  Alloc: 0.
    """
    a = int(w)
    ring = ptr16(a + w[_RING])
    mask = int(w[_MASK])
    records = a + _SLOTS_AT
    shift = int(w[_SHIFT])
    wide = shift & 1  # on a 64-bit machine
    values = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
    runners = values + (w[_RUNNERS] << shift)
    nothing = ptr32(values + (int(w[_OUTSIDE]) + _NONE_AT << shift))
    none = constants[0] if shift else 0  # as words: `is` would be a call
    sleep = store[int(w[_OUTSIDE]) + _SLEEP_AT] if shift else 0
    send = store[int(w[_OUTSIDE]) + _SEND_AT]
    nobody = _NONE  # in a local: more than 8 bits are put together anew each time
    limit = node
    pace = 0
    why = _IDLE
    w[_SWITCHES] = (w[_SWITCHES] - w[_TO_LOOK]) & _LOW
    w[_TO_LOOK] = 0
    while w[_HEAD] ^ w[_TAIL]:
        if not w[_TO_LOOK] or w[_BELL]:
            pace = int(look(a, limit, pace, constants))
            if not pace:
                why = _LOOK
                break
            limit -= pace
        w[_TO_LOOK] = w[_TO_LOOK] - 1
        node = int(w[_HEAD])
        w[_HEAD] = (node + 1) & mask
        node = int(ring[node])
        w[_CURRENT] = node
        s = ptr16(records + (node << _RECORD_BITS))  # state and flags in one: 0 is RUN, no flag
        p = ptr32(runners + (node << shift))
        word = p[0]
        if wide:
            word |= (p[1] << 16) << 16
        runner = word if shift else store
        if not s[0]:
            # What a `for` does to a generator costs 1.7 us less than a call of its `send`.
            for v in runner:  # noqa: B007
                break
            else:  # only an endless task's ends
                v = send(runner, None)  # raises StopIteration
        else:
            op = int(s[_WHERE])
            if op ^ nobody:  # it was woken before its deadline
                if not int(s[_TIMER_NEXT]) ^ node:  # the text of `disarm` for one alone in its list
                    s[_WHERE] = nobody
                    w[_ARMED] = w[_ARMED] - 1
                    ptr16(a + _LISTS_AT)[op] = nobody
                    bits = ptr8(a + _MAP_AT + (op >> 3))
                    bits[0] = bits[0] & (255 - (1 << (op & 7)))
                else:
                    disarm(a, node)
            op = int(s[0])
            s[0] = op & _CANCEL_BIT
            p = ptr32(values + (node << shift))
            word = p[0]
            p[0] = none
            if wide:
                word |= (p[1] << 16) << 16
                p[1] = nothing[1]
            v = word if shift else store
            if op & _WOKEN:
                v = instead(a, node, op, v, runner, constants)
            v = send(runner, v)
        op = int(s[0])
        word = v if shift else 0
        if op:
            if not op ^ _SLEEPS and word == sleep:
                s[0] = _WAIT
                continue
        if word == none:
            if op:
                why = _ODD
                break
        else:
            w[_YIELDED] = node  # from here on it is the operation that raises, not the task
            op = int(v.op)
            if not op:  # PARK: a sleep of no time
                if s[0]:
                    op = _ODD
            elif not op ^ _OP_RETURNED:
                op = int(finish(a, node, store, constants))
            else:
                # What `exchange` does most of the time, where a reference is one word: nobody
                # else waits at this end of the channel, and it is open.
                if op & 7 <= _OP_SEND:
                    c = ptr32(op & -8)
                    if not (int(s[0]) & _MUST_NOT | wide | c[_BELONGS] ^ a):
                        q = ptr16(int(c))
                        p = ptr32(values + (node << shift))
                        count = int(c[_COUNT])
                        if op & _OP_RECV:
                            if count:
                                if not int(q[1]) ^ nobody:  # take the first
                                    other = int(c[_FIRST])
                                    t = ptr32(c[_CELLS] + (other << 2))
                                    p[0] = t[0]
                                    other += 1
                                    if not other ^ c[_CAPACITY]:
                                        other = 0
                                    c[_FIRST] = other
                                    c[_COUNT] = count - 1
                                    op = 0
                            elif not (int(q[0]) ^ nobody | c[_STATE] & _SHUT):  # wait
                                q[0] = node
                                s[_WAIT_NEXT] = node
                                s[_WAIT_PREVIOUS] = node
                                ptr32(s)[_QUEUE_LO] = int(c)
                                s[0] = _WAIT
                                op = _PARKED
                        else:
                            t = ptr32(c[_CELLS] - 4)  # the item lies before the buffer
                            other = int(q[0])
                            if other ^ nobody:
                                r = ptr16(records + (other << _RECORD_BITS))
                                if not (int(r[0]) ^ _WAIT | int(r[_WAIT_NEXT]) ^ other):
                                    # hand it to the one that waits, and wake that
                                    ptr32(values + (other << 2))[0] = t[0]
                                    r[0] = _READY
                                    q[0] = nobody
                                    ptr32(r)[_QUEUE_LO] = 0
                                    op = int(w[_TAIL])
                                    ring[op] = other
                                    w[_TAIL] = (op + 1) & mask
                                    op = 0
                            elif not c[_STATE] & _SHUT and count ^ c[_CAPACITY]:  # there is room
                                op = count + 1
                                other = op + c[_FIRST]
                                if other > c[_CAPACITY]:
                                    other -= c[_CAPACITY]
                                t[other] = t[0]
                                if not count ^ c[_HIGH]:
                                    c[_HIGH] = op
                                c[_COUNT] = op
                                op = 0
                            p[0] = nothing[1]  # True
                        if not op:
                            t[0] = none
                            s[0] = _READY
                if op and op ^ _PARKED:
                    op = int(perform(a, node, op, v))
            w[_YIELDED] = nobody
            if op:
                if not op ^ _PARKED:
                    continue
                why = op & 3
                break
        op = int(w[_TAIL])
        ring[op] = node
        w[_TAIL] = (op + 1) & mask
    if why <= _LOOK:
        w[_CURRENT] = _NONE
    return why


@micropython.viper
def instead(a: int, node: int, state: int, v, runner, constants) -> object:
    """What a node in `state` (and flags), THROW, DUE or TOLD, is sent; `v` is its value.

    Context: burst.  Alloc: 0.
    """
    state &= 255
    if state == _THROW:
        runner.pend_throw(v)
        return constants[0]
    n = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    w = ptr32(int(n))
    queue = w[_QUEUE_LO] | ((w[_QUEUE_HI] << 16) << 16)
    # the text of `unqueue` for one that waits alone
    if queue and n[_WAIT_NEXT] == node and not n[_CHOICE]:
        ptr16(queue)[0] = _NONE
        w[_QUEUE_LO] = 0
        w[_QUEUE_HI] = 0
    else:
        unqueue(a, node)
    if state == _DUE:
        return constants[3]
    return v


@micropython.viper
def look(a: int, limit: int, before: int, constants) -> int:
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
    w[_CURRENT] = _NONE
    if limit <= 0 or (w[_BELL] and before):
        return 0
    resumes = _RESUMES
    if w[_ARMED]:
        time = int(constants[4]()) & w[_CLOCK_MASK]
        pace = int(w[_PACE])
        seen = int(w[_SEEN])
        if time == seen:
            if pace < 31:
                pace += 1
        else:
            w[_SEEN] = time
            if seen != w[_PERIOD]:
                pace -= 4
                if pace < 0 or time - seen != 1:
                    pace = 0
        w[_PACE] = pace
        resumes = 1 << (pace >> 3)
        ticks = time - w[_LAST]
        if ticks < 0:
            ticks += w[_PERIOD]
        if ticks >= w[_SLACK]:
            expire(a, time)
    else:
        w[_SEEN] = w[_PERIOD]
    if resumes > limit:
        resumes = limit
    w[_TO_LOOK] = resumes
    w[_SWITCHES] = (w[_SWITCHES] + resumes) & _LOW
    return resumes


@micropython.viper
def exchange(a: int, node: int, op: int) -> int:
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
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    c = ptr32(op & -8)
    shift = int(w[_SHIFT])
    store = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
    cells = c[_CELLS] | ((c[_STATE] >> 8 << 16) << 16)
    mine = store + (node << shift)
    refill = store + (int(w[_OUTSIDE]) + _NONE_AT << shift)
    answer = refill + (1 << shift)  # True
    thanks = answer
    target = mine
    queue = 0
    other = _NONE
    count = int(c[_COUNT])
    first = int(c[_FIRST])
    result = _DONE
    if (c[_BELONGS] ^ a) & _LOW:  # another scheduler's
        if op & _OP_SEND:  # the item is its sender's again
            source = cells - (1 << shift)
            ptr32(source)[0] = ptr32(refill)[0]
            if shift & 1:
                ptr32(source)[1] = ptr32(refill)[1]
        return _ODD
    if op & 7 == _OP_RECV:
        source = cells + (first << shift)
        if s[0] & _MUST_NOT:
            return _ODD
        if count:
            first += 1
            if first == c[_CAPACITY]:
                first = 0
            c[_FIRST] = first
            other = int(ptr16(int(c))[1])
            if other == _NONE:
                c[_COUNT] = count - 1
            else:  # the sender that has waited the longest: its item takes the place that came free
                refill = store + (other << shift)
                thanks = refill
        else:
            source = refill
            if c[_STATE] & _SHUT:
                answer += 1 << shift  # CLOSED
                thanks = mine
            else:
                queue = op - _OP_RECV
    else:
        capacity = int(c[_CAPACITY])
        source = cells - (1 << shift)  # the item lies before the buffer
        if node == w[_OUTSIDE]:
            source -= 1 << shift
        thanks = mine
        other = int(ptr16(int(c))[0])
        if s[0] & _MUST_NOT:
            result = _ODD
            other = _NONE
        elif other != _NONE:
            target = store + (other << shift)  # straight to the one that has waited the longest
        elif c[_STATE] & _SHUT:
            answer += 1 << shift
        elif count < capacity:
            first += count
            if first >= capacity:
                first -= capacity
            count += 1
            c[_COUNT] = count
            if count > c[_HIGH]:
                c[_HIGH] = count
            target = cells + (first << shift)
        elif c[_STATE] & _DROP_OLDEST:
            target = cells + (first << shift)
            first += 1
            if first == capacity:
                first = 0
            c[_FIRST] = first
            c[_DROPPED] = (c[_DROPPED] + 1) & _LOW
        else:
            thanks = answer
            queue = op
    if queue:
        result = _PARKED
        if node == w[_OUTSIDE]:
            result = _ODD
            thanks = mine
    # Whole references one after the other: another thread may collect garbage in between.
    wide = shift & 1  # on a 64-bit machine
    ptr32(target)[0] = ptr32(source)[0]
    if wide:
        ptr32(target)[1] = ptr32(source)[1]
    ptr32(source)[0] = ptr32(refill)[0]
    if wide:
        ptr32(source)[1] = ptr32(refill)[1]
    ptr32(thanks)[0] = ptr32(answer)[0]
    if wide:
        ptr32(thanks)[1] = ptr32(answer)[1]
    if result == _DONE:
        s[0] = _READY
        if other != _NONE:
            s = ptr16(a + _SLOTS_AT + (other << _RECORD_BITS))
            if s[0] == _WAIT and s[_WAIT_NEXT] == other:
                # the text of `wake` for one that waits alone
                s[0] = _READY
                queue = ptr32(s)[_QUEUE_LO] | ((ptr32(s)[_QUEUE_HI] << 16) << 16)
                ptr16(queue)[0] = _NONE
                ptr32(s)[_QUEUE_LO] = 0
                ptr32(s)[_QUEUE_HI] = 0
                first = int(w[_TAIL])
                ptr16(a + w[_RING])[first] = other
                w[_TAIL] = (first + 1) & w[_MASK]
            else:
                wake(a, other, _READY)
    elif result == _PARKED:
        if ptr16(queue)[0] == _NONE:  # the text of `enqueue` for the first
            ptr16(queue)[0] = node
            s[_WAIT_NEXT] = node
            s[_WAIT_PREVIOUS] = node
            ptr32(s)[_QUEUE_LO] = queue
            ptr32(s)[_QUEUE_HI] = (queue >> 16) >> 16
        else:
            enqueue(a, node, queue)
        s[0] = _WAIT
    return result


@micropython.viper
def perform(a: int, node: int, op: int, v) -> int:
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a code of `burst`.

    Context: burst.  Alloc: 0.
    """
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    kind = op & 7
    if kind <= _OP_SEND:
        return int(exchange(a, node, op))
    if kind == _OP_RAISED:
        return _ENDED
    if s[0] & _MUST_NOT:
        return _ODD
    parked = 1
    if kind == _OP_JOIN:
        w = ptr32(a)
        other = ptr32(a + _SLOTS_AT + (int(w[_OUTSIDE]) + 1 << _RECORD_BITS) + (op & -8))[0]
        queue = a + _SLOTS_AT + ((other & _NODE) << _RECORD_BITS) + _JOINER_AT
        if other >> _ENDED_AT or other & _NODE == node or ptr16(queue)[0] != _NONE:
            parked = int(v.begin(node))
        else:  # the text of `enqueue` for the first
            ptr16(queue)[0] = node
            s[_WAIT_NEXT] = node
            s[_WAIT_PREVIOUS] = node
            ptr32(s)[_QUEUE_LO] = queue
            ptr32(s)[_QUEUE_HI] = (queue >> 16) >> 16
    elif kind == _OP_EVENT:  # see event.py
        queue = op - _OP_EVENT
        if (ptr32(queue)[_EVENT_OWNER] ^ a) & _LOW:
            return _ODD
        w = ptr32(a)
        shift = int(w[_SHIFT])
        values = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
        p = ptr32(values + (node << shift))
        t = ptr32(values + (int(w[_OUTSIDE]) + _NONE_AT + 1 << shift))
        p[0] = t[0]
        if shift & 1:
            p[1] = t[1]
        q = ptr16(queue)
        if q[1]:
            parked = 0
        elif q[0] == _NONE:  # the text of `enqueue` for the first
            q[0] = node
            s[_WAIT_NEXT] = node
            s[_WAIT_PREVIOUS] = node
            ptr32(s)[_QUEUE_LO] = queue
            ptr32(s)[_QUEUE_HI] = (queue >> 16) >> 16
        else:
            enqueue(a, node, queue)
    else:
        parked = int(v.begin(node))
    if parked == 1:
        s[0] = _WAIT
        return _PARKED
    s[0] = _READY + parked  # or THROW
    return _DONE


@micropython.viper
def finish(a: int, node: int, store, constants) -> int:
    """The current node's generator has returned, its result in the store: free the slot.

    What it gives is `perform`'s.
    Context: burst.  Alloc: 0.
    """
    w = ptr32(a)
    r = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    if r[0] and r[0] != _CANCEL_BIT:
        return _ENDED  # an operation was not yielded
    outside = int(w[_OUTSIDE])
    handles = a + _SLOTS_AT + (outside + 1 << _RECORD_BITS)
    i = int(ptr16(handles + (node << 3))[_HANDLE_OF])
    h = ptr32(handles + (i << 3))
    joiner = int(r[_JOINER])
    shift = int(w[_SHIFT])
    place = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
    mine = ptr32(place + (node << shift))
    none = ptr32(place + (outside + _NONE_AT << shift))
    end = _TAKEN
    to = mine
    if joiner == _NONE:
        end = _RETURNED
        to = ptr32(place + (outside + _HANDLES_AT + 3 * i + 1 << shift))
    elif joiner < _MEMBER:
        to = ptr32(place + (joiner << shift))
    else:
        outcome = store[node]
        r[_JOINER] = _NONE
    to[0] = mine[0]
    mine[0] = none[0]
    if shift & 1:
        to[1] = mine[1]
        mine[1] = none[1]
    if joiner < _MEMBER:
        t = ptr16(a + _SLOTS_AT + (joiner << _RECORD_BITS))
        if t[0] == _WAIT:  # the text of `wake` for one that waits alone
            t[0] = _READY
            ptr32(t)[_QUEUE_LO] = 0
            ptr32(t)[_QUEUE_HI] = 0
            r[_JOINER] = _NONE
            tail = int(w[_TAIL])
            ptr16(a + w[_RING])[tail] = joiner
            w[_TAIL] = (tail + 1) & w[_MASK]
        else:
            wake(a, joiner, _READY)
    h[0] = h[0] | end
    ptr16(handles + (w[_HANDLE_LAST] << 3))[_NEXT_FREE] = i
    w[_HANDLE_LAST] = i
    # the text of `give`
    kind = _FREE_TASKS
    if node >= w[_TASKS]:
        kind = _FREE_CALLS
    r[0] = _FREE
    r[_GENERATION] = (r[_GENERATION] + 1) & _NODE
    ptr8(r)[13] = 0
    r[_WAIT_NEXT] = _NONE
    if w[kind] == _NONE:
        w[kind] = node
    else:
        ptr16(a + _SLOTS_AT + (w[kind + 1] << _RECORD_BITS))[_WAIT_NEXT] = node
    w[kind + 1] = node
    w[_LIVE] = w[_LIVE] - 1
    if joiner != _NONE and joiner >= _MEMBER:
        # last, when the slot is free: what this raises is nobody's, and comes out of `run`
        w[_CURRENT] = _NONE
        w[_YIELDED] = _NONE
        constants[5](joiner, outcome, 0)
    if node == w[_UNTIL]:
        return _LOOK_NOW
    return _PARKED
