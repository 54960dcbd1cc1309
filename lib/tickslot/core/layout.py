"""The layout of a scheduler's memory: every word of it is defined here, once.

A scheduler has two pieces of memory, made by its constructor: the block, a bytearray of
numbers, and the store, an array of references to objects. `core/block.py` makes both.

The block:

    byte 0      the header: 32-bit words (Header)
    byte 128    the timer wheel's bitmap, one bit for each of its 6 x 64 lists
    byte 176    more words of the header
    byte 192    the timer wheel's lists: the first node of each, 16 bits
    byte 960    a slot of 32 bytes for each node: tasks, calls, watchers, and one more, OUTSIDE
    then        8 bytes for each handle (Handle)
    then        the ready ring: 16 bits for each entry, a power of two of them

A node is the number of a slot. Nodes of tasks come first, then those of calls, then watchers.
Only the scheduler's own thread writes a word, unless the word's comment says otherwise.

`tools/expand.py` replaces each name of a layout file by its number.
"""

# tools/expand.py sets these two.
MICROPYTHON = False  # True in build/: CPython runs the sources as they are
WIDE = False  # True in build/lib64: a reference takes two 32-bit words

REFERENCE_BITS = 3 if WIDE else 2  # log2 of the bytes of a reference
REFERENCE_WORDS = 1 if WIDE else 0  # log2 of its 32-bit words
NONE = 0xFFFF  # a 16-bit word that names no node, no list, no request
LOW = 0x3FFFFFFF  # the low 30 bits: the largest small int on a board
MAX_NODES = 16384
NODE_BITS = 14
NODE_MASK = 0x3FFF
MEMBER = 0x8000  # a joiner from here on is a place in a scope or a service, and no node


class Block:
    """Parts of the block, in bytes from its start."""

    TIMER_MAP = 128
    TIMER_LISTS = 192
    SLOTS = 960


class Header:
    """32-bit words of the block."""

    LAST = 0  # the clock value at which the wheel's time was set
    SLACK = 1  # ticks from LAST to the next time when the wheel must look at the clock
    NOW_LOW = 2  # the wheel's time: the low 30 bits
    NOW_HIGH = 3  # the wheel's time: the high 6 bits
    PERIOD = 4  # of the clock, in ticks
    ARMED = 5  # how many nodes are in the wheel
    HEAD = 6  # ready ring: the place of the node that runs next
    TAIL = 7  # ready ring: the place to fill next
    MASK = 8  # ready ring: its length - 1
    RING = 9  # ready ring: its byte in the block
    CURRENT = 10  # the node that runs, or NONE
    LIVE = 11  # how many tasks and calls have a node
    STEPS = 12  # timer lists that `expire` has handled so far, modulo 2**30
    SWITCHES = 13  # resumes made so far, and TO_LOOK more, modulo 2**30
    PACE = 14  # 8 * log2 of the resumes from one look at the clock to the next
    SEEN = 15  # the clock at the last look; SEEN = PERIOD means: no timer is armed
    FREE_TASKS = 16  # the first free task slot; 17: the last
    FREE_CALLS = 18  # the first free call slot; 19: the last
    CLOCK_MASK = 20  # the mask of a clock value: PERIOD - 1 for a power of two
    BELL = 21  # 1: a thread or interrupt has work for it. They write 1, the scheduler 0
    TICKS_PER_MS = 22
    TASKS = 23  # how many of the nodes are tasks
    FREE_HANDLE = 24  # the first free handle
    LAST_HANDLE = 25  # the last free handle
    UNTIL = 26  # the node whose end `run_until` waits for, or NONE
    YIELDED = 27  # the node whose operation is being done, or NONE
    OUTSIDE = 28  # the last node: it is for code that is no task and cannot wait
    TRACED = 29  # 1: `scheduler.trace` records
    TO_LOOK = 30  # resumes until the next look at the clock; SWITCHES includes them
    ASLEEP = 31  # 1: the scheduler sleeps until its semaphore is given (cores/lock_mailbox.py)
    STORE_LOW = 44  # the address of the store
    STORE_HIGH = 45
    RUNNERS = 47  # where in the store the runners begin


