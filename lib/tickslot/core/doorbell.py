"""The doorbell: how another thread wakes a scheduler, and the one lock that all schedulers share.

Guarantees
 * No wake is lost. What was sent before the scheduler sleeps is handled without a sleep; what is
   sent later ends the sleep.
 * A scheduler that sleeps uses no CPU, and its thread does not hold the interpreter's lock.
 * A sender allocates nothing, and waits only for the short sections under the lock.

Two words of a scheduler's header, and who writes them:

    BELL    1: there is work for the scheduler. A sender writes 1 under the lock, a hard
            interrupt without the lock. The scheduler writes 0.
    ASLEEP  1: the scheduler waits for its semaphore, or is about to. Written under the lock only.

    sender     1 put the item   2 BELL = 1   3 if ASLEEP: ASLEEP = 0, and give the semaphore
    scheduler  4 if BELL: go to 6, else ASLEEP = 1   5 take the semaphore: wait   6 BELL = 0
               7 handle the items

Steps 1 to 3 are one section under the lock, and so is step 4; step 6 comes before step 7. So
step 4 sees what was sent before it, and a sender after step 4 sees ASLEEP. Exactly one sender
sets ASLEEP back to 0, and gives the semaphore once, after its section. The semaphore is a lock
that the scheduler holds while it is awake. tests_host/test_wake_model.py tries every order of these
steps, and shows that wrong protocols fail.

cores/lock_mailbox.py does steps 4 and 5. On rp2 ASLEEP stays 0: see cores/event_mailbox.py.

Memory order. All words that two threads write are written under the lock. Its acquire and release
order them on every machine, ARM64 included. Two accesses are outside of the lock:
 * A busy scheduler reads BELL. An old 0 delays the items until its next read, or until step 4.
 * Step 6. Step 7 must read the items after it. Where a core may reorder the two
   (MailboxBlock.FENCED), the scheduler takes and releases the lock between them.
RP2040: its cores do not reorder at all. RP2350: the M33 may buffer a store, and the barrier in
`release` flushes it. x86-64: locked instructions are full barriers. ESP32: one core runs Python,
one thread at a time.
"""

from .inline import address_at
from .layout import Header
from .on_cpython import inline, micropython, ptr32

try:
    import _thread
except ImportError:
    _thread = None


def new_lock():
    """Make a lock of the port.  RuntimeError: the port has no threads.  Alloc: boot only."""
    if _thread is None:
        raise RuntimeError("this port has no threads: use one scheduler, without workers")
    return _thread.allocate_lock()


@micropython.viper
def no_lock():
    """Used as `acquire`, `release` or `give` where there is nothing to lock or to give."""


# One lock for all that threads share: mailboxes, rings of CrossChannels, queues of pools, requests.
# Its sections write a few words and call no bytecode. With one lock a reply, which also rings,
# needs one section and not two.
lock = new_lock() if _thread else None
enter = lock.acquire if lock else no_lock
leave = lock.release if lock else no_lock


@inline
def ring_bell(header):
    """Steps 2 and 3, under the lock: 1 if the caller must give the semaphore after its section."""
    header[Header.BELL] = 1
    asleep = int(header[Header.ASLEEP])
    header[Header.ASLEEP] = 0
    return asleep


@micropython.viper
def ring_at(place: int) -> int:
    """Ring the scheduler whose address stands in the two words at `place`: see `ring_bell`.

    Context: under the lock.  Alloc: 0.
    """
    words = ptr32(place)
    header = ptr32(address_at(words, 0))
    return ring_bell(header)
