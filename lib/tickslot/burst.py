"""The switch: run ready tasks, one after the other, and do what they yield.

This is the hot path.  It is viper, in as few functions as ARMv6-M allows (its
jumps reach 2 KiB), because what costs on a board is to look things up: the
block's address is turned into pointers for nothing, a call costs 6 us, an
attribute of an instance 2.4 us and one of its class 5.4 (RP2040 at 125 MHz).

An operation is an object whose attribute `op` (in the instance) holds an int:

    0             sleep; its timer was armed by the call
    address + 1   receive from the channel whose block is at that address
    address + 2   send to it; the operation's `item` is the item
    3             ask the object: `begin(node)` gives 0 (it is done, the value
                  in the store), 1 (parked: it has put the node into a queue)
                  or 2 (done, an exception to throw in the store)
    4, 5          the generator has returned, or raised; only a runner yields these
    6             join the task that the operation is
    address + 7   wait for the event whose block is at that address

A bare `yield` gives None and takes no look at all: back into the ring.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .slot import enqueue, give, unqueue, wake
from .wheel import disarm, expire

# what `burst` returns
IDLE = const(0)  # the ready ring is empty
LOOK = const(1)  # time for a look at the clock, or the bell rang
ENDED = const(2)  # the current task has ended, and not plainly returned
ODD = const(3)  # the current task's flags say: a forgotten yield, or a cancel held back

OP_PARK = const(0)
OP_RECV = const(1)
OP_SEND = const(2)
OP_ASK = const(3)
OP_RETURNED = const(4)
OP_RAISED = const(5)
OP_JOIN = const(6)
OP_EVENT = const(7)

_IDLE = const(0)
_LOOK = const(1)
_ENDED = const(2)
_ODD = const(3)
_DONE = const(0)  # what `perform` returns, beside ENDED and ODD
_PARKED = const(4)
_LOOK_NOW = const(5)  # LOOK, when the low two bits are taken
_OP_PARK = const(0)
_OP_RECV = const(1)
_OP_SEND = const(2)
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
_THROW = const(3)  # and DUE, above it
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
_PACE = const(14)  # resumes from one look at the clock to the next
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
_HANDLE = const(24)
_HANDLES = const(25)
_UNTIL = const(26)
_YIELDED = const(27)
_OUTSIDE = const(28)
_TO_LOOK = const(30)
_TIMER_NEXT = const(2)
_WHERE = const(7)
_WAIT_NEXT = const(8)
_WAIT_PREVIOUS = const(9)
_QUEUE_LO = const(5)  # these two in 32-bit words
_QUEUE_HI = const(6)
_JOINER = const(14)
_JOINER_AT = const(28)
_MEMBER = const(0x8000)
_RETURNED = const(-1)
_TAKEN = const(-3)

# a channel's block: see channel.py
# 16 bit each: the first receiver, the first sender that waits; then 32-bit words
_FIRST = const(1)
_COUNT = const(2)
_CAPACITY = const(3)
_CELLS = const(4)
_STATE = const(5)
_HIGH = const(6)
_DROPPED = const(7)
_SHUT = const(1)
_DROP_OLDEST = const(2)

_LOW = const(0x3FFFFFFF)


@micropython.viper
def burst(w: ptr32, limit: int, runners, store, constants) -> int:
    """Resume up to `limit` ready nodes; say why it stopped (the codes above).

    `runners` holds a node's runner, `store` the values; `constants` is
    (None, True, CLOSED, TIMEOUT, clock, the handles by node, the ring of free
    handles, `member_ended`, what a sleep yields).  What a runner, an operation or
    the clock raises comes out of here; CURRENT is the node, or NONE for the clock.

    Timers are looked at every PACE resumes: twice as many as the last time
    while no tick has passed in between, half as many when one has, 1 to 8.  So
    tasks that hold the scheduler for ticks delay a timer by one of them, and
    tasks that do not, hardly pay for it.  While there are no timers it is 8, SEEN
    is what no clock shows, and who arms the first has the look made at once.

    `w` is the block's address: viper keeps the first three parameters in
    registers, and all else on the stack.

    Context: the scheduler's thread.  Alloc: 0.
    """
    none = constants[0]
    a = int(w)
    ring = ptr16(a + w[_RING])
    mask = int(w[_MASK])
    records = a + _SLOTS_AT
    sleep = constants[8]
    pace = 0
    why = _IDLE
    w[_SWITCHES] = (w[_SWITCHES] - w[_TO_LOOK]) & _LOW
    w[_TO_LOOK] = 0
    while w[_HEAD] != w[_TAIL]:
        if w[_TO_LOOK] == 0 or w[_BELL]:
            if limit <= 0 or (w[_BELL] and pace):  # a turn first: it may ring for ever
                why = _LOOK
                break
            if w[_ARMED]:
                look(a, store, constants)
                pace = int(w[_PACE])
            else:
                w[_SEEN] = w[_PERIOD]
                pace = 8
            if pace > limit:
                pace = limit
            limit -= pace
            w[_TO_LOOK] = pace
            w[_SWITCHES] = (w[_SWITCHES] + pace) & _LOW
        w[_TO_LOOK] = w[_TO_LOOK] - 1
        node = int(w[_HEAD])
        w[_HEAD] = (node + 1) & mask
        node = int(ring[node])
        w[_CURRENT] = node
        s = ptr16(records + (node << _RECORD_BITS))  # state and flags in one: 0 is RUN, no flag
        if s[0] == 0:
            v = runners[node].send(none)
        else:
            op = int(s[_WHERE])
            if op != _NONE:  # it was woken before its deadline
                if s[_TIMER_NEXT] == node:  # the text of `disarm` for one alone in its list
                    s[_WHERE] = _NONE
                    w[_ARMED] = w[_ARMED] - 1
                    ptr16(a + _LISTS_AT)[op] = _NONE
                    bits = ptr8(a + _MAP_AT + (op >> 3))
                    bits[0] = bits[0] & (255 - (1 << (op & 7)))
                else:
                    disarm(a, node)
            op = int(s[0])
            s[0] = op & _CANCEL_BIT
            v = store[node]
            store[node] = none
            op &= 255
            if op >= _THROW:
                if op == _THROW:
                    runners[node].pend_throw(v)
                    v = none
                else:
                    unqueue(a, node)
                    v = constants[3]
            v = runners[node].send(v)
        op = int(s[0])
        if op == _SLEEPS:
            if v is sleep:
                s[0] = _WAIT
                continue
        if v is none:
            if op:
                why = _ODD
                break
        else:
            w[_YIELDED] = node  # from here on it is the operation that raises, not the task
            op = int(v.op)
            if op == _OP_PARK:  # a sleep of no time
                op = int(s[0])
                if op:
                    op = _ODD
            elif op & 7 == _OP_RECV:
                op = int(receive(a, node, op - _OP_RECV, store, constants))
            elif op & 7 == _OP_SEND:
                op = int(transmit(a, node, op - _OP_SEND, v, store, constants))
            else:
                op = int(perform(a, node, op, v, store, constants))
            w[_YIELDED] = _NONE
            if op:
                if op == _PARKED:
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
def look(a: int, store, constants):
    """A look at the clock: serve the timers that are due, and set the pace.  Alloc: 0."""
    w = ptr32(a)
    w[_CURRENT] = _NONE
    time = int(constants[4]()) & w[_CLOCK_MASK]
    pace = int(w[_PACE])
    if time == w[_SEEN]:
        if pace < 8:
            w[_PACE] = pace << 1
    else:
        w[_SEEN] = time
        if pace > 1:
            w[_PACE] = pace >> 1
    ticks = time - w[_LAST]
    if ticks < 0:
        ticks += w[_PERIOD]
    if ticks >= w[_SLACK]:
        expire(a, time)


@micropython.viper
def receive(a: int, node: int, channel: int, store, constants) -> int:
    """A task yielded a recv from the channel whose block is at `channel`.  See `perform`.

    The node OUTSIDE stands for who cannot wait: ODD when it would have to.
    """
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    if s[0] & _MUST_NOT:
        return _ODD
    c = ptr32(channel)
    count = int(c[_COUNT])
    if count:
        first = int(c[_FIRST])
        capacity = int(c[_CAPACITY])
        cell = int(c[_CELLS])
        store[node] = store[cell + first]
        store[cell + first] = constants[0]
        first += 1
        if first == capacity:
            first = 0
        c[_FIRST] = first
        sender = int(ptr16(channel)[1])
        if sender == _NONE:
            c[_COUNT] = count - 1
        else:  # the one that has waited the longest: its item takes the place that came free
            first += count - 1
            if first >= capacity:
                first -= capacity
            store[cell + first] = store[sender]
            store[sender] = constants[1]
            wake(a, sender, _READY)
    elif c[_STATE] & _SHUT:
        store[node] = constants[2]
    else:
        if node == ptr32(a)[_OUTSIDE]:
            return _ODD
        enqueue(a, node, channel)
        s[0] = _WAIT
        return _PARKED
    s[0] = _READY
    return _DONE


@micropython.viper
def transmit(a: int, node: int, channel: int, v, store, constants) -> int:
    """A task yielded `v`, a send to the channel whose block is at `channel`.  See `receive`."""
    item = v.item
    v.item = constants[0]
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    if s[0] & _MUST_NOT:
        return _ODD
    c = ptr32(channel)
    receiver = int(ptr16(channel)[0])
    if receiver != _NONE:
        store[receiver] = item  # straight to the one that has waited the longest
        store[node] = constants[1]
        wake(a, receiver, _READY)
    elif c[_STATE] & _SHUT:
        store[node] = constants[2]
    else:
        count = int(c[_COUNT])
        first = int(c[_FIRST])
        capacity = int(c[_CAPACITY])
        cell = int(c[_CELLS])
        if count < capacity:
            count += 1
            c[_COUNT] = count
            if count > c[_HIGH]:
                c[_HIGH] = count
            count += first - 1
            if count >= capacity:
                count -= capacity
            store[cell + count] = item
        elif c[_STATE] & _DROP_OLDEST:
            store[cell + first] = item
            first += 1
            if first == capacity:
                first = 0
            c[_FIRST] = first
            c[_DROPPED] = (c[_DROPPED] + 1) & _LOW
        else:
            if node == ptr32(a)[_OUTSIDE]:
                return _ODD
            store[node] = item
            enqueue(a, node, channel + 2)
            s[0] = _WAIT
            return _PARKED
        store[node] = constants[1]
    s[0] = _READY
    return _DONE


@micropython.viper
def perform(a: int, node: int, op: int, v, store, constants) -> int:
    """Do what a task yielded: DONE (its value is in the store), PARKED, or a code of `burst`.

    Context: burst.  Alloc: 0.
    """
    s = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    kind = op & 7
    if kind == _OP_RETURNED:
        if s[0] == 0 or s[0] == _CANCEL_BIT:
            return int(finish(a, node, store, constants))
        return _ENDED
    if kind == _OP_RAISED:
        return _ENDED
    if s[0] & _MUST_NOT:
        return _ODD
    parked = 1
    if kind == _OP_JOIN:
        other = int(v._node)
        queue = a + _SLOTS_AT + (other << _RECORD_BITS) + _JOINER_AT
        if other < 0 or other == node or ptr16(queue)[0] != _NONE:
            parked = int(v.begin(node))
        else:
            enqueue(a, node, queue)
    elif kind == _OP_EVENT:  # see event.py
        store[node] = constants[1]
        queue = op - _OP_EVENT
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

    Context: burst.  Alloc: 0.
    """
    none = constants[0]
    w = ptr32(a)
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    by_node = constants[5]
    task = by_node[node]
    by_node[node] = none
    joiner = int(ptr16(r)[_JOINER])
    outcome = store[node]
    store[node] = none
    if joiner == _NONE:
        task._outcome = outcome
        task._node = _RETURNED
    elif joiner >= _MEMBER:
        ptr16(r)[_JOINER] = _NONE
        task._node = _TAKEN
    else:
        store[joiner] = outcome
        task._node = _TAKEN
        wake(a, joiner, _READY)
    free = int(w[_HANDLE]) + w[_HANDLES] - w[_LIVE]
    if free >= w[_HANDLES]:
        free -= w[_HANDLES]
    handles = constants[6]
    handles[free] = task
    kind = _FREE_TASKS
    if node >= w[_TASKS]:
        kind = _FREE_CALLS
    give(a, kind, node)
    if joiner != _NONE and joiner >= _MEMBER:
        # last, when the slot is free: what this raises is nobody's, and comes out of `run`
        w[_CURRENT] = _NONE
        w[_YIELDED] = _NONE
        constants[7](joiner, outcome, 0)
    if node == w[_UNTIL]:
        return _LOOK_NOW
    return _PARKED
