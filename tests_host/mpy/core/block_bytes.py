"""Bytes of a task slot, a call slot, a scheduler and a channel: what a boot costs.

A slot is a record of 32 bytes in the state block, its places in the ready ring and in the lists
of values, runners and handles, its handle, and its permanent generator.  What a user spawns comes
on top: its generator is the user's own.
"""

import check
import gc
import sys
import tickslot

WIDE = sys.maxsize > 1 << 32

# the most that each may take, in bytes, by the width of a word
SLOT = 416 if WIDE else 240
CALL = 464 if WIDE else 272
REST = 12288 if WIDE else 6144
CHANNEL = 704 if WIDE else 448
if not tickslot.core.block.addresses_are_small():  # those that it keeps are objects
    CHANNEL += 32


def clock():
    return 0


def allocated(make, argument):
    gc.collect()
    before = gc.mem_alloc()
    kept = make(argument)
    gc.collect()
    used = gc.mem_alloc() - before
    return used, kept


def scheduler(slots):
    return tickslot.Scheduler(slots, clock=clock, calls=0, handles=1)


def with_calls(calls):
    return tickslot.Scheduler(1, clock=clock, calls=calls, handles=1)


def channels(count):
    sched = scheduler(1)
    return [sched.channel(4) for _ in range(count)]


def each(make, few, many):
    """Bytes that one more of them takes, rounded up."""
    for count in (few, many):
        allocated(make, count)  # what the first time makes for good
    less = allocated(make, few)[0]
    more = allocated(make, many)[0]
    return -((less - more) // (many - few))


slot = each(scheduler, 15, 63)
call = each(with_calls, 15, 63)
channel = each(channels, 4, 20)
rest = allocated(scheduler, 1)[0] - slot
print("bytes: a task slot %d, a call slot %d, a channel of 4 %d, the rest %d"
      % (slot, call, channel, rest))
check.true(32 < slot <= SLOT, "a task slot takes %d bytes, not %d or less" % (slot, SLOT))
check.true(32 < call <= CALL, "a call slot takes %d bytes, not %d or less" % (call, CALL))
check.true(32 < channel <= CHANNEL, "a channel takes %d bytes" % channel)
check.true(rest <= REST, "a scheduler takes %d bytes besides, not %d or less" % (rest, REST))
print("OK")
