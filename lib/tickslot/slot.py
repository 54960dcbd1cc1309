"""A scheduler's state block, and the slots in it.

Everything that changes while tasks run lives in one bytearray, so that a
function that is handed its address (a small int: the collector never moves an
object) reaches all of it without another look-up.  The object references live
beside it in one array, `store`, whose items viper code can move as words.

    byte 0      header, 32-bit words, named by the constants below
    byte 128    the wheel's bitmap, a bit for each of its 6 x 64 lists
    byte 176    more words of the header
    byte 192    the wheel's lists, the first node of each (16 bit)
    byte 960    a record of 32 bytes for each node: tasks, calls, watchers, and one more
    after them  8 bytes for each handle, and then the ready ring, 16 bit an entry, a power
                of two of them

A node's record, and who may write it (always the scheduler's own thread):

    0  state     RUN    in the ready ring, or running, with nothing to deliver
                 READY  in the ready ring, its value in store[node]
                 WAIT   parked: in the wheel, in a wait queue, or in both
                 THROW  in the ready ring, the exception to throw in store[node]
                 DUE    in the ready ring because its deadline came, and still in its wait
                        queue: what it waits for may come until it runs, and beats TIMEOUT
                 FREE   no task has it
                 TOLD   in the ready ring, its value in store[node], and still in its wait
                        queue: a later value may take its place until it runs
    1  flags     TIMED  a timeout was set by a call whose `yield` must follow
                 ASLEEP the same for a sleep
                 CANCEL throw Cancelled at the next yield
                 THROWN what is to be thrown is its own Cancelled already
                 FRESH  its generator has not started
    2  unused
    4  next, 6 previous node of its wheel list (circular)
    8  deadline, low 30 bits (as `arm` gets it: ticks from the last look at the clock)
    12 deadline, high 6 bits         13 priority
    14 its wheel list, or NONE
    16 next, 18 previous node of its wait queue (circular); next free slot
    20 address of its wait queue's first-node word, low and high half; 0 in none
    28 (half 14) the queue of the one task that joins this one; or MEMBER and its place in a scope
    30 the first of its watchers, while it selects; else 0

A handle's 8 bytes:

    0  the node that its task has, or had (14 bits), the generation of that slot (14), and
       how the task has ended: 0 it lives, 1 it returned, 2 it raised, 3 its result is taken
    4  the handle that is free after this one: they are handed out again in the order in
       which their tasks ended
    6  the handle that the node of this number has: there are at least as many

A watcher waits in one queue for a task that selects (choice.py).  Its state is
WATCH while it does, and then that with which it was woken; its record has its
owner at byte 4, and the first has the number of them at byte 6.
"""

import sys

try:
    import micropython
    from array import array
    from micropython import const

    _WIDE = sys.maxsize > 1 << 32

    def references(values):
        """An array of the objects in a list: it has an address.  Alloc: boot only."""
        return array("O", values)

except ImportError:
    from .plain import const, micropython, ptr8, ptr16, ptr32
    from .plain import references as references

    _WIDE = False

# `const` is inlined within its file only, and a name without an underscore takes flash: other files
# repeat what they need. tests_host/test_constants.py holds the copies equal.
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD = const(32)
_RECORD_BITS = const(5)
_HANDLE_BYTES = const(8)
_JOINER_AT = const(28)
_MAX_NODES = const(16384)
_MEMBER = const(0x8000)  # from here on a joiner is no node, but a place of a Scope
_NEVER = const(0x3FFFFFFF)  # of a handle: it had no task yet

_RUN = const(0)
_READY = const(1)
_WAIT = const(2)
_THROW = const(3)
_FREE = const(4)
_DUE = const(5)
_WATCH = const(6)
_TOLD = const(7)
_FRESH_READY = const(1025)  # state and flags in one

_TIMED = const(1)
_CANCEL = const(2)
_FRESH = const(4)
_ASLEEP = const(8)
_THROWN = const(16)

