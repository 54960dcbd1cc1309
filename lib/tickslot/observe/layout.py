"""The observer's block, the records of a trace, and what is counted for each node."""


class ObserverBlock:
    """32-bit words; the scheduler's thread alone writes them, unless it says otherwise."""

    FLAGS = 0  # of Watched
    CLOCK = 1  # 0: the scheduler's clock, as of its last look; 1: call it; else a counter's address
    NEXT = 2  # the place of the next record
    PLACES = 3
    LAPS = 4  # how often NEXT came to the end of them
    RECORDS = 5  # the address of the first record, low and high
    METRICS = 7  # the address of node 0's numbers, low and high
    SEEN_TAIL = 9  # the ready ring is known up to here; NONE: not known
    HIGH = 10  # the most tasks and calls that lived at a time
    IDLE_US = 11  # low 30 bits, high
    BUSY_US = 13  # low 30 bits, high
    MARK_VALUE = 15  # `mark` alone writes this, on any thread
    MARKS = 16  # and this: how many marks were made
    MARKS_SEEN = 17
    LEFT = 18  # the time at which the run loop was left
    AWAY = 19  # 1: it was left because nothing was ready
    ORDERED = 20  # 1: an order is asked for the next node; 2: and told when the run loop is left
    WRAP = 21  # where this clock wraps, less 1
    SPAWNED = 22  # 1: tasks were spawned that the hooks have not been told of
    RAN = 25  # the node that had the last turn, or NONE
    TURN_END = 26  # when the turn ended that woke somebody
    MARKS_LOST = 27
    SCHEDULER = 28  # the address of the scheduler's block, low and high
    TIME = 30  # what `observe_tick` is given, and gives: an argument would be made an object
    BYTES = 124


class Watched:
    """FLAGS: what the observer does after each turn."""

    TRACE = 1
    METRICS = 2
    HOOKS = 4
    PROFILE = 8  # nothing in the run loop: see allocation_profile.py


class Record:
    """A trace record: time; kind | node << 4 | other node << 18; what."""

    BYTES = 12
    NO_NODE = 0x3FFF
    END_OF = 1 << 29  # `what`: a task waits for the end of the task with this node
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
    """What Metrics counts for each node, in 32-bit words."""

    BITS = 5  # log2 of the bytes
    RUNS = 0
    CPU = 1  # low 30 bits, high
    LONGEST = 3
    LATEST = 4
    SINCE = 5  # 1 + the time at which it was woken, or its timer was due; or 0
    WITHIN = 6  # its turn is to end within that time from then on; 0: whenever
    MISSED = 7


class Stage:
    """How far a request has come: for the trace and the statistics."""

    SENT = 0
    TAKEN = 1
    REPLIED = 2
    DELIVERED = 3
