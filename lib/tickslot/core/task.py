"""A task's handle, and the slot runner: the generator that runs a task's own."""

from .block import get_word
from .layout import Op
from .on_cpython import micropython


# what a handle's `_node` is once its task has ended
RETURNED = -1
FAILED = -2
COLLECTED = -3  # its result was taken


class EndToken:
    """What a slot runner yields when its generator has ended: returned, or raised, by its `op`."""

    def __init__(self, op, raised=None, cancelled=None):
        self.op = op
        self.raised = raised  # the one that says "raised"
        self.cancelled = cancelled  # the exception of a task that was cancelled before its start


def slot_runner(node, store, returned):
    """The permanent generator of a slot: it runs the generators that are sent to it.

    Only `yield from` sees a generator end, with its value, and raises nothing: a StopIteration
    costs 64 bytes, and under a locked heap it is the one exception object that both cores share.
    It costs 3.2 us of a resume's 10.1 us.  Its `try` keeps an error from other tasks.

    `run` is first what is sent and then what is yielded: each slot has such a frame, and one
    variable more would make it 112 bytes instead of 96 (32 bits).
    """
    run = returned
    while True:
        run = yield run
        try:
            if run is None:  # it was cancelled before it started
                store[node] = returned.cancelled
                run = returned.raised
            else:
                store[node] = yield from run
                run = returned
        except BaseException as error:
            store[node] = error
            run = returned.raised


def call_slot_runner(node, store, returned, arguments, call):
    """The same for a call slot: its function is sent, its argument stands in `arguments`."""
    function = yield returned
    while True:
        argument = arguments[call]
        arguments[call] = None
        end = returned
        try:
            if function is not None:  # else it was cancelled
                function(argument)
        except BaseException as error:
            store[node] = error
            end = returned.raised
        function = argument = None
        function = yield end


class Task:
    """The handle of a spawned task.  A program that drops the handle detaches the task.

    A handle stands for one run of one generator.  When its task has ended, it keeps the result
    until `join` takes it, also when another task has the slot.  The scheduler gives the object out
    again when as many other tasks have ended since as it has spare handles
    (`Scheduler(handles=)`); `generation` is another one then.
    """

    def __init__(self, scheduler, handle):
        # Everything else stands in the scheduler's block and store: to write an attribute takes
        # 2 us, and each takes 16 bytes.
        self.op = Op.JOIN + (handle << 3)
        self._scheduler = scheduler

    def __repr__(self):
        return "<task %r %s>" % (self.name, self._scheduler.state_of(self))

    @property
    def _word(self):
        return get_word(self._scheduler.handles_at + (self.op & -8), 0)

    @property
    def _node(self):
        """Its slot, or one of the ends above."""
        word = self._word
        end = word >> 28
        return -end if end else word & 0x3FFF

    @property
    def generation(self):
        """A number that none of the last 2**14 runs in its slot had.  Alloc: 0."""
        return self._word & 0xFFFFFFF

    @property
    def name(self):
        """What `spawn` was given, or None.  Alloc: 0."""
        return self._scheduler.store[self._scheduler.handles + 3 * (self.op >> 3) + 2]

    def done(self):
        """True once the task has returned, raised or been cancelled.

        Context: any.  Alloc: 0.
        """
        return self._node < 0

    @micropython.native
    def join(self, timeout_ms=None):  # hot
        """Operation: wait for the task to end.

        `yield` gives its result, or raises its exception, or gives TIMEOUT after `timeout_ms`; the
        task can be joined again then.  A result is given once.

        RuntimeError: the result has been taken, another task joins this one already, or a task
        joins itself.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is None:  # `is not` costs one call more
            return self
        self._scheduler.within(timeout_ms)
        return self

    @micropython.viper
    def cancel(self) -> bool:  # hot
        """Throw Cancelled into the task at its next turn; its `finally` blocks run.

        Returns True, or False for a task that has ended.  Cancelled comes instead of a timeout.  If
        the task already has a value to get, it gets the value first, and Cancelled at its next
        `yield`: nothing is lost.  A task that has not started ends without running.  A task that
        cancels itself gets Cancelled raised right here.

        Context: task, or outside of `run`.  Alloc: 0 when sealed; otherwise the exception and its
        traceback.
        """
        return bool(self._scheduler.cancel_handle(self.op))

    def take(self):
        """What `join` gives, for a task that has ended: its result, or its exception is raised.

        RuntimeError: it has not ended, or its result has been taken.
        Context: any.  Alloc: 0, but for an exception.
        """
        node = self._node
        if node >= 0:
            raise self._error("%r has not ended: `yield task.join()`")
        if node == COLLECTED:
            raise self._error("the result of %r has been taken already")
        outcome = self.outcome()
        if node == FAILED:
            raise outcome
        return outcome

    def outcome(self):
        """Take the result, or the exception, of a task that has ended.  Alloc: 0."""
        return self._scheduler.end(self.op >> 3, COLLECTED, None)

    def begin(self, node):
        """Part of `yield task.join()`: what dispatch.py does not do.  Context: the run loop."""
        if self._node == FAILED:
            self._scheduler.give(node, self.outcome())
            return 2
        if self._node < 0:
            self._scheduler.give(node, self.take())
            return 0
        if self._node == node:
            raise self._error("%r joins itself, and would wait for ever: let another task join it")
        raise self._error("another task joins %r already: a result is given once")

    def _error(self, text):
        return self._scheduler.error(RuntimeError, text, self)

    def __iter__(self):
        return (yield self)

    __await__ = __iter__