_LAST = const(0)  # clock value that the wheel's time stands for
_SLACK = const(1)  # ticks from LAST to the next look that the wheel needs
_NOW_LO = const(2)  # the wheel's time: low 30 bits
_NOW_HI = const(3)  # and high 6 bits
_PERIOD = const(4)  # of the clock
_ARMED = const(5)  # nodes in the wheel
_HEAD = const(6)  # ready ring: next to run
_TAIL = const(7)  # ready ring: next place to fill
_MASK = const(8)  # ready ring: length - 1
_RING = const(9)  # ready ring: its byte in the block
_CURRENT = const(10)  # the node that runs, or NONE
_LIVE = const(11)  # tasks and calls that have a node
_FREE_TASKS = const(16)  # first free task slot, and the last: taken in turn
_FREE_CALLS = const(18)  # the same for call slots
_CLOCK_MASK = const(20)  # what a clock value is cut to: period - 1 for a power of two
_TICKS_PER_MS = const(22)
_TASKS = const(23)  # how many of the nodes are tasks'
_HANDLE = const(24)  # the first free handle, and the last
_HANDLE_LAST = const(25)
_UNTIL = const(26)  # the node whose end `run_until` waits for, or NONE
_YIELDED = const(27)  # the node whose operation is being done, or NONE
_OUTSIDE = const(28)  # the last node, whose record serves those who are no task and cannot wait
_TRACED = const(29)  # 1: `trace` of the scheduler records
_TO_LOOK = const(30)  # resumes to the next look at the clock; SWITCHES has them already
_STORE_LO = const(44)  # the address of the references in `store`
_STORE_HI = const(45)
_SHIFT = const(46)  # 2 or 3: log2 of the bytes of a reference
_RUNNERS = const(47)  # where in `store` the runners are
# BELL, SEEN, SWITCHES: see burst.py.  31 is ASLEEP, see mailbox.py.

# of a record, in 16-bit words
_OWNER = const(2)  # a watcher's
_WATCHERS = const(3)  # the first watcher's: how many follow one another, it included
_GENERATION = const(1)
_WHERE = const(7)
_WAIT_NEXT = const(8)
_WAIT_PREVIOUS = const(9)
_JOINER = const(14)
_CHOICE = const(15)
# and in 32-bit words
_QUEUE_LO = const(5)
_QUEUE_HI = const(6)


@micropython.viper
def address_of(block) -> int:
    """The address of a bytearray, as an int.  Alloc: 0, where `addresses_are_small`."""
    return int(ptr8(block))


def addresses_are_small():
    """Whether an address is a small int here: below 2**30 on a 32-bit machine.

    So it is on RP2040, RP2350, ESP32, ESP32-S2, S3 and C3.  Elsewhere (ESP32-C6,
    H2 and P4, QEMU's RISC-V machine) all works, but each call that is handed an
    address makes an int on the heap.  Alloc: 32 bytes.
    """
    return sys.maxsize > 1 << 32 or 0 <= address_of(bytearray(16)) < 1 << 30


@micropython.viper
def get_word(at: int, index: int) -> int:
    """The 32-bit word `index` of the block at `at`.  Alloc: 0."""
    return ptr32(at)[index]


@micropython.viper
def set_word(at: int, index: int, value: int):
    """Write the 32-bit word `index` of the block at `at`.  Alloc: 0."""
    ptr32(at)[index] = value


@micropython.viper
def set_address(at: int, index: int, address: int):
    """Write an address into the 32-bit word `index`, low, and the next, high.  Alloc: 0."""
    ptr32(at)[index] = address
    ptr32(at)[index + 1] = (address >> 16) >> 16  # two steps: 32 bits at once is undefined on 32


@micropython.viper
def get_half(at: int, index: int) -> int:
    """The 16-bit word `index` of what stands at `at`.  Alloc: 0."""
    return ptr16(at)[index]


@micropython.viper
def set_half(at: int, index: int, value: int):
    """Write the 16-bit word `index` of what stands at `at`.  Alloc: 0."""
    ptr16(at)[index] = value


