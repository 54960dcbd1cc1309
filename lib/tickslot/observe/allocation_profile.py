"""Counts the bytes that each task allocates in a turn.  Use it before you seal a program."""

import gc

from ..core.block import get_word
from ..core.layout import ObserverBlock, Watched
from ..core.on_cpython import micropython
from .observer import observer_of


class AllocationProfile:
    """Measures each turn (a resume) of each task, from now on, with the collector off in it.

    A measured turn takes several times longer, and names are stored: use it for development only.
    What a task frees in the same turn does not count.  In a sealed run the heap is unlocked for
    each turn: else the first allocation would end the task.
    RuntimeError: there is no `gc.mem_alloc`.  Context: boot.  Alloc: for each name that is new.
    """

    def __init__(self, scheduler):
        if not hasattr(gc, "mem_alloc"):
            raise RuntimeError("gc.mem_alloc is MicroPython's: run it there")
        self._scheduler = scheduler
        self.tasks = {}  # name: [turns, turns that allocated, bytes, most bytes in one turn]
        self._observer = observer = observer_of(scheduler)
        observer.loop = self._run_ready
        observer.flag(Watched.PROFILE)

    def report(self, out=print):
        """Print a line for each name, those that allocate the most first."""
        heads = "task", "resumes", "allocating", "bytes", "bytes/resume", "most bytes"
        out("%-16s %8s %10s %10s %12s %10s" % heads)
        for name, row in sorted(self.tasks.items(), key=lambda item: -item[1][2]):
            values = name, row[0], row[1], row[2], row[2] / row[0], row[3]
            out("%-16s %8d %10d %10d %12.1f %10d" % values)

    def _run_ready(self, header, limit, store, constants):
        """Run the observed run loop for one turn, and measure it."""
        scheduler = self._scheduler
        sealed = scheduler._sealed
        if sealed:
            scheduler._sealed = False
            micropython.heap_unlock()
        try:
            return self._measured(header, store, constants)
        finally:
            if sealed:
                micropython.heap_lock()
                scheduler._sealed = True

    def _measured(self, header, store, constants):
        scheduler = self._scheduler
        switches = scheduler.switches
        # before the turn: a task that ends in it has no slot afterwards
        tasks = [scheduler.task_of(node) for node in range(scheduler.nodes)]
        if gc.mem_free() < gc.mem_alloc() // 4:
            gc.collect()
        gc.disable()
        try:
            before = gc.mem_alloc()
            why = self._observer.run_ready(header, 1, store, constants)
            used = gc.mem_alloc() - before
        finally:
            gc.enable()
        if scheduler.switches != switches:
            row = self._row(tasks, get_word(self._observer.at, ObserverBlock.RAN))
            row[0] += 1
            if used > 0:
                row[1] += 1
                row[2] += used
                row[3] = max(row[3], used)
        return why

    def _row(self, tasks, node):
        task = tasks[node]
        name = "#%d" % node if task is None or task.name is None else task.name
        return self.tasks.setdefault(name, [0, 0, 0, 0])
