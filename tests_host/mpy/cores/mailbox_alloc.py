# needs: threads, time
# also: unfrozen
"""Posts allocate nothing: those that are called, one that finds the mailbox full, a bare ring."""

import check
import tickslot
from tickslot.cores.mailbox_of import mailbox_of

sched = tickslot.Scheduler(6, clock=tickslot.ManualClock())
mailbox = mailbox_of(sched, 2)
count = [0]


def called(argument):
    count[0] += argument


def posts():
    if mailbox.post(called, 1) and mailbox.post(called, 1) and not mailbox.post(called, 1):
        mailbox.post_last(called_last)
        mailbox.ring()


def called_last(_):
    count[0] += mailbox.high_water > 0 and mailbox.refused > 0


check.schedulers_allocate_nothing("posts", (sched,), count, also=posts)
print("OK")
