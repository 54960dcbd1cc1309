"""The jobs of a pool in their queues: put, take, steal, end.

A job, and who moves it, each step in one section under the lock that all schedulers share:

    free --put_job--> QUEUED (in the injector, a local queue, or pinned to a worker)
    QUEUED --take_job, maybe after steal_jobs--> RUNS
    RUNS --end_job, nobody joins it--> free; its handle keeps the result until the next put_job
    RUNS --end_job, a joiner waits for it--> that joiner's list --Joiner._answer--> free
    QUEUED --take_job, end_job, both by Pool.stop--> CANCELLED; then as after RUNS

A job is a generator, or a function of one argument. It may be stolen until it has begun; then it
stays on its worker. A worker takes pinned jobs first, then local ones, then those of the injector;
for each 61st job, it looks first at the injector, then at local jobs, then at pinned ones. 61 jobs
and half a queue are the numbers of Go and Tokio.

Memory order: all words of the pool's block are read and written under the lock (see
core/doorbell.py). Two words are also read without it: a job's WAITER, by the joiner's thread, which
wrote it; and CURRENT of another scheduler, which is only a hint. What a job is to run is written
before a section and read after one.
"""

from ..core.doorbell import ring_at
from ..core.inline import address_at
from ..core.layout import NONE, Header
from ..core.on_cpython import const, micropython, ptr16, ptr32
from .inline import append_to, job_at, joiner_at, take_first, worker_at
from .layout import JobRecord, JobState, PoolBlock, PoolHot, PoolJoiner, PoolWorker

_JOBS_TO_INJECTOR = const(61)  # a worker's jobs until the injector comes first


@micropython.viper
def append_job(jobs: int, queue: int, job: int):
    """Put a job at the end of the list at `queue`."""
    append_to(jobs, queue, job)


@micropython.viper
def ring_one(base: int, except_worker: int) -> int:
    """Ring one idle worker other than `except_worker`; prefer one whose scheduler runs no task.

    Its number + 1 if its semaphore must be given, else 0.  Context: under the lock.
    """
    count = int(ptr32(base)[PoolBlock.WORKERS])
    chosen = NONE
    i = 0
    while i < count:
        words = ptr32(worker_at(base, i))
        if words[PoolWorker.IDLE] and i != except_worker:
            chosen = i
            if ptr32(address_at(words, PoolWorker.ADDRESS))[Header.CURRENT] == NONE:
                i = count
        i += 1
    if chosen != NONE:
        worker = worker_at(base, chosen)
        ptr32(worker)[PoolWorker.IDLE] = 0
        if int(ring_at(worker + 4 * PoolWorker.ADDRESS)):
            return chosen + 1
    return 0


@micropython.viper
def put_job(hot, thing, argument, worker: int):
    """Take a free job and queue it: its Job, or None.

    `worker` -1: any worker may run it; else only that worker.
    """
    base = int(hot[PoolHot.BASE])
    words = ptr32(base)
    jobs = base + int(words[PoolBlock.JOBS_BYTE])
    give = 0
    handle = hot[PoolHot.NONE]
    own = worker
    if worker < 0:
        idents = hot[PoolHot.IDENTS]
        ident = int(hot[PoolHot.IDENT]())
        own = int(words[PoolBlock.WORKERS]) - 1
        while own >= 0 and int(idents[own]) != ident:
            own -= 1
    hot[PoolHot.ENTER]()
    ends = ptr16(base + 4 * PoolBlock.FREE)
    job = int(ends[0])
    if job != NONE and not words[PoolBlock.STOPPING]:
        ends[0] = ptr16(job_at(jobs, job))[JobRecord.NEXT]
        handle = hot[PoolHot.HANDLES][job]
        hot[PoolHot.THINGS][job] = thing
        hot[PoolHot.ARGUMENTS][job] = argument
        record = ptr16(job_at(jobs, job))
        record[JobRecord.STATE] = JobState.QUEUED
        record[JobRecord.JOINER] = NONE
        words[PoolBlock.SPAWNED] = int(words[PoolBlock.SPAWNED]) + 1
        queue = base + 4 * PoolBlock.INJECTOR
        if own < 0:
            words[PoolBlock.INJECTED] = int(words[PoolBlock.INJECTED]) + 1
        else:
            queue = worker_at(base, own)
            of_worker = ptr32(queue)
            if of_worker[PoolWorker.IDLE] or worker >= 0:
                of_worker[PoolWorker.IDLE] = 0
                if int(ring_at(queue + 4 * PoolWorker.ADDRESS)):
                    give = own + 1
            if worker >= 0:
                queue += 4 * PoolWorker.PINNED
            else:
                of_worker[PoolWorker.LENGTH] = int(of_worker[PoolWorker.LENGTH]) + 1
        append_to(jobs, queue, job)
        if worker < 0:  # worker `own`, if there is one, is this thread, and awake
            give = int(ring_one(base, own))
    hot[PoolHot.LEAVE]()
    if give:
        hot[PoolHot.GIVES][give - 1]()
    return handle


