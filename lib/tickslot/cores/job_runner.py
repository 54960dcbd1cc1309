"""Runs a pool's jobs on one worker: the tasks, and the operation that gives them jobs."""

from ..core.block import address_of, get_word
from ..core.layout import NONE, Begun, Header, Op, State
from ..core.on_cpython import micropython, print_exception, ptr16, ptr32
from ..core.outcomes import Cancelled
from ..core.spawn import GENERATOR
from ..core.wait_queue import enqueue, wake
from . import port
from .inline import worker_at
from .job_queues import end_job, take_job
from .layout import JobState, PoolBlock, PoolHot, PoolWorker


_INTERRUPTS = (KeyboardInterrupt, SystemExit)  # these end `run` as well


def raise_again(error):
    """Raise in the worker an exception of a job that ends `run` as well: as a new object.

    The task that joins the job raises the first object, maybe at this moment on another thread,
    and each raise writes to the traceback in the object.
    """
    raise type(error)(*error.args)


class JobRunner:
    """A worker's part of a pool: `run` makes a task, and the runner is its operation."""

    def __init__(self, pool, scheduler, number):
        self.op = Op.ASK
        self.pool = pool
        self.scheduler = scheduler
        self.number = number
        self._hot = pool._hot
        self._base = scheduler.address
        self._store = scheduler.store
        self._words = worker_at(pool._base, number)
        self._block = bytearray(b"\xff\xff")  # a wait queue
        self._queue = address_of(self._block)
        scheduler.on_bell(self._answer)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield runner`, which gives the next job's handle.  Context: the run loop."""
        queue = int(self._queue)
        if ptr16(queue)[0] == NONE:
            hot = self._hot
            job = int(take_job(hot, int(self.number)))
            if job != NONE:
                self._store[node] = hot[PoolHot.HANDLES][job]
                return Begun.DONE
        enqueue(int(self._base), node, queue)
        return Begun.WAITS

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: give jobs to the tasks that wait for one."""
        if ptr32(int(self._words))[PoolWorker.IDLE]:
            return  # the ring was not for a job
        queue = ptr16(int(self._queue))
        hot = self._hot
        while queue[0] != NONE:
            job = int(take_job(hot, int(self.number)))
            if job == NONE:
                return
            self._store[queue[0]] = hot[PoolHot.HANDLES][job]
            wake(int(self._base), int(queue[0]), State.READY)

    def run(self):
        """A task that runs one job after the other."""
        hot = self._hot
        number = self.number
        things = hot[PoolHot.THINGS]
        arguments = hot[PoolHot.ARGUMENTS]
        kind = type  # a local costs a tenth of a global
        generator = GENERATOR
        hot[PoolHot.IDENTS][number] = port.thread_ident()
        state = JobState.RETURNED
        while state != JobState.CANCELLED or not get_word(hot[PoolHot.BASE], PoolBlock.STOPPING):
            handle = yield self
            job = handle.number
            thing = things[job]
            argument = arguments[job]
            things[job] = arguments[job] = None
            state = JobState.RETURNED
            try:
                if kind(thing) is not generator:
                    thing = thing(argument)
                if kind(thing) is generator:
                    thing = yield from thing
                handle.result = thing
            except BaseException as error:
                state = self._failed(handle, error)
            thing = argument = handle = None
            end_job(hot, job, state, number)

    def _failed(self, handle, error):
        """Handle an exception of a job: the state in which the job ended."""
        if isinstance(error, Cancelled):
            handle.result = None
            return JobState.CANCELLED
        scheduler = self.scheduler
        handle.result = error = scheduler._lasting(error, get_word(self._base, Header.CURRENT))
        if isinstance(error, _INTERRUPTS):
            scheduler.call_soon(raise_again, error)
        elif self.pool.on_error is not None:
            if scheduler._sealed:
                micropython.heap_unlock()
            try:
                self.pool.on_error(handle, error)
            except Exception as second:
                print("tickslot: on_error raised:")
                print_exception(second)
            finally:
                if scheduler._sealed:
                    micropython.heap_lock()
        return JobState.FAILED