class Slot:
    """A node's record of 32 bytes."""

    BYTES = 32
    BITS = 5  # log2 of BYTES

    # in bytes
    STATE = 0  # one of State
    FLAGS = 1  # of Flag
    DEADLINE_HIGH = 12
    PRIORITY = 13
    JOINER_BYTE = 28
    # in 16-bit words
    STATUS = 0  # state and flags as one word
    GENERATION = 1  # 14 bits: one more each time that the slot is free
    TIMER_NEXT = 2  # of the circular list in the wheel
    TIMER_PREVIOUS = 3
    OWNER = 2  # of a watcher: the node of the task that selects
    WATCHERS = 3  # of the first watcher: how many there are in all
    TIMER_LIST = 7  # the wheel's list that it is in, or NONE
    WAIT_NEXT = 8  # of the circular wait queue; of a free slot: the next free one
    WAIT_PREVIOUS = 9
    JOINER = 14  # a wait queue: the task that joins this one; or MEMBER and a place
    SELECT = 15  # the first of its watchers while it selects; else 0
    # in 32-bit words
    DEADLINE = 2  # low 30 bits: for `arm` in ticks from LAST, in the wheel a time
    QUEUE_LOW = 5  # the address of the wait queue that it is in; 0: none
    QUEUE_HIGH = 6


class State:
    """What a slot's node does."""

    RUN = 0  # in the ready ring, or running; nothing to deliver
    READY = 1  # in the ready ring, its value in store[node]
    WAIT = 2  # parked: in the wheel, in a wait queue, or in both
    THROW = 3  # in the ready ring, the exception to throw in store[node]
    FREE = 4  # no task has the slot
    DUE = 5  # in the ready ring because its deadline came, and still in its wait queue
    WATCH = 6  # a watcher that waits in one queue for a task that selects
    TOLD = 7  # in the ready ring and in its wait queue: a later value may replace this one


class Flag:
    """What must happen to a slot's node."""

    TIMED = 1  # a call set a timeout, and its `yield` must follow
    CANCEL = 2  # throw Cancelled at the next yield
    FRESH = 4  # its generator has not started
    ASLEEP = 8  # a call made a sleep, and its `yield` must follow
    THROWN = 16  # what it gets thrown is its own Cancelled already


class Status:
    """State and flags as one 16-bit word."""

    CANCEL = 2 << 8
    FRESH = 4 << 8
    FRESH_READY = 4 << 8 | 1
    FRESH_WAIT = 4 << 8 | 2
    SLEEPS = 8 << 8  # RUN and ASLEEP
    PENDING = 9 << 8  # TIMED or ASLEEP: an operation was made and not yielded
    MUST_NOT_WAIT = 10 << 8  # CANCEL or ASLEEP: a channel operation cannot be done


class Handle:
    """A handle's 8 bytes, and the numbers in them."""

    BYTES = 8
    NEXT_FREE = 2  # half: the next free handle; handles are used in the order of their tasks' ends
    OF_NODE = 3  # half: the handle of the node that has this handle's number
    # word 0: the node (14 bits), its generation (14 bits), and from bit 28 on how it ended
    END_SHIFT = 28
    RETURNED = 1 << 28
    FAILED = 2 << 28
    COLLECTED = 3 << 28  # its result has been taken
    NEVER = 0x3FFFFFFF  # it had no task yet


class Store:
    """What the store holds after the value of OUTSIDE, in references."""

    NONE = 1
    TRUE = 2
    CLOSED = 3
    SLEEP = 4  # what a sleep yields
    SEND = 5  # `send` of all generators, as a function
    HANDLES = 6  # then for each handle: itself, its task's result, its task's name


class Op:
    """The low three bits of an operation's `op`: what the run loop does with it."""

    PARK = 0  # a sleep: the call has armed the timer
    RECV = 1  # of the channel whose block is at `op` - 1
    SEND = 2  # to the channel whose block is at `op` - 2; the item lies before its buffer
    ASK = 3  # call `begin(node)` of the object: 0 done, 1 parked, 2 done by an exception
    RETURNED = 4  # only slot runners yield these two
    FAILED = 5
    JOIN = 6  # wait for the task whose handle has the number `op` >> 3
    EVENT = 7  # wait for the event whose block is at `op` - 7


class Why:
    """Why `run_ready` stopped, and the result of an operation."""

    IDLE = 0  # the ready ring is empty
    LOOK = 1  # the limit is reached, or the bell rang
    ENDED = 2  # the current task raised, or returned with an operation not yielded
    ODD = 3  # the task's flags say why; no flag: it yielded another scheduler's operation
    DONE = 0  # the operation is done, its value in the store
    PARKED = 4
    LOOK_NOW = 5  # its low two bits are LOOK: the task of `run_until` has ended


class Begun:
    """What an operation's `begin(node)` returns: each but WAITS is a State minus State.READY."""

    DONE = 0  # the node's value is in the store
    WAITS = 1  # the node is in a wait queue
    THROW = State.THROW - State.READY  # an exception to throw is in the store
    TOLD = State.TOLD - State.READY  # DONE, and the node is in a wait queue: see State.TOLD


