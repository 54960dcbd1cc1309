"""A deadline for a whole generator; an operation has its own `timeout_ms`."""

from ..core.outcomes import Cancelled
from ..core.task import TAKEN


def timeout(scheduler, ms, generator):
    """`yield from timeout(sched, 20, fetch())`: what fetch returns or raises, or TIMEOUT.

    It runs in a slot of its own; at the deadline, or when the caller is
    cancelled, it is cancelled, and waited for.  SlotsFull: no slot is free.
    Alloc: a generator.
    """
    task = scheduler.spawn(generator)
    generation = task.generation
    try:
        return (yield task.join(ms))
    finally:
        cancelled = None
        try:
            if task.generation == generation:
                task.cancel()
            while task.generation == generation and not task.done():
                try:
                    yield task.join()
                except Cancelled as error:
                    if task._node != TAKEN:  # the caller's own
                        cancelled = error
        finally:
            if cancelled is not None:
                raise cancelled
