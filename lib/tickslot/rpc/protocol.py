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

from ..core.channel import BLOCK, DROP_OLDEST
from ..core.on_cpython import const
from ..core.outcomes import FULL, REJECTED, TIMEOUT, Value


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


# kinds

# the block's words

# a client's 16 bytes: halves, the first and last of its requests that are DONE; then words

OVERFLOWS = ("reject", BLOCK, DROP_OLDEST)


def is_reason(reply):
    """Whether a reply says why there is no result: `reply is STOPPED`, and so on.  Alloc: 0."""
    return reply is TIMEOUT or (isinstance(reply, Value) and reply in REASONS)
