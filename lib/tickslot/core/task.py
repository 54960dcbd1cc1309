"""A task's handle, and the slot runner: the generator that runs the task's generator."""

from .block import get_word
from .layout import Op
from .on_cpython import micropython


# a handle's `_node` after its task has ended
RETURNED = -1
FAILED = -2
COLLECTED = -3  # its result was taken


class EndToken:
    """A slot runner yields this at its generator's end; `op` says: it returned, or it raised."""

    def __init__(self, op, raised=None, cancelled=None):
        self.op = op
        self.raised = raised  # the token whose `op` says "raised"
        self.cancelled = cancelled  # the exception of a task that was cancelled before its start


def slot_runner(node, store, returned):
    """The permanent generator of a slot: it runs the generators that are sent to it.

    Only `yield from` takes a generator's result without an exception.  A StopIteration would cost
    64 bytes, and under a locked heap both cores share one exception object.  `yield from` costs
    3.2 us of a resume's 10.1 us.  The `try` keeps an error from other tasks.

    `run` is first what is sent, then what is yielded: each slot has such a frame, and with one
    more variable it would take 112 bytes instead of 96 (32 bits).
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
    """The same for a call slot: its function is sent, its argument is in `arguments`."""
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

    A handle is for one run of one generator.  After the task's end it keeps the result until `join`
    takes it, also when another task has the slot.  The scheduler uses the object again after the
    ends of as many other tasks as there are extra handles (`Scheduler(handles=)`); then
    `generation` has changed.
    """

    def __init__(self, scheduler, handle):
        # Everything else is in the scheduler's block and store: to write an attribute takes 2 us,
        # and each takes 16 bytes.
        self.op = Op.JOIN + (handle << 3)
        self._scheduler = scheduler

    def __repr__(self):
        return "<task %r %s>" % (self.name, self._scheduler.state_of(self))

    @property
    def _word(self):
        return get_word(self._scheduler.handles_at + (self.op & -8), 0)

    @property
    def _node(self):
        """The task's slot; or RETURNED, FAILED or COLLECTED."""
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

        `yield` gives its result, or raises its exception, once.  It gives TIMEOUT after
        `timeout_ms`; then the task can be joined again.

        RuntimeError: the result was taken, another task joins this one, or a task joins itself.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is None:  # `is not` would cost one more call
            return self
        self._scheduler.within(timeout_ms)
        return self

    @micropython.viper
    def cancel(self) -> bool:  # hot
        """Throw Cancelled into the task at its next turn; its `finally` blocks run.

        Returns True, or False for a task that has ended.  Cancelled comes instead of a timeout.  If
        a value is ready for the task, it gets the value first, and Cancelled at its next `yield`:
        nothing is lost.  A task that has not started ends without running.  If a task cancels
        itself, this call raises Cancelled.

        Context: task, or outside of `run`.  Alloc: 0 when sealed; otherwise the exception and its
        traceback.
        """
        return bool(self._scheduler.cancel_handle(self.op))

    def take(self):
        """Return the result of a task that has ended, or raise its exception, as `join` does.

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
        """The part of `yield task.join()` that dispatch.py does not do.  Context: the run loop."""
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
