"""Outcomes that are values (compare them with `is`), and exceptions."""


class Value:
    """An outcome that a program expects: a named object, because an exception costs heap."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return self._name


TIMEOUT = Value("TIMEOUT")  # the deadline came first
CLOSED = Value("CLOSED")  # the channel is closed and has no more items
FULL = Value("FULL")  # there is no room
EMPTY = Value("EMPTY")  # there is nothing to take
REJECTED = Value("REJECTED")  # the request was refused


class SlotsFull(RuntimeError):
    """No slot is free.  The generator or function is still yours, and has not started."""


class Deadlock(RuntimeError):
    """Tasks are left, all of them wait, and nothing can ever wake one."""


class Cancelled(BaseException):
    """Thrown into a task by `Task.cancel()`; `finally` blocks run.

    It is a BaseException: an `except Exception:` in the task does not stop it.
    """


class AllocationError(MemoryError):
    """A task allocated while the scheduler ran sealed.

    `task` is its name.  `line` is the line, or None if MicroPython does not know it.
    """

    def __init__(self, task, line=None):
        where = "" if line is None else ", line %d" % line
        super().__init__(
            "task %r allocated in a sealed scheduler%s: build the object before run(sealed=True)"
            % (task, where)
        )
        self.task = task
        self.line = line
