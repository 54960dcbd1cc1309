# also: unfrozen
"""Every operation of a watch and its readers, hit and miss, with no byte allocated."""

import check
import tickslot


def watch(sched, count):
    watch = tickslot.Watch(sched)
    readers = watch.reader(), watch.reader()

    def reads(reader):
        while True:
            yield reader
            count[0] += 1

    def sets():
        while True:
            watch.set(count)
            yield
            watch.set(sched)
            watch.set(count)
            yield

    return reads(readers[0]), reads(readers[1]), sets()


def watch_never(sched, count):
    reader = tickslot.Watch(sched).reader()
    return check.waits_in_vain(sched, count, reader, reader.changed)


check.operations_allocate_nothing("watch", watch)
check.operations_allocate_nothing("watch_never", watch_never, advance=2)
print("OK")
