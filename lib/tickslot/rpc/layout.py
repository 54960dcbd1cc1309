"""The memory that a service and its clients share, and each client's own.

protocol.py says who owns a request between which steps, and so who may write its record.  The end
of a comment says who writes a field, or in which step.  A word that two threads write is written
under the lock.
"""

SPAWN_METHOD = 255  # the method of `Client.spawn`, which brings its own function
OUT_OF_RANGE = 254  # what a method below 0 or above 255 is sent as


class ServiceBlock:
    """The service's block: its words, then a part for each client, then the requests' records."""

    # in 16-bit words: the first and the last request of each list
    FIRST_FREE = 0  # this list is used as a stack, and has no last
    FIRST_INCOMING = 2  # requests that wait for the service
    LAST_INCOMING = 3
    FIRST_PENDING = 52  # requests that wait for a task to take them. The service's thread alone
    LAST_PENDING = 53
    TAKERS = 54  # a wait queue: the first node that waits in `take`. The service's thread alone
    # in 32-bit words
    HELD = 2  # requests between steps 1 and 3
    LIMIT = 3  # the most that HELD may be
    STATE = 4  # 1: the service runs
    HIGH = 5  # the most that HELD was
    SCHEDULER = 6  # the address of the service's scheduler, low and high
    ACCEPTED = 8  # times that step 1 was done
    REPLIES = 9  # times that step 3 was done, by Outcome: seven words
    IN_HAND = 16  # the request whose handler runs, or NONE. The service's thread alone
    WATCHED = 17  # 1: the service has statistics
    METHODS = 18  # the length of the handlers' table
    OVERFLOW = 19  # one of Overflow
    WANTED = 20  # 1: ClientPart.WANTS of a client is 1
    RECORDS = 21  # the address of the first record, low and high
    KINDS = 23  # the address of the table of the handlers' kinds, low and high
    SHARED = 25  # 1: two threads use the service, so that the lock is needed
    # in bytes
    CLIENTS = 112  # here the clients' parts begin


class ClientPart:
    """A client's 16 bytes in the service's block."""

    BITS = 4  # log2 of its bytes
    FIRST_DONE = 0  # half: the first of the client's requests that are DONE
    LAST_DONE = 1  # half
    SCHEDULER = 1  # the address of its scheduler, low and high
    WANTS = 3  # 1: the client's scheduler is to be rung when there is room


class Request:
    """A request's record of 16 bytes."""

    BITS = 4  # log2 of its bytes
    # in 16-bit words
    WAITER = 0  # the node that waits for the reply; YET; NONE: the task has left. Client's thread
    LINK = 1  # the next request in whichever list this one is in. Its owner
    STATE_AND_KIND = 2
    GENERATION = 3  # 14 bits: one more each time that it is freed. Step 4
    METHOD_AND_CLIENT = 4
    # in bytes
    STATE = 4  # FREE, ASKED or DONE. Steps 1, 3 and 4
    KIND = 5  # one of Kind. Client's thread
    METHOD = 8  # step 1
    CLIENT = 9  # the client's number. Step 1
    OUTCOME = 10  # one of Outcome. Step 3
    IN_TASK = 11  # 1: a generator handles it. Service's thread
    # in 32-bit words
    STARTED = 3  # a time, for statistics.py. Step 1
    # values of STATE
    FREE = 0
    ASKED = 1
    DONE = 2
    # a value of WAITER
    YET = 0xFFFE  # the task has not yielded the call yet


class Ticket:
    """A small int that stands for one request: its number; and its generation, from bit 14 on."""

    BITS = 14
    MASK = 0x3FFF


class Kind:
    """What the reply to a request is for."""

    CALL = 0  # a task waits for it
    POST = 1  # nobody waits
    CALLBACK = 2  # a function is called with it
    FORWARD = 3  # another service passes it on to its own caller
    ABANDONED = 4  # the client gave up a callback: the reply is dropped, and counted as late


class Outcome:
    """How a request ended: an index of protocol.REASONS."""

    OK = 0
    UNKNOWN_METHOD = 1
    STOPPED = 2
    FULL = 3
    CANCELLED = 4
    RAISED = 5
    REJECTED = 6


class Overflow:
    """What happens to a request that finds the service full: an index of protocol.OVERFLOWS."""

    REJECT = 0
    BLOCK = 1
    DROP_OLDEST = 2


class Handler:
    """Kinds of handlers, a byte for each method."""

    PLAIN = 0  # a function that is no generator function
    SLOW = 1  # a generator function, or an object that may return a generator
    TAKEN = 2  # none: tasks take the requests
    MISSING = 3


class ClientBlock:
    """A client's own block, in 32-bit words.  Its thread alone reads and writes them."""

    KIND = 0  # of the request that is being made: one of Kind
    LATE = 1  # replies that came when their caller had left
    RID = 2  # the request that was made last; NONE: its reply is in the box; YIELDED; NO_ROOM
    GENERATION = 3  # of that request
    FIRST_CALL = 4  # the first and the last request that `Replies._deliver` is to deliver
    LAST_CALL = 5
    ROOM = 6  # a wait queue: the first node that waits for room
    METHOD = 7  # the method of the call that is to wait for room
    NEAR = 8  # the request whose handler a near call runs (near.py), or NONE
    REFUSALS = 9  # requests that found the service full or stopped
    NUMBER = 10  # the client's number
    # addresses, low and high
    SERVICE = 11  # of the service's block
    PART = 13  # of the client's part of that block
    RECORDS = 15  # of the first record
    KINDS = 17  # of the table of the handlers' kinds
    SCHEDULER = 19  # of the block of the client's scheduler
    BYTES = 84
    # values of RID
    YIELDED = 0xFFFE  # the call was yielded
    NO_ROOM = 0xFFFD  # the call is to wait for room, and its argument is in the box


class Box:
    """Places in a client's box, a list of four objects."""

    REPLY = 0  # the reply to the call that was made last, if it is known already
    EXTRA = 1  # the second cell of the request that is being made
    ANSWER = 2  # the reply to `ask`, or EMPTY
    OWNER = 3  # the service that forwards its requests through this client
