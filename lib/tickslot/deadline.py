"""A deadline for a whole generator; an operation has its own `timeout_ms`."""

from .values import Cancelled


def timeout(scheduler, ms, generator):
    """`yield from timeout(sched, 20, fetch())`: what fetch returns or raises, or TIMEOUT.

    It runs in a slot of its own; at the deadline it is cancelled, and waited
    for.  SlotsFull: no slot is free.  Alloc: a generator.
    """
    task = scheduler.spawn(generator)
    generation = task.generation
    try:
        return (yield task.join(ms))
    finally:
        if task.generation == generation and task.cancel():
            try:
                yield task.join()
            except Cancelled:
                pass
