"""The text of a Deadlock: what each task waits for."""

from .layout import Block, Slot
from .wait_queue import queue_of


def waits_of(scheduler):
    """What each live task and call of the scheduler waits for, in a sentence.  Alloc: the text."""
    parts = []
    for node in range(scheduler.nodes):
        task = scheduler.task_of(node)
        if task is not None:
            name = task.name or "#%d" % node
            parts.append(
                "%s waits for %s" % (name, _thing(scheduler, queue_of(scheduler.address, node)))
            )
    return "nothing can wake a task any more: " + "; ".join(parts)


def _thing(scheduler, queue):
    for thing in scheduler._things:
        what = thing.waits(queue)
        if what is not None:
            return what
    other = (queue - scheduler.address - Block.SLOTS - Slot.JOINER_BYTE) // Slot.BYTES
    if 0 <= other < scheduler.nodes:
        return "the end of %r" % scheduler.task_of(other)
    return "something unknown"