@micropython.viper
def get_byte(at: int, index: int) -> int:
    """The byte `index` of what stands at `at`.  Alloc: 0."""
    return ptr8(at)[index]


@micropython.viper
def set_byte(at: int, index: int, value: int):
    """Write the byte `index` of what stands at `at`.  Alloc: 0."""
    ptr8(at)[index] = value


@micropython.viper
def push(a: int, node: int):
    """Put a node at the tail of the ready ring.

    It cannot be full: it has a place for every node, and a node is in it at most once.
    """
    w = ptr32(a)
    tail = w[_TAIL]
    ptr16(a + w[_RING])[tail] = node
    w[_TAIL] = (tail + 1) & w[_MASK]


@micropython.viper
def give(a: int, kind: int, node: int):
    """Give a slot back, to the end of the free list at header word `kind`.

    The first is taken first, so that what speaks of a slot that was reused
    shows as late as it can.
    """
    w = ptr32(a)
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    ptr16(r)[0] = _FREE
    ptr16(r)[_GENERATION] = (ptr16(r)[_GENERATION] + 1) & 0x3FFF
    ptr8(r)[13] = 0  # its priority
    ptr16(r)[_WAIT_NEXT] = _NONE
    if w[kind] == _NONE:
        w[kind] = node
    else:
        ptr16(a + _SLOTS_AT + (w[kind + 1] << _RECORD_BITS))[_WAIT_NEXT] = node
    w[kind + 1] = node
    w[_LIVE] = w[_LIVE] - 1


@micropython.viper
def enqueue(a: int, node: int, queue: int):
    """Put a node at the end of the wait queue whose first-node word (16 bit) is at `queue`."""
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    n = ptr16(r)
    q = ptr16(queue)
    first = q[0]
    if first == _NONE:
        q[0] = node
        n[_WAIT_NEXT] = node
        n[_WAIT_PREVIOUS] = node
    else:
        f = ptr16(a + _SLOTS_AT + (first << _RECORD_BITS))
        last = f[_WAIT_PREVIOUS]
        n[_WAIT_NEXT] = first
        n[_WAIT_PREVIOUS] = last
        f[_WAIT_PREVIOUS] = node
        ptr16(a + _SLOTS_AT + (last << _RECORD_BITS))[_WAIT_NEXT] = node
    ptr32(r)[_QUEUE_LO] = queue
    ptr32(r)[_QUEUE_HI] = (queue >> 16) >> 16  # two steps: 32 bits at once is undefined on 32


@micropython.viper
def unqueue(a: int, node: int):
    """Take a node out of the wait queue that it is in, wherever it stands there; none is fine."""
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    w = ptr32(r)
    queue = w[_QUEUE_LO] | ((w[_QUEUE_HI] << 16) << 16)
    if queue:
        q = ptr16(queue)
        n = ptr16(r)
        after = n[_WAIT_NEXT]
        if after == node:
            q[0] = _NONE
        else:
            before = n[_WAIT_PREVIOUS]
            ptr16(a + _SLOTS_AT + (before << _RECORD_BITS))[_WAIT_NEXT] = after
            ptr16(a + _SLOTS_AT + (after << _RECORD_BITS))[_WAIT_PREVIOUS] = before
            if q[0] == node:
                q[0] = after
        w[_QUEUE_LO] = 0
        w[_QUEUE_HI] = 0
        if n[_CHOICE]:
            unwatch(a, node)


@micropython.viper
def unwatch(a: int, node: int):
    """Take the watchers of a node that selects out of their queues, all in one step."""
    n = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
    watcher = int(n[_CHOICE])
    n[_CHOICE] = 0
    end = watcher + ptr16(a + _SLOTS_AT + (watcher << _RECORD_BITS))[_WATCHERS]
    while watcher < end:
        unqueue(a, watcher)
        watcher += 1


@micropython.viper
def won(a: int, watcher: int):
    """A watcher was woken: its owner is, and so the others are not."""
    owner = int(ptr16(a + _SLOTS_AT + (watcher << _RECORD_BITS))[_OWNER])
    ptr16(int(queue_of(a, owner)))[1] = watcher
    wake(a, owner, _READY)


