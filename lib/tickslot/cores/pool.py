"""Workers that share their work: an injector, local queues, and stealing.

Guarantees
 * any thread can `spawn`; jobs from outside begin in their order;
 * a worker that has no job takes half of the longest local queue; a worker that leaves jobs behind
   wakes one that sleeps;
 * a worker looks at the injector for every 61st job at the latest, however full its own queue is;
 * a job that raises ends alone; 0 bytes a job, its generator apart;
 * on `stop` every job ends: it has run, or is cancelled and counted.

job_queues.py says how a job moves, and what each thread may touch.
"""

from ..core.block import address_of, get_word, set_address, set_half, set_word
from ..core.doorbell import enter, leave
from ..core.layout import NONE
from ..core.outcomes import TIMEOUT, Cancelled, SlotsFull
from ..core.scheduler import Scheduler
from ..core.spawn import GENERATOR
from . import port
from .inline import job_at, joiner_at, worker_at
from .job import Job, Joiner, joiner_of
from .job_queues import append_job, end_job, put_job, take_job
from .job_runner import JobRunner
from .layout import JobRecord, JobState, PoolBlock, PoolHot, PoolJoiner, PoolWorker
from .mailbox_of import mailbox_of
from .worker import Worker


def make_list(at, word):
    """Make the list in the 32-bit word `word` of the block at `at` empty."""
    set_half(at, 2 * word, NONE)
    set_half(at, 2 * word + 1, NONE)


