# also: unfrozen
"""Every operation of a priority channel, hit and miss, with no byte allocated."""

import check
import tickslot


def priority_channel(sched, count):
    channel = tickslot.PriorityChannel(sched, 2)

    def sends(priority):
        while True:
            yield channel.send(count, priority, 50)
            yield channel.send(count)
            channel.try_send(count, 3)

    def receives():
        while True:
            yield channel.recv(50)
            yield channel
            channel.try_recv()
            count[0] += 1

    return sends(7), sends(0), receives()


def priority_channel_never(sched, count):
    channel = tickslot.PriorityChannel(sched, 1)
    return check.waits_in_vain(sched, count, channel, channel.recv)


def priority_channel_full(sched, count):
    channel = tickslot.PriorityChannel(sched, 1)
    channel.try_send(1)
    return check.waits_in_vain(sched, count, channel, lambda ms: channel.send(count, 3, ms))


check.operations_allocate_nothing("priority_channel", priority_channel)
check.operations_allocate_nothing("priority_channel_never", priority_channel_never, advance=2)
check.operations_allocate_nothing("priority_channel_full", priority_channel_full, advance=2)
print("OK")
