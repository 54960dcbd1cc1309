# needs: time
"""run_until a call that is cancelled where nothing is ready: it ends, with a mailbox or without."""

import check
import tickslot
from tickslot.cores.mailbox_of import mailbox_of


def forever(sched):
    yield tickslot.Event(sched)


def ended(sched):
    """What `run_until` says of a call that the second bell cancels, behind the first burst."""
    rings = []

    def answer():
        rings.append(0)
        if len(rings) == 1:
            sched.ring()
        elif len(rings) == 2:
            call.cancel()

    sched.on_bell(answer)
    sched.spawn(forever(sched))
    call = sched.call_later(60000, print)
    sched.ring()
    try:
        sched.run_until(call)
    except RuntimeError as error:
        return str(error), len(rings)
    return None


plain = tickslot.Scheduler(4)
told = ended(plain)
check.true("has been taken" in told[0] and told[1] >= 2, told)
posted = tickslot.Scheduler(4)
mailbox_of(posted)
check.equal(ended(posted), told)

print("OK")