@micropython.viper
def take_job(hot, worker: int) -> int:
    """Take this worker's next job: its number.  NONE: no job, and the worker is marked IDLE."""
    base = int(hot[PoolHot.BASE])
    jobs = base + int(ptr32(base)[PoolBlock.JOBS_BYTE])
    queue = worker_at(base, worker)
    words = ptr32(queue)
    lists = ptr16(queue)
    injector = ptr16(base + 4 * PoolBlock.INJECTOR)
    give = 0
    hot[PoolHot.ENTER]()
    pinned = int(lists[2 * PoolWorker.PINNED])
    if pinned == NONE and lists[2 * PoolWorker.LOCAL] == NONE and injector[0] == NONE:
        steal_jobs(base, jobs, worker)
    turns = int(words[PoolWorker.TURNS]) + 1
    if turns >= _JOBS_TO_INJECTOR and injector[0] != NONE:
        queue = base + 4 * PoolBlock.INJECTOR
    elif pinned != NONE and (turns < _JOBS_TO_INJECTOR or lists[2 * PoolWorker.LOCAL] == NONE):
        queue += 4 * PoolWorker.PINNED
    elif lists[2 * PoolWorker.LOCAL] != NONE:
        words[PoolWorker.LENGTH] = int(words[PoolWorker.LENGTH]) - 1
    else:
        queue = base + 4 * PoolBlock.INJECTOR
    job = take_first(jobs, queue)
    if job == NONE:
        words[PoolWorker.IDLE] = 1
        words[PoolWorker.PARKED] = int(words[PoolWorker.PARKED]) + 1
    else:
        words[PoolWorker.TURNS] = 0 if turns >= _JOBS_TO_INJECTOR else turns
        ptr16(job_at(jobs, job))[JobRecord.STATE] = JobState.RUNS
        if words[PoolWorker.LENGTH] or injector[0] != NONE:
            give = int(ring_one(base, worker))  # there are more: another worker may take one
    hot[PoolHot.LEAVE]()
    if give:
        hot[PoolHot.GIVES][give - 1]()
    return job


@micropython.viper
def steal_jobs(base: int, jobs: int, worker: int):
    """Move half of the longest local queue, rounded up, to this worker's.  Under the lock."""
    mine = worker_at(base, worker)
    other = base + PoolBlock.WORKERS_BYTE
    end = other + (int(ptr32(base)[PoolBlock.WORKERS]) << PoolWorker.BITS)
    victim = mine
    longest = 0
    while other < end:
        if other != mine and int(ptr32(other)[PoolWorker.LENGTH]) > longest:
            victim = other
            longest = int(ptr32(other)[PoolWorker.LENGTH])
        other += PoolWorker.BYTES
    left = (longest + 1) >> 1
    ptr32(victim)[PoolWorker.LENGTH] = longest - left
    words = ptr32(mine)
    words[PoolWorker.LENGTH] = left
    words[PoolWorker.STOLEN] = int(words[PoolWorker.STOLEN]) + left
    while left:
        job = take_first(jobs, victim + 4 * PoolWorker.LOCAL)
        append_to(jobs, mine + 4 * PoolWorker.LOCAL, job)
        left -= 1


@micropython.viper
def end_job(hot, job: int, state: int, worker: int):
    """End a job in that state: give it to the joiner that waits for it, or else make it free.

    `worker` NONE: the job has not begun.
    """
    base = int(hot[PoolHot.BASE])
    words = ptr32(base)
    jobs = base + int(words[PoolBlock.JOBS_BYTE])
    record = ptr16(job_at(jobs, job))
    give = 0
    hot[PoolHot.ENTER]()
    record[JobRecord.STATE] = state
    if worker == NONE:
        words[PoolBlock.DROPPED] = int(words[PoolBlock.DROPPED]) + 1
    else:
        of_worker = ptr32(worker_at(base, worker))
        of_worker[PoolWorker.RAN] = int(of_worker[PoolWorker.RAN]) + 1
        if state != JobState.RETURNED:
            of_worker[PoolWorker.ENDED + state] = int(of_worker[PoolWorker.ENDED + state]) + 1
    joiner = int(record[JobRecord.JOINER])
    if joiner == NONE:
        append_to(jobs, base + 4 * PoolBlock.FREE, job)
    else:
        of_joiner = joiner_at(base + int(words[PoolBlock.JOINERS_BYTE]), joiner)
        append_to(jobs, of_joiner + 4 * PoolJoiner.ENDED, job)
        give = int(ring_at(of_joiner + 4 * PoolJoiner.ADDRESS))
    hot[PoolHot.LEAVE]()
    if give:
        hot[PoolHot.JOINER_GIVES][joiner]()


@micropython.viper
def state_of(hot, job: int) -> int:
    """A job's state.  If the job has ended, its result can be read after this call."""
    base = int(hot[PoolHot.BASE])
    hot[PoolHot.ENTER]()
    jobs = base + int(ptr32(base)[PoolBlock.JOBS_BYTE])
    state = int(ptr16(job_at(jobs, job))[JobRecord.STATE])
    hot[PoolHot.LEAVE]()
    return state
