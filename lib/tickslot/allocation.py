"""Which task allocates how many bytes a resume: to be asked before a program is sealed."""

import gc

from .burst import IDLE, LOOK, burst
from .slot import NONE, get_half, get_word

_HEAD = 6  # the scheduler's block: see slot.py
_RING = 9
_TAIL = 7


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
        if scheduler.policy is None:
            scheduler._burst = self._measured
        else:
            scheduler.policy.step = self._measured
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

    def _measured(self, a, limit, runners, store, constants):
        """A burst of one resume, measured."""
        scheduler = self._scheduler
        address = scheduler.address
        head = get_word(address, _HEAD)
        node = NONE
        if head != get_word(address, _TAIL):
            node = get_half(address + get_word(address, _RING), head)
        row = self._row(node)
        switches = scheduler.switches
        if gc.mem_free() < gc.mem_alloc() // 4:
            gc.collect()
        gc.disable()
        try:
            before = gc.mem_alloc()
            why = burst(a, 1, runners, store, constants)
            used = gc.mem_alloc() - before
        finally:
            gc.enable()
        if row is not None and scheduler.switches != switches:
            row[0] += 1
            if used > 0:
                row[1] += 1
                row[2] += used
                row[3] = max(row[3], used)
        return LOOK if why == IDLE and row is not None else why

    def _row(self, node):
        if node == NONE:
            return None
        task = self._scheduler._tasks[node]
        name = "#%d" % node if task is None or task.name is None else task.name
        if name not in self.tasks:
            self.tasks[name] = [0, 0, 0, 0]
        return self.tasks[name]