@micropython.viper
def queue_of(a: int, node: int) -> int:
    """The address of the wait queue that a node is in, or 0.  Alloc: 0."""
    w = ptr32(a + _SLOTS_AT + (node << _RECORD_BITS))
    return w[_QUEUE_LO] | ((w[_QUEUE_HI] << 16) << 16)


@micropython.viper
def wake(a: int, node: int, state: int):
    """Make a parked node ready in `state`, its value or exception put into the store by the caller.

    Its timer, if it has one, is taken out of the wheel when it runs.
    """
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    was = int(ptr8(r)[0])
    ptr8(r)[0] = state
    w = ptr32(r)
    queue = w[_QUEUE_LO] | ((w[_QUEUE_HI] << 16) << 16)
    if queue:  # the text of `unqueue`, because a call costs more than this does
        n = ptr16(r)
        after = n[_WAIT_NEXT]
        if after == node:
            ptr16(queue)[0] = _NONE
        else:
            before = n[_WAIT_PREVIOUS]
            ptr16(a + _SLOTS_AT + (before << _RECORD_BITS))[_WAIT_NEXT] = after
            ptr16(a + _SLOTS_AT + (after << _RECORD_BITS))[_WAIT_PREVIOUS] = before
            if ptr16(queue)[0] == node:
                ptr16(queue)[0] = after
        w[_QUEUE_LO] = 0
        w[_QUEUE_HI] = 0
        if n[_CHOICE]:
            unwatch(a, node)
    if was == _WATCH:
        won(a, node)
    elif was != _DUE:  # else it is in the ring
        w = ptr32(a)
        tail = int(w[_TAIL])
        ptr16(a + w[_RING])[tail] = node
        w[_TAIL] = (tail + 1) & w[_MASK]


def make_block(tasks, calls, watchers, handles, period, ticks_per_ms, store):
    """A fresh state block for so many task and call slots and watchers.  Alloc: boot only."""
    nodes = tasks + calls
    runners = len(store) - nodes
    store = address_of(store)
    ring = 1
    while ring < nodes + 1:
        ring *= 2
    handles_at = _SLOTS_AT + _RECORD * (nodes + watchers + 1)
    ring_at = handles_at + _HANDLE_BYTES * handles
    block = bytearray(ring_at + 2 * ring)
    a = address_of(block)
    for index, value in (
        (_SLACK, period // 4),
        (_PERIOD, period),
        (_MASK, ring - 1),
        (_RING, ring_at),
        (_CURRENT, _NONE),
        (_LIVE, nodes),  # `give` below counts them down to 0
        (_FREE_TASKS, _NONE),
        (_FREE_CALLS, _NONE),
        (_CLOCK_MASK, period - 1 if period & (period - 1) == 0 else 0x7FFFFFFF),
        (_TICKS_PER_MS, ticks_per_ms),
        (_TASKS, tasks),
        (_HANDLE_LAST, handles - 1),
        (_UNTIL, _NONE),
        (_YIELDED, _NONE),
        (_OUTSIDE, nodes + watchers),
        (_STORE_LO, store & 0xFFFFFFFF),
        (_STORE_HI, store >> 32),
        (_SHIFT, 3 if _WIDE else 2),
        (_RUNNERS, runners),
    ):
        set_word(a, index, value)
    for i in range(192, _SLOTS_AT):
        block[i] = 0xFF
    for node in range(nodes):
        record = a + _SLOTS_AT + _RECORD * node
        set_half(record, _WHERE, _NONE)
        set_half(record, _JOINER, _NONE)
        give(a, _FREE_TASKS if node < tasks else _FREE_CALLS, node)
    for handle in range(handles):
        set_word(a + handles_at + _HANDLE_BYTES * handle, 0, _NEVER)
        set_half(a + handles_at + _HANDLE_BYTES * handle, 2, handle + 1)
    return block
