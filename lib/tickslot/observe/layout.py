"""Where each word of metrics and orders stands; the scheduler's thread alone writes it.

The observer's block and trace records, which the run loop knows too, are in core/layout.py.
"""


class Count:
    """What Metrics counts for each node, in 32-bit words; times are on the observer's clock."""

    BITS = 5  # log2 of BYTES
    BYTES = 32
    RUNS = 0  # turns
    CPU = 1  # the time of its turns: low 30 bits, high
    LONGEST = 3  # its longest turn
    LATEST = 4  # the longest time from its wake to its turn
    SINCE = 5  # 1 + the time at which it was woken, or its timer was due; or 0
    WITHIN = 6  # its turn is to end within that time from then on; 0: there is no deadline
    MISSED = 7  # turns that ended later


class Stage:
    """How far a request has come: for the trace and the statistics."""

    SENT = 0
    TAKEN = 1
    REPLIED = 2
    DELIVERED = 3


class PolicyOrder:
    """The block of a Policy's order.  An order's block begins with the scheduler's address."""

    COUNT = 4  # half: how many nodes the policy holds
    NODES = 5  # half: how many nodes there are
    HELD = 12  # a byte for each node: 1 while the policy holds it


# In the lists of these two orders a node is its number + 1, and 0 is no node: a test for 0 takes
# half the time of another comparison.


class PriorityOrder:
    """The block of the order of Priorities, in 16-bit words."""

    FIRST = 4  # the first node of each of the 8 priorities
    LAST = 12  # and the last
    TOP = 20  # no node has a higher priority
    NEXT = 20  # the node after each node: that of node 0 stands at NEXT + 1


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
    NODES = 4  # the DeadlineRecord of node 0 stands one record behind this byte


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
