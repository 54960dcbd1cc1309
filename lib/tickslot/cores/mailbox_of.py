"""Which mailbox a scheduler gets on this port."""

from . import port

if port.event_wait is None:
    from .lock_mailbox import LockMailbox as PortMailbox
else:
    from .event_mailbox import EventMailbox as PortMailbox  # type: ignore[assignment]


def mailbox_of(scheduler, capacity=8):
    """The scheduler's mailbox, made if it has none yet.  Context: boot.  Alloc: boot only."""
    mailbox = scheduler.mailbox
    return PortMailbox(scheduler, capacity) if mailbox is None else mailbox
