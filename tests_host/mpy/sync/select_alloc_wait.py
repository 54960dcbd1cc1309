# also: unfrozen
"""A select that wins by each of its sources in turn, or by none, with no byte allocated."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT


def select(sched, count):
    channel = sched.channel(1)
    event = tickslot.Event(sched)
    semaphore = tickslot.Semaphore(sched, 0)
    choice = sched.select(channel, event, semaphore)

    def waits():
        while True:
            if (yield choice.wait(50)) is not TIMEOUT:
                count[0] += choice.index + 1
                count[0] += choice.source is not None and choice.value is not None

    def feeds():
        while True:
            yield channel.send(count)
            semaphore.release()
            yield
            event.set()
            yield
            event.clear()
            yield
            semaphore.release()
            channel.try_send(count)
            yield
            yield sched.sleep_ms(1)

    return waits(), feeds()


def select_never(sched, count):
    choice = sched.select(sched.channel(1), tickslot.Event(sched),
                          tickslot.Semaphore(sched, 0))
    return check.waits_in_vain(sched, count, choice, choice.wait)


check.operations_allocate_nothing("select", select)
check.operations_allocate_nothing("select_never", select_never, advance=2)
print("OK")
