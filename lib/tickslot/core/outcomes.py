"""The outcomes that are values, told apart with `is`, and the exceptions of misuse."""


class Value:
    """A named singleton: expected outcomes are values, because raising costs heap."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return self._name


TIMEOUT = Value("TIMEOUT")  # the deadline came first
CLOSED = Value("CLOSED")  # the channel is closed, and drained
FULL = Value("FULL")  # there is no room
EMPTY = Value("EMPTY")  # there is nothing to take
REJECTED = Value("REJECTED")  # a request that was refused


class SlotsFull(RuntimeError):
    """No slot is free.  What was to be scheduled is still the caller's."""


class Deadlock(RuntimeError):
    """Tasks live, all of them wait, and nothing can ever wake one."""


class Cancelled(BaseException):
    """Thrown into a task by `Task.cancel()`; `finally` blocks run.

    A BaseException, so that an `except Exception:` in the task lets it pass.
    """


class AllocationError(MemoryError):
    """A task allocated while the scheduler ran sealed.

    `task` is its name, `line` says where, or is None where MicroPython does not know.
    """

    def __init__(self, task, line=None):
        where = "" if line is None else ", line %d" % line
        super().__init__(
            "task %r allocated in a sealed scheduler%s: build the object before run(sealed=True)"
            % (task, where)
        )
        self.task = task
        self.line = line
