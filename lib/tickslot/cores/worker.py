"""A scheduler on a thread of its own: on rp2 the second core.

Guarantees
 * whatever a task or a handler raises, the worker goes on;
 * its thread allocates nothing once it runs: the stack and every buffer are
   made by `start`, and the scheduler runs sealed;
 * `stop` from any thread ends it, with its tasks cancelled and their `finally`
   blocks run, and it can be started again.

    NEW --start--> RUNNING --stop--> STOPPING --its tasks have ended--> STOPPED --start--> RUNNING

STATE has one writer at a time: who calls `start` until the thread runs, then
the thread.  WANTED is written by who calls `stop` (1) and by `start` (0), which
is refused until the thread has ended.  WANTED comes before a post, whose section of
the lock shows it to the thread; the last STATE and who looks for it take the lock,
so that all that the thread has done is seen with it: see mailbox.py.
"""

from ..core.block import address_of, get_half
from ..core.layout import NONE, Op, State
from ..core.on_cpython import const
from ..core.outcomes import TIMEOUT
from ..core.wait_queue import enqueue, wake
from . import port
from .mailbox import enter, leave, of, start_ticker


NEW = "new"
RUNNING = "running"
STOPPING = "stopping"
STOPPED = "stopped"


_STATES = (NEW, RUNNING, STOPPING, STOPPED)
_NEW = const(0)
_RUNNING = const(1)
_STOPPING = const(2)
_STOPPED = const(3)

_STATE = const(0)
_WANTED = const(1)

# see slot.py


class Worker:
    """Runs `scheduler` on a thread of its own, sealed unless told otherwise.

    It takes one of the scheduler's slots for itself.  `stack` is in bytes; None
    is the port's default (8 KiB on rp2 and ESP32).  `sealed=False` lets tasks
    allocate: never on rp2's second core.

    RuntimeError at `start`: the port has no thread left; it says how many it has.
    Context: boot.  Alloc: boot only.
    """

    def __init__(self, scheduler, name=None, sealed=True, stack=None):
        if stack is not None and stack < 2048:
            raise ValueError("a worker's stack is 2048 bytes at least, not %r" % (stack,))
        self.scheduler = scheduler
        self.name = name
        self.mailbox = of(scheduler)
        self.errors = 0
        self._sealed = sealed
        self._stack = stack or 0
        self._words = bytearray(2)
        self._run_bound = self._run
        self._wish = Wish(scheduler)
        self._keeper = None

    def __repr__(self):
        return "<worker %r %s>" % (self.name, self.state)

    @property
    def state(self):
        """NEW, RUNNING, STOPPING or STOPPED.  Context: any thread.  Alloc: 0."""
        return _STATES[self._words[_STATE]]

    def start(self):
        """Start the thread; nothing when it runs already.

        RuntimeError: no thread is left.  Context: boot.  Alloc: boot only.
        """
        words = self._words
        state = words[_STATE]
        if state == _RUNNING:
            return self
        if state == _STOPPING:
            raise RuntimeError("%r is being stopped: join() it before start()" % self)
        words[_WANTED] = 0
        words[_STATE] = _RUNNING
        self._keeper = self.scheduler.spawn(self._keep(), name="worker")
        try:
            start_ticker()
            port.start_thread(self._run_bound, (), self._stack)
        except RuntimeError:
            words[_STATE] = state
            self._keeper.cancel()
            raise
        return self

    def stop(self):
        """Have the worker cancel its tasks and end; nothing when it does not run.

        It returns at once: see `join`.  Context: any thread.  Alloc: 0.
        """
        words = self._words
        if not words[_WANTED]:
            words[_WANTED] = 1
            self.mailbox.post_last(self._wish.grant_bound)

    def join(self, timeout_ms=None):
        """Wait, in this thread, for the worker's thread to end: True, or TIMEOUT.

        Context: outside of tasks (in a task: `while not worker.done(): yield sched.sleep_ms(1)`).
        """
        passed = 0
        while not self.done():
            if timeout_ms is not None and passed >= timeout_ms:
                return TIMEOUT
            port.doze()
            passed += 1
        return True

    def done(self):
        """True unless its thread runs.  Context: any thread.  Alloc: 0."""
        enter()
        state = self._words[_STATE]
        leave()
        return state == _NEW or state == _STOPPED

    # -- its thread ----------------------------------------------------------

    def _keep(self):
        """The task that keeps an idle scheduler running until it is to stop."""
        while not self._words[_WANTED]:
            yield self._wish

    def _run(self):
        scheduler = self.scheduler
        keeper = self._keeper
        self.mailbox.attends = False
        while not keeper.done():
            self._go(keeper)
        self._words[_STATE] = _STOPPING
        for service in scheduler.services:
            service.stop()
        for node in range(scheduler.nodes):
            task = scheduler.task_of(node)
            if task is not None:
                task.cancel()
        self._go(None)
        self.mailbox.attends = True
        enter()
        self._words[_STATE] = _STOPPED
        leave()

    def _go(self, until):
        try:
            if until is None:
                self.scheduler.run(self._sealed)
            else:
                self.scheduler.run_until(until, self._sealed)
        except BaseException:  # a task's SystemExit, or what came out of on_error
            self.errors += 1


class Wish:
    """What the keeper waits for: `grant`, on its own thread."""

    op = Op.ASK

    def __init__(self, scheduler):
        self._at = scheduler.address
        self._block = bytearray(b"\xff\xff")
        self._queue = address_of(self._block)
        self.grant_bound = self.grant

    def begin(self, node):
        """Part of `yield wish`: see burst.py.  Context: burst."""
        enqueue(self._at, node, self._queue)
        return 1

    def grant(self, _):
        """Wake who waits.  Context: the scheduler's thread.  Alloc: 0."""
        node = get_half(self._queue, 0)
        if node != NONE:
            wake(self._at, node, State.READY)