class ChannelBlock:
    """A channel's block: two 16-bit wait queues, receivers and senders, then 32-bit words."""

    BYTES = 36
    RECEIVERS = 0  # half
    SENDERS = 1  # half
    FIRST = 1  # the place of the first item
    COUNT = 2
    CAPACITY = 3
    CELLS = 4  # the address of the first cell of the buffer, low half
    STATE = 5  # SHUT, DROP_OLDEST; from bit 8 on the high half of CELLS
    HIGH = 6  # the high-water mark
    DROPPED = 7
    OWNER = 8  # the address of its scheduler's block, low half
    SHUT = 1
    DROP_OLDEST = 2


class EventBlock:
    """An event's block: the wait queue (16 bits), SET, then words."""

    BYTES = 12
    SET = 1  # half
    OWNER = 1  # word: the address of its scheduler's block, low and high


class SelectBlock:
    """A select's block: the wait queue (16 bits) of the task that selects, WINNER, then words."""

    WINNER = 1  # half: the watcher that was woken last, or NONE


class MailboxBlock:
    """A mailbox's 32-bit words: see cores/mailbox.py. The idle path looks at COUNT and FENCED."""

    BYTES = 36
    FIRST = 0  # the place of the first item
    COUNT = 1
    CAPACITY = 2
    HIGH = 3
    REFUSED = 4  # posts that found it full
    DUE = 5  # when the sleep ticker must wake the sleeper: 29 bits of ms, plus 2**29; 0: never
    LINKED = 6  # 1: it is in the sleep ticker's list
    FENCED = 8  # 1: a core may read ahead of its write of BELL = 0


class ObserverBlock:
    """An observer's 32-bit words."""

    FLAGS = 0  # of Watched
    CLOCK = 1  # 0: the scheduler's clock, as last read; 1: call the clock; else a counter's address
    NEXT = 2  # the place of the next record
    PLACES = 3  # how many records the trace holds
    LAPS = 4  # how often NEXT came to the end of them
    RECORDS = 5  # the address of the first record, low and high
    METRICS = 7  # the address of node 0's counts, low and high
    SEEN_TAIL = 9  # the nodes before this place of the ready ring are recorded; NONE: not known
    HIGH = 10  # the most tasks and calls that lived at one time
    IDLE_US = 11  # time in which nothing was ready: low 30 bits, high
    BUSY_US = 13  # all other time: low 30 bits, high. It must follow IDLE_US
    MARK_VALUE = 15  # `Trace.mark_from_irq` alone writes this, on any thread
    MARKS = 16  # and this: how many marks were made
    MARKS_SEEN = 17  # how many of them are recorded
    LEFT = 18  # the time at which the run loop was last entered or left
    AWAY = 19  # 1: nothing was ready at that time
    ORDERED = 20  # 1: a policy gives the next node; 2: and is told when the run loop is left
    WRAP = 21  # where the observer's clock wraps, less 1
    SPAWNED = 22  # 1: tasks were spawned, and the hooks do not know of them yet
    RAN = 25  # the node that had the last turn, or NONE
    TURN_END = 26  # when the turn ended in which nodes became ready
    MARKS_LOST = 27
    SCHEDULER = 28  # the address of the scheduler's block, low and high
    TIME = 30  # argument and result of `observe_tick`: a real argument would become an object
    BYTES = 124


class Watched:
    """FLAGS: what the observer does after each turn."""

    TRACE = 1
    METRICS = 2
    HOOKS = 4
    PROFILE = 8  # for allocation_profile.py: nothing in the run loop itself


class Record:
    """A trace record: three 32-bit words."""

    BYTES = 12
    TIME = 0  # on the observer's clock
    WHO = 1  # kind | node << NODE_AT | other node << OTHER_AT
    WHAT = 2
    # in WHO
    KIND = 15  # the mask of the kind
    NODE = 0x3FFF  # the mask of either node, which begins at these bits
    NODE_AT = 4
    OTHER_AT = 18
    NO_NODE = 0x3FFF
    # in WHAT
    END_OF = 1 << 29  # a task waits for the end of the task with this node
    # kinds
    SPAWN = 1
    WAKE = 2
    YIELD = 3  # from here on: how a turn ended, except MARK and CALL
    SLEEP = 4
    WAITS = 5
    ODD = 6
    MARK = 7
    CALL = 8
    DONE = 8  # plus the kind (Op) of an operation that was done at once
    END = 12
    JOIN = 14
