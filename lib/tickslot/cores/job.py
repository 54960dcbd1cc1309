"""A job's handle, and how tasks wait for its end.

The tasks of one scheduler join jobs through that scheduler's Joiner. When a job ends that a joiner
waits for, `end_job` puts it into the joiner's list and rings the scheduler; there the joiner wakes
the task, and only then is the job free.
"""

from ..core.layout import NONE, Begun, Op, State
from ..core.on_cpython import micropython, ptr16, ptr32
from ..core.outcomes import TIMEOUT
from ..core.wait_queue import enqueue, wake
from . import port
from .inline import append_to, job_at, joiner_at, take_first
from .job_queues import state_of
from .layout import JobRecord, JobState, PoolBlock, PoolHot, PoolJoiner


@micropython.viper
def joiner_of(hot, scheduler):
    """The pool's joiner for this scheduler, or None."""
    schedulers = hot[PoolHot.JOINER_SCHEDULERS]
    count = int(ptr32(int(hot[PoolHot.BASE]))[PoolBlock.JOINERS])
    i = 0
    while i < count:
        if schedulers[i] is scheduler:
            return hot[PoolHot.JOINERS][i]
        i += 1
    return None


class Job:
    """The handle of a job: it keeps the result until the pool uses the job's record again."""

    def __init__(self, pool, number):
        self._hot = pool._hot
        self.number = number
        self.result = None

    def done(self):
        """True once it has ended.  Context: any thread.  Alloc: 0."""
        return state_of(self._hot, self.number) >= JobState.RETURNED

    def cancelled(self):
        """True when it ended without having run to its end.  Context: any thread.  Alloc: 0."""
        return state_of(self._hot, self.number) == JobState.CANCELLED

    def join(self, scheduler, timeout_ms=None):
        """Operation for a task of `scheduler`: wait for the job's end.

        `yield` gives the result; None when the job was cancelled; TIMEOUT; or raises the job's
        exception.  RuntimeError: another task joins the job.  ValueError: the pool does not know
        the scheduler.  Context: task.  Alloc: 0.
        """
        joiner = joiner_of(self._hot, scheduler)
        if joiner is None:
            raise ValueError("this scheduler does not know the pool: pool.on(scheduler) at boot")
        if timeout_ms is not None:
            scheduler.within(timeout_ms)
        joiner.job = self
        return joiner

    def wait(self, timeout_ms=None):
        """Wait in code that is no task: this blocks the thread.

        `wait` returns or raises what `yield job.join(scheduler)` gives or raises.
        """
        if port.wait_until_done(self, timeout_ms) is TIMEOUT:
            return TIMEOUT
        if state_of(self._hot, self.number) == JobState.FAILED:
            raise self.result
        return self.result


class Joiner:
    """The operation in which one scheduler's tasks wait for the ends of jobs: see `Job.join`."""

    def __init__(self, pool, scheduler, number):
        self.op = Op.ASK
        self.scheduler = scheduler
        self.number = number
        self.job = None
        self._hot = pool._hot
        self._base = scheduler.address
        self._store = scheduler.store
        self._jobs = pool.jobs_at
        self._ended = joiner_at(pool.joiners_at, number) + 4 * PoolJoiner.ENDED
        scheduler.on_bell(self._answer)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield job.join(scheduler)`: see core/run_loop.py.  Context: the run loop."""
        handle = self.job
        hot = self._hot
        job = job_at(int(self._jobs), int(handle.number))
        record = ptr16(job)
        begun = Begun.WAITS
        hot[PoolHot.ENTER]()
        state = int(record[JobRecord.STATE])
        taken = int(record[JobRecord.WAITER]) != NONE
        if not taken and state < JobState.RETURNED:
            record[JobRecord.JOINER] = int(self.number)
            enqueue(int(self._base), node, job + 2 * JobRecord.WAITER)
        hot[PoolHot.LEAVE]()
        if taken:
            self._refuse()
        if state >= JobState.RETURNED:
            self._store[node] = handle.result
            begun = Begun.THROW if state == JobState.FAILED else Begun.DONE
        return begun

    def _refuse(self):
        raise RuntimeError("another task joins this job already")

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: wake the tasks whose jobs have ended, and make these jobs free."""
        ended = int(self._ended)
        if ptr16(ended)[0] == NONE:
            return
        hot = self._hot
        base = int(hot[PoolHot.BASE])
        jobs = int(self._jobs)
        done = NONE
        while True:
            hot[PoolHot.ENTER]()
            if done != NONE:
                append_to(jobs, base + 4 * PoolBlock.FREE, done)
            done = take_first(jobs, ended)
            hot[PoolHot.LEAVE]()
            if done == NONE:
                return
            record = ptr16(job_at(jobs, done))
            node = int(record[JobRecord.WAITER])
            if node != NONE:  # else the task has left
                self._store[node] = hot[PoolHot.HANDLES][done].result
                raised = record[JobRecord.STATE] == JobState.FAILED
                wake(int(self._base), node, State.THROW if raised else State.READY)