class Pool:
    """`workers` threads that run up to `jobs` jobs; each runs `slots` of them at a time.

    main    a scheduler that the program runs itself: it is one more worker, the first. On rp2,
            which has one more thread, that makes two cores. With `workers=0` it is the only
            worker, on this thread: the deterministic mode
    sealed  False where jobs allocate; never for rp2's second core
    ends    how many schedulers outside the pool may join jobs: see `on`

    ValueError: no worker, more workers than the port has threads, or too many jobs.
    Context: boot.  Alloc: boot only.
    """

    def __init__(self, workers, jobs=64, slots=8, main=None, sealed=False, ends=4):
        if workers < 0 or (workers == 0 and main is None):
            raise ValueError("a pool of %r workers: 1 at least, or main=a scheduler" % (workers,))
        if workers > port.threads:
            text = "a pool of %d workers: this port has %d thread(s) beside the main one"
            raise ValueError(text % (workers, port.threads))
        if not 1 <= jobs <= 0x3FFE:
            raise ValueError("a pool has 1 to 16382 jobs, not %r" % (jobs,))
        self.jobs = jobs
        self.on_error = None
        self._workers = []
        self.schedulers = [] if main is None else [main]
        for number in range(workers):
            scheduler = Scheduler(slots + 2)
            self._workers.append(Worker(scheduler, "pool-%d" % number, sealed=sealed))
            self.schedulers.append(scheduler)
        count = len(self.schedulers)
        self._limit = ends + count
        joiners = worker_at(0, count)
        records = joiner_at(joiners, self._limit)
        self._block = bytearray(job_at(records, jobs))
        self._base = base = address_of(self._block)
        self.joiners_at = base + joiners
        self.jobs_at = base + records
        make_list(base, PoolBlock.FREE)
        make_list(base, PoolBlock.INJECTOR)
        set_word(base, PoolBlock.WORKERS, count)
        set_word(base, PoolBlock.JOINERS_BYTE, joiners)
        set_word(base, PoolBlock.JOBS_BYTE, records)
        self._idents = [-1] * count  # until a worker runs, every `spawn` is from outside
        gives = [mailbox_of(scheduler).give for scheduler in self.schedulers]
        self._hot: list = [base, enter, leave, gives, [None] * jobs, [None] * jobs, []]
        self._hot += [self._idents, port.thread_ident, [], [], [], None]
        for job in range(jobs):
            set_half(job_at(self.jobs_at, job), JobRecord.WAITER, NONE)
            append_job(self.jobs_at, base + 4 * PoolBlock.FREE, job)
            self._hot[PoolHot.HANDLES].append(Job(self, job))
        self._main_tasks = []  # main's tasks that run jobs
        for number in range(count):
            scheduler = self.schedulers[number]
            place = worker_at(base, number)
            make_list(place, PoolWorker.LOCAL)
            make_list(place, PoolWorker.PINNED)
            set_address(place, PoolWorker.ADDRESS, scheduler.address)
            runner = JobRunner(self, scheduler, number)
            self.on(scheduler)
            for _ in range(slots):
                task = scheduler.spawn(runner.run(), name="pool")
                if scheduler is main:
                    self._main_tasks.append(task)

    def start(self):
        """Start the workers' threads.  RuntimeError: no thread is left.  Context: boot."""
        for worker in self._workers:
            worker.start()
        return self

    def on(self, scheduler):
        """Let tasks of this scheduler join jobs, as those of the pool's own schedulers can.

        ValueError: `ends` schedulers can already.  Context: boot.
        """
        joiner = joiner_of(self._hot, scheduler)
        if joiner is None:
            number = get_word(self._base, PoolBlock.JOINERS)
            if number == self._limit:
                text = "all %d joiners of the pool are taken: give Pool() more ends="
                raise ValueError(text % number)
            place = joiner_at(self.joiners_at, number)
            make_list(place, PoolJoiner.ENDED)
            set_address(place, PoolJoiner.ADDRESS, scheduler.address)
            joiner = Joiner(self, scheduler, number)
            self._hot[PoolHot.JOINER_GIVES].append(mailbox_of(scheduler).give)
            self._hot[PoolHot.JOINER_SCHEDULERS].append(scheduler)
            self._hot[PoolHot.JOINERS].append(joiner)
            set_word(self._base, PoolBlock.JOINERS, number + 1)
        return joiner

    def here(self):
        """The number of the worker on whose thread this runs, or None.  Alloc: 0."""
        idents = self._idents
        ident = port.thread_ident()
        for number in range(len(idents)):
            if idents[number] == ident:
                return number
        return None

    def spawn(self, thing, arg=None, worker=None):
        """Have a generator, or a function of one argument, run by some worker: its Job.

        With `worker`, a number from 0, on that worker. Else a job from a worker's thread goes to
        that worker's queue, and a job from outside to the injector.

        SlotsFull: all jobs are under way, and `thing` is still yours.  ValueError: no such worker.
        RuntimeError: after `stop`.  Context: any thread.  Alloc: 0.
        """
        if worker is None:
            worker = -1
        elif not 0 <= worker < len(self.schedulers):
            raise ValueError("worker %r of %d" % (worker, len(self.schedulers)))
        job = put_job(self._hot, thing, arg, worker)
        if job is None:
            if get_word(self._base, PoolBlock.STOPPING):
                raise RuntimeError("the pool is stopped: spawn before stop()")
            raise SlotsFull("all %d jobs are under way: give Pool() more jobs=" % self.jobs)
        return job

    def stop(self, timeout_ms=2000):
        """Cancel the jobs that have not begun, then stop the workers, and wait: True, or TIMEOUT.

        Jobs that run are cancelled; their `finally` blocks run, main's in `main.run_until`.
        Context: the thread that made the pool, outside of `run`.
        """
        hot = self._hot
        set_word(self._base, PoolBlock.STOPPING, 1)  # the next section shows it to `put_job`
        for number in range(len(self.schedulers)):
            job = take_job(hot, number)
            while job != NONE:
                thing = hot[PoolHot.THINGS][job]
                hot[PoolHot.THINGS][job] = hot[PoolHot.ARGUMENTS][job] = None
                if type(thing) is GENERATOR:
                    thing.close()
                hot[PoolHot.HANDLES][job].result = None
                end_job(hot, job, JobState.CANCELLED, NONE)
                job = take_job(hot, number)
        for worker in self._workers:
            worker.stop()
        for task in self._main_tasks:
            task.cancel()
            try:
                self.schedulers[0].run_until(task)
            except Cancelled:
                pass
        self._main_tasks.clear()
        done = True
        for worker in self._workers:
            if worker.join(timeout_ms) is TIMEOUT:
                done = TIMEOUT
        return done

    def _sum(self, word):
        total = 0
        for number in range(len(self.schedulers)):
            total += get_word(worker_at(self._base, number), word)
        return total

    @property
    def spawned(self):
        """Jobs given to the pool so far.  Alloc: 0."""
        return get_word(self._base, PoolBlock.SPAWNED)

    @property
    def injected(self):
        """Jobs that went through the injector.  Alloc: 0."""
        return get_word(self._base, PoolBlock.INJECTED)

    @property
    def ran(self):
        """Jobs that began and have ended, in any way.  Alloc: 0."""
        return self._sum(PoolWorker.RAN)

    @property
    def errors(self):
        """Jobs that raised.  Alloc: 0."""
        return self._sum(PoolWorker.ENDED + JobState.FAILED)

    @property
    def cancelled(self):
        """Jobs that were cancelled, before they began or later.  Alloc: 0."""
        later = self._sum(PoolWorker.ENDED + JobState.CANCELLED)
        return get_word(self._base, PoolBlock.DROPPED) + later

    @property
    def stolen(self):
        """Jobs that a worker took out of another worker's queue.  Alloc: 0."""
        return self._sum(PoolWorker.STOLEN)

    @property
    def parked(self):
        """How often a worker found no job.  Alloc: 0."""
        return self._sum(PoolWorker.PARKED)

    def ran_by(self, worker):
        """How many jobs this worker has run.  Alloc: 0."""
        return get_word(worker_at(self._base, worker), PoolWorker.RAN)
