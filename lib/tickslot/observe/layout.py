"""Where each word of this room's memory stands: observers, traces, metrics, orders.

The scheduler's thread alone writes a word, unless its comment says otherwise.
"""


class ObserverBlock:
    """An observer's 32-bit words."""

    FLAGS = 0  # of Watched
    CLOCK = 1  # 0: the scheduler's clock, as last read; 1: call the clock; else a counter's address
    NEXT = 2  # the place of the next record
    PLACES = 3  # how many records the trace holds
    LAPS = 4  # how often NEXT came to the end of them
    RECORDS = 5  # the address of the first record, low and high
    METRICS = 7  # the address of node 0's counts, low and high
    SEEN_TAIL = 9  # the nodes before this place of the ready ring are noted; NONE: not known
    HIGH = 10  # the most tasks and calls that lived at a time
    IDLE_US = 11  # time in which nothing was ready: low 30 bits, high
    BUSY_US = 13  # all other time: low 30 bits, high. It stands right behind IDLE_US
    MARK_VALUE = 15  # `Trace.mark_from_irq` alone writes this, on any thread
    MARKS = 16  # and this: how many marks were made
    MARKS_SEEN = 17  # how many of them are noted
    LEFT = 18  # the time at which the run loop was last entered or left
    AWAY = 19  # 1: nothing was ready at that time
    ORDERED = 20  # 1: an order is asked for the next node; 2: and told when the run loop is left
    WRAP = 21  # where the observer's clock wraps, less 1
    SPAWNED = 22  # 1: tasks were spawned that the hooks were not told of
    RAN = 25  # the node that had the last turn, or NONE
    TURN_END = 26  # when that turn ended in which nodes became ready
    MARKS_LOST = 27
    SCHEDULER = 28  # the address of the scheduler's block, low and high
    TIME = 30  # goes into `observe_tick` and comes out: as an argument it would be made an object
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
    WHO = 1  # kind | node << NODE_SHIFT | other node << OTHER_SHIFT
    WHAT = 2
    # in WHO
    KIND = 15  # its mask
    NODE_SHIFT = 4
    NODE = 0x3FFF  # the mask of either node
    NO_NODE = 0x3FFF
    OTHER_SHIFT = 18
    # in WHAT
    END_OF = 1 << 29  # a task waits for the end of the task with this node
    # kinds
    SPAWN = 1
    WAKE = 2
    YIELD = 3  # from here on: with what a turn ended, but for MARK and CALL
    SLEEP = 4
    WAITS = 5
    ODD = 6
    MARK = 7
    CALL = 8
    DONE = 8  # and the kind of the operation (Op) that was done at once
    END = 12
    JOIN = 14


class Count:
    """What Metrics counts for each node, in 32-bit words; times are on the observer's clock."""

    BITS = 5  # log2 of BYTES
    BYTES = 32
    RUNS = 0  # turns
    CPU = 1  # the time of its turns: low 30 bits, high
    LONGEST = 3  # turn
    LATEST = 4  # the longest time from its wake to its turn
    SINCE = 5  # 1 + the time at which it was woken, or its timer was due; or 0
    WITHIN = 6  # its turn is to end within that time from then on; 0: there is no deadline
    MISSED = 7  # deadlines


class Stage:
    """How far a request has come: for the trace and the statistics."""

    SENT = 0
    TAKEN = 1
    REPLIED = 2
    DELIVERED = 3


class PolicyOrder:
    """The block of a Policy's order. Each order's begins with the address of the scheduler's."""

    COUNT = 4  # half: how many nodes the policy holds
    NODES = 5  # half: how many nodes there are
    HELD = 12  # a byte for each node: 1 while the policy holds it


# In the lists of these two orders a node is its number + 1, and 0 is nobody: a test for 0 takes
# half the time of a comparison with anything else.


class PriorityOrder:
    """The block of the order of Priorities, in 16-bit words."""

    FIRST = 4  # the first node of each of the 8 priorities
    LAST = 12  # and the last
    TOP = 20  # no node has a higher priority
    NEXT = 20  # of each node the next: that of node 0 stands at NEXT + 1


class DeadlineOrder:
    """The block of the order of EarliestDeadline."""

    # in 16-bit words
    FIRST = 4  # of the nodes with a deadline: the earliest deadline comes first
    LAST = 5
    PLAIN_FIRST = 6  # of those without: first in, first out
    PLAIN_LAST = 7
    RUNNING = 8  # the node that has the turn, if it has a deadline
    LEAVING = 9  # 1: the run loop is left, and no node is wanted
    # in bytes
    NODES = 4  # node 0's DeadlineRecord stands one record behind this


class DeadlineRecord:
    """What EarliestDeadline keeps of a node."""

    BYTES = 20
    # in 32-bit words
    WITHIN = 0  # ticks from becoming ready; 0: it has no deadline
    DEADLINE = 1  # a time of the scheduler's clock, in ticks
    MISSED = 2  # turns that ended later
    GENERATION = 4  # of the slot for which these hold
    # in 16-bit words
    BEFORE = 6  # the node before it in its list
    AFTER = 7  # and the node after it
