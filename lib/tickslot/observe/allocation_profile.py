"""Which task allocates how many bytes a resume: to be asked before a program is sealed."""

import gc

from ..core.block import get_word
from ..core.layout import ObserverBlock, Watched
from .observer import observer_of


class AllocationProfile:
    """Measures each resume of each task, from now on, with the collector off in between.

    It costs several times what a switch does, and keeps names: a tool for the
    desk.  What a task frees in the same resume does not count.

    Context: boot.  Alloc: for each name that it meets.
    """

    def __init__(self, scheduler):
        if not hasattr(gc, "mem_alloc"):
            raise RuntimeError("gc.mem_alloc is MicroPython's: run it there")
        self._scheduler = scheduler
        self.tasks = {}  # name: [resumes, resumes that allocated, bytes, most in one]
        self._observer = observer = observer_of(scheduler)
        self._run_ready = observer.run_ready
        observer.run_ready = self._measured
        observer.flag(Watched.PROFILE)
        self._run = scheduler.run
        scheduler.run = self.run

    def run(self, sealed=False):
        """`Scheduler.run`, never sealed: else the first allocation would end its task."""
        self._run()

    def report(self, out=print):
        """Print a line for each name, those that allocate the most first."""
        out("%-16s %8s %10s %10s %8s %8s" % (
            "task", "resumes", "allocated", "bytes", "a resume", "at most"))
        rows = [(row[2], name, row) for name, row in self.tasks.items()]
        for _, name, row in sorted(rows, key=lambda each: -each[0]):
            out("%-16s %8d %10d %10d %8.1f %8d" % (
                name, row[0], row[1], row[2], row[2] / row[0], row[3]))

    def _measured(self, a, limit, store, constants):
        """A burst of one resume, measured."""
        scheduler = self._scheduler
        switches = scheduler.switches
        # beforehand: the one that has the turn may end in it
        tasks = [scheduler.task_of(node) for node in range(scheduler.nodes)]
        if gc.mem_free() < gc.mem_alloc() // 4:
            gc.collect()
        gc.disable()
        try:
            before = gc.mem_alloc()
            why = self._run_ready(a, 1, store, constants)
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
        if name not in self.tasks:
            self.tasks[name] = [0, 0, 0, 0]
        return self.tasks[name]
