"""Requests: what a client and a service share, and the reasons a request can end with.

The service makes a pool of requests.  A request is a record of 16 bytes and two cells, which hold
references: 24 bytes on a 32-bit board.

    FREE --1 client: take, fill, queue--> ASKED --2 service: take--> IN HAND
    IN HAND --3 service: reply, queue--> DONE --4 client: deliver, free--> FREE

Who owns a request and its two cells, and may write them:

    FREE, ASKED   whoever has the lock
    IN HAND       whoever took it: the service's thread, or a client's thread in `drop_oldest`
    DONE          the client's thread

Each step is a section under the lock.  So the next owner sees what the last one wrote.  IN HAND is
no value of STATE, which stays ASKED until step 3.  Two fields of a record belong to the client from
step 1 to step 4: WAITER and KIND.  The client changes KIND when it gives up the request.  The
service's thread reads both before it handles the request.  If the task that asked has left, by its
deadline or by a cancel, WAITER is NONE, and it stays NONE.

Cell 0 holds the argument, later the result.  Cell 1 holds the callback, the forwarded ticket, or
the function to run.  layout.py says where each word is and who writes it.  inline.py has the parts
of the steps.
"""

from ..core.channel import BLOCK, DROP_OLDEST
from ..core.outcomes import FULL, REJECTED, Value

UNKNOWN_METHOD = Value("UNKNOWN_METHOD")  # the service has no handler for that number
STOPPED = Value("STOPPED")  # the service does not run
# The caller left before a handler began, or the task that handled the request was cancelled.
CANCELLED = Value("CANCELLED")
RAISED = Value("RAISED")  # the handler raised
LATER = Value("LATER")  # a handler returns this when it replies later

# Why a request ended, by Outcome.  TIMEOUT is not here: the caller alone knows of its deadline, and
# its client counts the late reply.
REASONS = (None, UNKNOWN_METHOD, STOPPED, FULL, CANCELLED, RAISED, REJECTED)

OVERFLOWS = ("reject", BLOCK, DROP_OLDEST)  # by Overflow
