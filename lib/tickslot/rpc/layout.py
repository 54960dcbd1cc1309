"""The memory that a service and its clients share: see protocol.py for who owns what when."""


class ServiceBlock:
    """32-bit words, then 16 bytes for each client (ClientPart), then the requests."""

    FREE_LIST = 0  # the first half: the first free request
    INCOMING = 1  # halves: the first and the last request that waits for the service
    HELD = 2  # requests between steps 1 and 3
    LIMIT = 3  # of HELD
    STATE = 4  # 1: the service runs
    HIGH = 5  # the most that were held
    SCHEDULER = 6  # the address of the service's scheduler, low and high
    ACCEPTED = 8  # step 1 so far; this and the next seven are modulo 2**30
    REPLIES = 9  # by outcome: seven words
    IN_HAND = 16  # the request whose handler runs, or NONE
    WATCHED = 17  # 1: it has statistics
    METHODS = 18  # the length of the handlers' table
    OVERFLOW = 19  # what becomes of a request that finds it full: an index of OVERFLOWS
    WANTED = 20  # 1: WANTS of some client is 1
    REQUESTS = 21  # the address of the first request, low and high
    KINDS = 23  # the address of the table of the handlers' kinds, low and high
    SHARED = 25  # 1: with another thread, so that the lock is needed
    PENDING = 26  # halves: the first and the last request that waits to be taken by a task
    TAKERS = 27  # a half: the first node that waits in `take`
    CLIENTS_BYTE = 112


class ClientPart:
    """A client's 16 bytes in the service's block."""

    DONE_FIRST = 0  # half: the first of its requests that are DONE
    DONE_LAST = 1  # half
    SCHEDULER = 1  # the address of its scheduler, low and high
    WANTS = 3  # 1: it is to be rung when there is room


class Request:
    """A request's 16 bytes."""

    # in halves
    WAITER = 0  # the node that waits for the reply; YET; NONE: it has left. The client's thread
    LINK = 1  # the next request in whichever list it is in. Its owner
    STATE_AND_KIND = 2
    GENERATION = 3  # 14 bits, one more each time that it is freed. Step 4
    METHOD_AND_CLIENT = 4
    # in bytes
    STATE = 4  # FREE, ASKED or DONE. With the steps
    KIND = 5  # one of Kind. The client's thread
    METHOD = 8  # step 1
    CLIENT = 9  # its number. Step 1
    OUTCOME = 10  # an index of REASONS. Step 3
    IN_TASK = 11  # 1: a generator handles it. The service's thread
    # in words
    STARTED = 3  # for statistics.py. Step 1
    # states
    FREE = 0
    ASKED = 1
    DONE = 2
    YET = 0xFFFE  # WAITER: the task has still to yield the call


class Kind:
    """What a request's reply is for."""

    CALL = 0  # a task waits
    POST = 1  # nobody does
    CALLBACK = 2  # a function is called with the reply
    FORWARD = 3  # the reply is passed on
    ABANDONED = 4  # it was a callback: dropped, and counted as late


class Outcome:
    """Indices of REASONS."""

    OK = 0
    UNKNOWN_METHOD = 1
    STOPPED = 2
    FULL = 3
    CANCELLED = 4
    RAISED = 5
    REJECTED = 6


class Overflow:
    """Indices of OVERFLOWS."""

    REJECT = 0
    BLOCK = 1
    DROP_OLDEST = 2


SPAWN_METHOD = 255  # the method of a function that a client brings
