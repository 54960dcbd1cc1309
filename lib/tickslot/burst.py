"""The switch: run ready tasks, one after the other, and do what they yield.

This is the hot path.  It is one viper function, because what costs on a board
is to look things up: the block's address is turned into pointers once a burst,
and everything that the common operations do is done here, inline, with those
pointers.  An operation is an object whose attribute `op` holds an int:

    0             park; the deadline was set by the call (sleep)
    address + 1   receive from the channel whose block is at that address
    address + 2   send to it; the item is in the store's cell behind its buffer
    3             ask the object: `begin(node)` gives 0 (it is done, the value
                  in the store) or 1 (parked: it has put the node into a queue)
    4             the generator has ended (only `task.Ended`)

A bare `yield` gives None and takes no look at all: back into the ring.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32

from .slot import enqueue
from .wheel import arm, disarm, expire

# what `burst` returns
IDLE = const(0)  # the ready ring is empty
LOOK = const(1)  # time for a look at the clock, or the bell rang
ENDED = const(2)  # the current task has ended
ODD = const(3)  # the current task's flags say: a forgotten yield, or a cancel held back

OP_PARK = const(0)
OP_RECV = const(1)
OP_SEND = const(2)
OP_ASK = const(3)
OP_ENDED = const(4)

_IDLE = const(0)
_LOOK = const(1)
_ENDED = const(2)
_ODD = const(3)
_OP_PARK = const(0)
_OP_RECV = const(1)
_OP_SEND = const(2)
_OP_ASK = const(3)
_OP_ENDED = const(4)

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_READY = const(1)
_WAIT = const(2)
_THROW = const(3)
_TIMED = const(1)
_CANCEL = const(2)
_ASLEEP = const(8)
_HEAD = const(6)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_CURRENT = const(10)
_SWITCHES = const(13)  # resumes made, modulo 2**30
_PACE = const(14)  # resumes from one look at the clock to the next
_SEEN = const(15)  # the clock at the last look
_CLOCK_MASK = const(20)  # period - 1 for a power of two
_BELL = const(21)  # not 0: somebody outside has something for this scheduler
_LAST = const(0)
_SLACK = const(1)
_PERIOD = const(4)
_ARMED = const(5)
_WHERE = const(7)
_WAIT_NEXT = const(8)
_WAIT_PREVIOUS = const(9)
_DEADLINE = const(2)
_DEADLINE_HI = const(12)
_QUEUE_LO = const(5)
_QUEUE_HI = const(6)

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
def burst(a: int, limit: int, runners, store, constants) -> int:
    """Resume up to `limit` ready nodes; say why it stopped (the codes above).

    `runners` holds a node's runner, `store` the values, `constants` is
    (None, True, CLOSED, TIMEOUT, clock).  What a runner, an operation or the
    clock raises comes out of here; CURRENT is the node, or NONE for the clock.

    Timers are looked at every PACE resumes: twice as many as the last time
    while no tick has passed in between, half as many when one has, 1 to 8.  So
    tasks that hold the scheduler for ticks delay a timer by one of them, and
    tasks that do not, hardly pay for it.

    Context: the scheduler's thread.  Alloc: 0.
    """
    none = constants[0]
    w = ptr32(a)
    ring = ptr16(a + w[_RING])
    mask = int(w[_MASK])
    left = limit
    pace = 0
    until_look = 0
    why = _IDLE
    while w[_HEAD] != w[_TAIL]:
        if until_look == 0:
            left -= pace
            w[_SWITCHES] = (w[_SWITCHES] + pace) & _LOW
            pace = int(w[_PACE])
            if left <= 0 or w[_BELL]:
                pace = 0
                why = _LOOK
                break
            if w[_ARMED]:
                w[_CURRENT] = _NONE
                time = int(constants[4]()) & w[_CLOCK_MASK]
                ticks = time - w[_LAST]
                if ticks < 0:
                    ticks += w[_PERIOD]
                if time == w[_SEEN]:
                    if pace < 8:
                        pace = pace << 1
                else:
                    w[_SEEN] = time
                    if pace > 1:
                        pace = pace >> 1
                w[_PACE] = pace
                if ticks >= w[_SLACK]:
                    expire(a, time, store, constants[3])
            if pace > left:
                pace = left
            until_look = pace
        until_look -= 1
        head = int(w[_HEAD])
        node = int(ring[head])
        w[_HEAD] = (head + 1) & mask
        w[_CURRENT] = node
        r = a + _SLOTS_AT + (node << _RECORD_BITS)
        s = ptr16(r)  # state and flags in one: 0 is RUN with no flag
        if s[0] == 0:
            v = runners[node].send(none)
        else:
            b = ptr8(r)
            if s[_WHERE] != _NONE:
                disarm(a, node)  # it was woken before its deadline
            state = int(b[0])
            b[0] = 0
            b[1] = b[1] & _CANCEL
            v = store[node]
            store[node] = none
            if state == _THROW:
                runners[node].pend_throw(v)
                v = none
            v = runners[node].send(v)
        if v is none:
            if s[0] == 0:
                tail = int(w[_TAIL])
                ring[tail] = node
                w[_TAIL] = (tail + 1) & mask
                continue
            why = _ODD
            break

        op = int(v.op)
        kind = op & 7
        if kind == _OP_ENDED:
            why = _ENDED
            break
        b = ptr8(r)
        odd = _CANCEL | _ASLEEP
        if kind == _OP_PARK:
            odd = _CANCEL | _TIMED
        if b[1] & odd:
            if kind == _OP_SEND:
                c = ptr32(op - _OP_SEND)
                store[c[_CELLS] + c[_CAPACITY]] = none
            why = _ODD
            break

        parked = 0  # 1: the task waits from here on
        queue = 0  # in this queue, if in any
        peer = _NONE  # the task that it wakes,
        woken = 0  # the first in this queue
        if kind == _OP_PARK:
            parked = int(b[1])
            if parked == 0:  # nothing to wait for: a plain yield
                tail = int(w[_TAIL])
                ring[tail] = node
                w[_TAIL] = (tail + 1) & mask
                continue
        elif kind == _OP_RECV:
            queue = op - _OP_RECV
            c = ptr32(queue)
            count = int(c[_COUNT])
            if count:
                first = int(c[_FIRST])
                capacity = int(c[_CAPACITY])
                cell = int(c[_CELLS]) + first
                store[node] = store[cell]
                store[cell] = none
                first += 1
                if first == capacity:
                    first = 0
                c[_FIRST] = first
                woken = queue + 2
                peer = int(ptr16(woken)[0])
                if peer == _NONE:
                    c[_COUNT] = count - 1
                else:  # its item takes the place that came free
                    first += count - 1
                    if first >= capacity:
                        first -= capacity
                    store[c[_CELLS] + first] = store[peer]
                    store[peer] = constants[1]
            elif c[_STATE] & _SHUT:
                store[node] = constants[2]
            else:
                parked = 1
        elif kind == _OP_SEND:
            woken = op - _OP_SEND
            c = ptr32(woken)
            count = int(c[_COUNT])
            capacity = int(c[_CAPACITY])
            cell = int(c[_CELLS])
            v = store[cell + capacity]
            store[cell + capacity] = none
            store[node] = constants[1]
            peer = int(ptr16(woken)[0])
            if c[_STATE] & _SHUT:
                store[node] = constants[2]
            elif peer != _NONE:
                store[peer] = v  # straight to the receiver that has waited the longest
            elif count < capacity:
                first = int(c[_FIRST]) + count
                if first >= capacity:
                    first -= capacity
                store[cell + first] = v
                count += 1
                c[_COUNT] = count
                if count > c[_HIGH]:
                    c[_HIGH] = count
            elif c[_STATE] & _DROP_OLDEST:
                first = int(c[_FIRST])
                store[cell + first] = v
                first += 1
                if first == capacity:
                    first = 0
                c[_FIRST] = first
                c[_DROPPED] = (c[_DROPPED] + 1) & _LOW
            else:
                store[node] = v
                parked = 1
                queue = woken + 2
        else:
            parked = int(v.begin(node))

        if peer != _NONE:  # it leaves its queue, whose first it is
            p = a + _SLOTS_AT + (peer << _RECORD_BITS)
            s = ptr16(p)
            after = int(s[_WAIT_NEXT])
            if after == peer:
                after = _NONE
            else:
                before = int(s[_WAIT_PREVIOUS])
                ptr16(a + _SLOTS_AT + (before << _RECORD_BITS))[_WAIT_NEXT] = after
                ptr16(a + _SLOTS_AT + (after << _RECORD_BITS))[_WAIT_PREVIOUS] = before
            ptr16(woken)[0] = after
            ptr32(p)[_QUEUE_LO] = 0
            ptr32(p)[_QUEUE_HI] = 0
            ptr8(p)[0] = _READY
            tail = int(w[_TAIL])
            ring[tail] = peer
            w[_TAIL] = (tail + 1) & mask
        if parked == 0:
            b[0] = _READY
            b[1] = 0
            tail = int(w[_TAIL])
            ring[tail] = node
            w[_TAIL] = (tail + 1) & mask
        else:
            b[0] = _WAIT
            if queue:
                enqueue(a, node, queue)
            if b[1]:
                arm(a, node, ptr32(r)[_DEADLINE], int(b[_DEADLINE_HI]))
                b[1] = 0
    if why <= _LOOK:
        w[_CURRENT] = _NONE
    w[_SWITCHES] = (w[_SWITCHES] + pace - until_look) & _LOW
    return why
