# also: unfrozen
"""Every operation of an event, hit and miss, with no byte allocated."""

import check
import tickslot


def event(sched, count):
    event = tickslot.Event(sched)

    def waits():
        while True:
            yield event.wait(50)
            yield event
            count[0] += 1

    def sets():
        while True:
            event.set()
            event.set()
            yield
            if event.is_set():
                event.clear()
            yield

    return waits(), waits(), sets()


def event_never(sched, count):
    event = tickslot.Event(sched)
    return check.waits_in_vain(sched, count, event, event.wait)


check.operations_allocate_nothing("event", event)
check.operations_allocate_nothing("event_never", event_never, advance=2)
print("OK")
