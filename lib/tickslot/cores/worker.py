"""A scheduler on a thread of its own: on rp2 the second core.

Guarantees
 * whatever a task or a handler raises, the worker goes on;
 * its thread allocates nothing once it runs: `start` makes the stack and every buffer, and the
   scheduler runs sealed;
 * `stop` from any thread ends it: its tasks are cancelled, their `finally` blocks run, and the
   worker can be started again.

    NEW --start--> RUNNING --stop--> STOPPING --its tasks have ended--> STOPPED --start--> RUNNING

`state` has one writer at a time: the thread that calls `start`, until the worker's thread runs;
then the worker's thread. `stop` sets `_stop_wanted` before a post, whose section under the lock
shows it to the worker's thread. `start` clears it, but only when no thread of the worker runs. The
worker's thread writes STOPPED under the lock, and `done` reads under it: so all that the thread has
done is seen with STOPPED (see core/doorbell.py).
"""

from ..core.block import address_of, get_half
from ..core.doorbell import enter, leave
from ..core.layout import NONE, Begun, Op, State
from ..core.wait_queue import enqueue, wake
from . import port
from .mailbox_of import mailbox_of

NEW = "new"
RUNNING = "running"
STOPPING = "stopping"
STOPPED = "stopped"


class Worker:
    """Runs `scheduler` on a thread of its own, sealed unless told otherwise.

    `state` is NEW, RUNNING, STOPPING or STOPPED, for any thread to read. The worker takes one of
    the scheduler's slots for itself. `stack` is in bytes; None is the port's default (8 KiB on rp2
    and ESP32). `sealed=False` lets tasks allocate: never on rp2's second core.

    Context: boot.  Alloc: boot only.
    """

    def __init__(self, scheduler, name=None, sealed=True, stack=None):
        if stack is not None and stack < 2048:
            raise ValueError("a worker's stack is 2048 bytes at least, not %r" % (stack,))
        self.scheduler = scheduler
        self.name = name
        self.mailbox = mailbox_of(scheduler)
        self.state = NEW
        self.errors = 0  # how often `run` of the scheduler has ended by an exception
        self._sealed = sealed
        self._stack = stack or 0
        self._stop_wanted = False
        self._run_bound = self._run
        self._stop_request = StopRequest(scheduler)
        self._keeper = None

    def __repr__(self):
        return "<worker %r %s>" % (self.name, self.state)

    def start(self):
        """Start the thread; nothing when it runs already.  Context: boot.  Alloc: boot only.

        RuntimeError: the port has no thread left (the text says how many it has), or the worker is
        being stopped.
        """
        state = self.state
        if state == RUNNING:
            return self
        if state == STOPPING:
            raise RuntimeError("%r is being stopped: join() it before start()" % self)
        self._stop_wanted = False
        self.state = RUNNING
        self._keeper = self.scheduler.spawn(self._keep(), name="worker")
        try:
            self.mailbox.start_ticker()
            port.start_thread(self._run_bound, (), self._stack)
        except RuntimeError:
            self.state = state
            self._keeper.cancel()
            raise
        return self

    def stop(self):
        """Have the worker cancel its tasks and end: see `join`.  Context: any thread.  Alloc: 0."""
        if not self._stop_wanted:
            self._stop_wanted = True
            self.mailbox.post_last(self._stop_request.deliver_bound)

    def join(self, timeout_ms=None):
        """Wait, in this thread, for the worker's thread to end: True, or TIMEOUT.

        Context: outside of tasks (in a task: `while not worker.done(): yield sched.sleep_ms(1)`).
        """
        return port.wait_until_done(self, timeout_ms)

    def done(self):
        """True unless its thread runs.  Context: any thread.  Alloc: 0."""
        enter()
        state = self.state
        leave()
        return state == NEW or state == STOPPED

    def _keep(self):
        """The task that keeps an idle scheduler's `run` from returning until a stop is wanted."""
        while not self._stop_wanted:
            yield self._stop_request

    def _run(self):
        """What the worker's thread does."""
        scheduler = self.scheduler
        keeper = self._keeper
        self.mailbox.attends = False
        while not keeper.done():
            self._run_scheduler(keeper)
        self.state = STOPPING
        for service in scheduler.services:
            service.stop()
        for node in range(scheduler.nodes):
            task = scheduler.task_of(node)
            if task is not None:
                task.cancel()
        self._run_scheduler(None)
        self.mailbox.attends = True
        enter()
        self.state = STOPPED
        leave()

    def _run_scheduler(self, until):
        try:
            if until is None:
                self.scheduler.run(self._sealed)
            else:
                self.scheduler.run_until(until, self._sealed)
        except BaseException:  # a task's SystemExit, or an error of `on_error`
            self.errors += 1


class StopRequest:
    """The operation in which the keeper waits until `deliver` is called."""

    op = Op.ASK

    def __init__(self, scheduler):
        self._base = scheduler.address
        self._block = bytearray(b"\xff\xff")  # a wait queue
        self._queue = address_of(self._block)
        self.deliver_bound = self.deliver

    def begin(self, node):
        """Part of `yield request`: see core/run_loop.py.  Context: the run loop."""
        enqueue(self._base, node, self._queue)
        return Begun.WAITS

    def deliver(self, _):
        """Wake the task that waits.  Context: the scheduler's thread.  Alloc: 0."""
        node = get_half(self._queue, 0)
        if node != NONE:
            wake(self._base, node, State.READY)
