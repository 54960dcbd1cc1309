# needs: time
"""A scheduler has one mailbox, of the kind and the capacity that its first `mailbox_of` made."""

import check
import sys
import tickslot
from tickslot.cores.mailbox_of import mailbox_of

sched = tickslot.Scheduler(2)
check.same(sched.mailbox, None)
mailbox = mailbox_of(sched, 2)
check.equal(type(mailbox).__name__, "EventMailbox" if sys.platform == "rp2" else "LockMailbox")
check.same(sched.mailbox, mailbox)
check.same(mailbox_of(sched, 5), mailbox)
called = []
check.equal([bool(mailbox.post(called.append, i)) for i in range(3)], [True, True, False])
while len(called) < 2:
    sched.poll_once()
check.equal((called, mailbox.refused), ([0, 1], 1))
check.true(mailbox_of(tickslot.Scheduler(2)) is not mailbox, "another scheduler has its own")
print("OK")
