"""Requests: what a client and a service share, and the reasons a request can end with.

Requests come from a pool that the service makes, 16 bytes and two references
each: 24 bytes on a 32-bit board.

    FREE --1 client: take, fill, queue--> ASKED --2 service: take--> IN HAND
    IN HAND --3 service: reply, queue--> DONE --4 client: deliver--> FREE

Who owns a request, and its two cells, between the steps: nobody, under the lock
(FREE); the service's thread (ASKED, IN HAND); the client's thread (DONE).  Each
step is a section under the lock, so that what its owner wrote is seen by the
next one.  Between 1 and 4 the client's thread alone writes two bytes more of
it: the first node that waits, and the kind, when it gives the request up.  The
service's thread reads them before it handles the request: a waiter that is NONE,
because the task that asked has left by its deadline or a cancel, stays NONE.

A request, with who writes what:

    0  waiter      the node that waits for the reply; YET: it   client's thread
                   is still to yield; NONE: it has left
    2  link        the next in whichever list it is in          its owner
    4  state       FREE, ASKED (in hand too), DONE              with the steps
    5  kind        what the reply is for, see below             client's thread
    6  generation  14 bits, one more each time it is freed      step 4
    8  method      9  client's number                           step 1
    10 outcome     an index of REASONS, 0 for a result          step 3
    11 in a task   1: a generator handles it                    service's thread
    12 started     for statistics.py                            step 1

Its cells: the argument, then the result; the callback, the ticket that is
forwarded, or the function to be run.

The service's block: words, then 16 bytes a client, then the requests.
"""

try:
    from micropython import const
except ImportError:
    from .plain import const

from .channel import BLOCK, DROP_OLDEST
from .values import FULL, REJECTED, TIMEOUT, Value

UNKNOWN_METHOD = Value("UNKNOWN_METHOD")  # the service has no handler of that number
STOPPED = Value("STOPPED")  # the service does not run
CANCELLED = Value("CANCELLED")  # its caller left before it was handled, or its task was cancelled
RAISED = Value("RAISED")  # the handler raised
LATER = Value("LATER")  # what a handler returns that replies later

# Why a request ended; TIMEOUT is the caller's own affair, and its late reply is counted there.
REASONS = (None, UNKNOWN_METHOD, STOPPED, FULL, CANCELLED, RAISED, REJECTED)

# Who uses one of the constants repeats it: a name with an underscore is inlined within its own
# file, and takes no flash; one without is looked up each time.  tests_host/test_constants.py holds
# them equal.

# outcomes: indices of REASONS
_OK = const(0)
_OF_UNKNOWN_METHOD = const(1)
_OF_STOPPED = const(2)
_OF_FULL = const(3)
_OF_CANCELLED = const(4)
_OF_RAISED = const(5)
_OF_REJECTED = const(6)

_FREE = const(0)
_ASKED = const(1)
_DONE = const(2)

# kinds
_CALL = const(0)  # a task waits
_POST = const(1)  # nobody does
_CALLBACK = const(2)  # a function is called with the reply
_FORWARD = const(3)  # the reply is given on
_GIVEN_UP = const(4)  # it was a callback: dropped, and counted as late

# the block's words
_FREE_LIST = const(0)  # the first half: the first free request
_INCOMING = const(1)  # halves: first and last that waits for the service
_HELD = const(2)  # requests between steps 1 and 3
_LIMIT = const(3)  # of HELD
_STATE = const(4)  # 1: the service runs
_HIGH = const(5)  # the most that were held
_AT = const(6)  # the address of the service's scheduler, low and high word
_ACCEPTED = const(8)  # step 1 so far; this and the next seven modulo 2**30
_REPLIES = const(9)  # by outcome: seven words
_HAND = const(16)  # the request whose handler runs, or NONE
_WATCHED = const(17)  # 1: it has statistics
_METHODS = const(18)  # length of the handlers' table
_OVERFLOW = const(19)  # what becomes of a request that finds it full: an index of OVERFLOWS
_WANTED = const(20)  # 1: some client's WANTS is 1
_RECORDS = const(21)  # the address of the first request, low and high
_KINDS = const(23)  # and of the table of the handlers' kinds
_SHARED = const(25)  # 1: with another thread, so that the lock is one
_PENDING = const(26)  # halves: first and last that waits to be taken by a task
_TAKERS = const(27)  # a half: the first node that waits in `take`
_CLIENTS_AT = const(112)

# a client's 16 bytes: halves, the first and last of its requests that are DONE; then words
_CLIENT_AT = const(1)  # the address of its scheduler, low and high
_WANTS = const(3)  # 1: it is to be rung when there is room

_YET = const(0xFFFE)
OVERFLOWS = ("reject", BLOCK, DROP_OLDEST)
_OF_BLOCK = const(1)
_SPAWN = const(255)  # the method of a function that a client brings
_NONE = const(0xFFFF)


def is_reason(reply):
    """Whether a reply says why there is no result: `reply is STOPPED`, and so on.  Alloc: 0."""
    return reply is TIMEOUT or (isinstance(reply, Value) and reply in REASONS)
