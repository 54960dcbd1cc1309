"""Where each word of the blocks in this folder stands: see core/layout.py."""


class TickerBlock:
    """The sleep ticker's 32-bit words."""

    BYTES = 4
    STILL = 0  # 1: the ticker's thread sleeps until its semaphore is given


class CrossBlock:
    """A CrossChannel's 32-bit words; then 4 words for each end (CrossEnd)."""

    FIRST = 0  # the place of the first item
    COUNT = 1
    CAPACITY = 2
    SHUT = 3  # 1: closed
    HIGH = 4  # the high-water mark
    ENDS = 5  # how many ends there are
    WANTED = 6  # what any end waits for: the bits of CrossEnd.WANTS together
    ENDS_BYTE = 32  # where the ends begin


class CrossEnd:
    """An end's 4 words in its channel's block."""

    BITS = 4  # log2 of its bytes
    ADDRESS = 0  # of its scheduler's block, two words
    WANTS = 2  # ITEM and ROOM: what tasks of this end wait for
    ITEM = 1
    ROOM = 2


class CrossHot:
    """Places in a CrossChannel's `hot` list; the `hot` list of an end begins with them."""

    BASE = 0  # the address of the block
    CELLS = 1
    GIVES = 2  # of each end: what gives its scheduler's semaphore
    ENTER = 3
    LEAVE = 4
    EMPTY = 5
    FULL = 6
    CLOSED = 7
    TRUE = 8
    # only an end has these
    NUMBER = 9
    SCHEDULER = 10  # the address of its scheduler's block
    STORE = 11
    QUEUES = 12  # the address of two wait queues: tasks that wait for an item, and for room
    HELD = 13  # the item of a `send` that is not yielded yet


class PoolBlock:
    """A pool's 32-bit words; then its workers, its joiners and its jobs.

    A list of jobs is one word: the halves are its first job, NONE for an empty list, and its last.
    """

    FREE = 0  # a list
    INJECTOR = 1  # a list: jobs from outside
    WORKERS = 2  # how many there are
    SPAWNED = 3
    INJECTED = 4
    STOPPING = 5
    DROPPED = 6  # jobs that `stop` cancelled before they began
    JOINERS_BYTE = 7  # where the joiners begin
    JOBS_BYTE = 8  # where the jobs begin
    JOINERS = 9  # how many there are
    WORKERS_BYTE = 40  # where the workers begin


class PoolWorker:
    """A worker's 16 words in its pool's block."""

    BYTES = 64
    BITS = 6  # log2 of BYTES
    LOCAL = 0  # a list: jobs that others may steal
    PINNED = 1  # a list: jobs for this worker alone
    LENGTH = 2  # of the local list
    ADDRESS = 3  # of its scheduler's block, two words
    IDLE = 5  # 1: it found no job, and must be rung when there is one
    TURNS = 6  # jobs begun since the injector came first
    STOLEN = 7  # jobs that it took from other workers
    PARKED = 8  # how often it found no job
    RAN = 9  # jobs that ended here
    ENDED = 6  # jobs that ended here in one state: word ENDED + FAILED, ENDED + CANCELLED


class PoolJoiner:
    """A joiner's 4 words in its pool's block."""

    BITS = 4  # log2 of its bytes
    ENDED = 0  # a list: the jobs that are joined here and have ended
    ADDRESS = 1  # of its scheduler's block, two words


class JobRecord:
    """A job's four halves in its pool's block."""

    BITS = 3  # log2 of its bytes
    NEXT = 0  # the next job of the list that it is in, or NONE
    WAITER = 1  # a wait queue: the task that joins it
    STATE = 2
    JOINER = 3  # the number of the joiner that waits for its end, or NONE


class JobState:
    """A job's states. From RETURNED on it has ended."""

    QUEUED = 1
    RUNS = 2
    RETURNED = 3
    FAILED = 4
    CANCELLED = 5


class PoolHot:
    """Places in a pool's `hot` list."""

    BASE = 0  # the address of the block
    ENTER = 1
    LEAVE = 2
    GIVES = 3  # of each worker: what gives its scheduler's semaphore
    THINGS = 4  # of each job: what it is to run
    ARGUMENTS = 5
    HANDLES = 6
    IDENTS = 7  # of each worker: its thread's number
    IDENT = 8  # the function that gives a thread's number
    JOINERS = 9
    JOINER_SCHEDULERS = 10
    JOINER_GIVES = 11
    NONE = 12
