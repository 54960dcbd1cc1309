"""What `spawn` gives back, and the generator that carries a task's own."""

from .block import get_word
from .layout import Op
from .on_cpython import const, micropython


# what a handle's `_node` is once its task has ended: see slot.py
RETURNED = -1
RAISED = -2
TAKEN = -3  # and its result has been taken


class Ended:
    """What a runner yields when its generator has ended: two a scheduler, told apart by `op`."""

    def __init__(self, op, raised=None, cancelled=None):
        self.op = op
        self.raised = raised  # that which says so; and the exception of who never started
        self.cancelled = cancelled


def carry(node, store, returned):
    """The permanent generator of a slot: it runs the generators that are sent to it.

    `yield from` is the one way to see a generator end, with its value, that
    raises nothing: a StopIteration costs 64 bytes, and with the heap locked it
    would be the one exception object that both cores share.  It costs 3.2 us of
    a resume's 10.1, and holds the `try` that keeps a raising task to itself.

    `run` is in turn what is sent and what is yielded, because each slot has such a
    frame: with one word more it would take 112 bytes on 32 bits, and not 96.
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


def carry_calls(node, store, returned, arguments, call):
    """The same for a call slot, whose argument stands in that list; its function is sent."""
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
    """The handle of a spawned task.  Dropping it detaches the task.

    It stands for one run of one generator.  A handle whose task has ended keeps
    that task's result until `join` takes it, however often the slot is reused;
    the scheduler hands the object out again only when at least as many other
    tasks have ended since as it has spare handles (`Scheduler(handles=)`), and
    `generation` is then another.
    """

    def __init__(self, scheduler, handle):
        # Two attributes, and all else in the scheduler's block (see slot.py) and store: to write
        # an attribute takes 2 us, and each would take 16 bytes.
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
        """A number that no other run has, of the last 2**14 in its slot.  Alloc: 0."""
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

        `yield` gives its result, or raises its exception, or gives TIMEOUT
        after `timeout_ms`, and then it can be joined again.  The result is given
        once: RuntimeError when it has been taken, when another task joins this
        one already, or when a task joins itself.

        Context: task.  Alloc: 0.
        """
        if timeout_ms is None:  # `is not` costs one call more
            return self
        self._scheduler.within(timeout_ms)
        return self

    @micropython.viper
    def cancel(self) -> bool:  # hot
        """Throw Cancelled into the task; its `finally` blocks run.

        It is thrown when the task next gets its turn, in place of a timeout.  A
        value that it was already handed is given to it first, so that nothing
        is lost, and Cancelled is raised at its next `yield`.  One that has not
        started ends without running.  True when there was something to cancel,
        False for a task that has ended.  A task that cancels itself gets
        Cancelled raised right here.

        Context: task, or outside of `run`.  Alloc: 0 sealed; else the exception
        and its traceback, like any raise.
        """
        return bool(self._scheduler.cancel_handle(self.op))

    def take(self):
        """The result of an ended task, or its exception raised: what `join` gives, without waiting.

        RuntimeError: it has not ended, or its result has been taken.
        Context: any.  Alloc: 0, an exception apart.
        """
        node = self._node
        if node >= 0:
            raise self._error("%r has not ended: `yield task.join()`")
        if node == TAKEN:
            raise self._error("the result of %r has been taken already")
        outcome = self.outcome()
        if node == RAISED:
            raise outcome
        return outcome

    def outcome(self):
        """Take the result, or the exception, of a task that has ended.  Alloc: 0."""
        return self._scheduler.end(self.op >> 3, TAKEN, None)

    def begin(self, node):
        """Part of `yield task.join()`: what burst.py does not do itself.  Context: burst."""
        if self._node == RAISED:
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
