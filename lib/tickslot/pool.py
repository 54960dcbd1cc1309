"""Workers that share their work: an injector, local queues, and stealing.

Guarantees
 * `spawn` from any thread; jobs from outside are begun in their order;
 * a worker that has nothing takes half of the longest local queue; whoever
   leaves work behind wakes one that sleeps;
 * the injector is looked at every 61st turn at the latest, however full the
   worker's own queue is;
 * a job that raises ends alone; 0 bytes a job, its generator apart;
 * on `stop` every job ends: it has run, or is cancelled and counted.

A job, and who moves it, each step in one section under the mailboxes' lock:

    FREE --spawn--> QUEUED (injector, local or pinned) --get, or steal and get--> RUNS
    RUNS --its generator ended--> DONE (its handle keeps the result) --reused--> FREE

A turn is one job begun.  A job is a generator, or a function of one argument;
it may be stolen until it has begun, and then stays on its worker.  61 turns and
half a queue are Go's and Tokio's.

The block: words, then 16 words a worker, then 16 bytes a job; all of it is
written under the lock, but a job's waiter, which its joiner's thread writes.
"""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr16, ptr32

from . import port
from .burst import OP_ASK
from .mailbox import enter, leave, of
from .scheduler import Scheduler
from .slot import NONE, READY, THROW, address_of, enqueue, get_half, get_word, set_half, set_word
from .slot import wake
from .values import TIMEOUT, Cancelled, SlotsFull
from .worker import Worker

_NONE = const(0xFFFF)
_BUDGET = const(61)

# halves of the block: first and last
_FREE = const(0)
_INJECTOR = const(2)
# and words
_WORKERS = const(2)
_SPAWNED = const(3)
_INJECTED = const(4)
_STOPPING = const(5)
_WORKERS_AT = const(32)

# a worker's words
_LOCAL = const(0)  # halves: first and last of its queue
_PINNED = const(1)
_LENGTH = const(2)  # of the local queue
_AT = const(3)  # its scheduler's address, two words
_IDLE = const(5)  # 1: it found nothing, and is to be rung
_TURNS = const(6)
_RAN = const(7)
_STOLEN = const(8)  # jobs that it took from others
_PARKED = const(9)  # times that it found nothing

# a job's halves
_NEXT = const(0)
_WAITER = const(1)
_STATE = const(2)
_ENDED_FOR = const(3)  # the end that joins it, or NONE

_QUEUED = const(1)
_RUNS = const(2)
_RETURNED = const(3)
_RAISED = const(4)
_CANCELLED = const(5)

# of the scheduler's block: see slot.py and mailbox.py
_BELL = const(21)
_ASLEEP = const(31)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())


@micropython.viper
def append(jobs: int, halves: int, index: int, job: int):
    """Put a job at the end of the list whose first and last stand at these halves."""
    h = ptr16(halves)
    ptr16(jobs + (job << 4))[_NEXT] = _NONE
    if h[index] == _NONE:
        h[index] = job
    else:
        ptr16(jobs + (int(h[index + 1]) << 4))[_NEXT] = job
    h[index + 1] = job


@micropython.viper
def first(jobs: int, halves: int, index: int) -> int:
    """Take a list's first job; NONE when there is none."""
    h = ptr16(halves)
    job = int(h[index])
    if job != _NONE:
        h[index] = ptr16(jobs + (job << 4))[_NEXT]
    return job


@micropython.viper
def ring_one(at: int, but: int) -> int:
    """Ring a worker that found nothing; its number + 1 if its semaphore must be given, else 0."""
    count = int(ptr32(at)[_WORKERS])
    i = 0
    while i < count:
        w = ptr32(at + _WORKERS_AT + (i << 6))
        if w[_IDLE] and i != but:
            w[_IDLE] = 0
            t = ptr32(w[_AT] | ((w[_AT + 1] << 16) << 16))
            t[_BELL] = 1
            if t[_ASLEEP]:
                t[_ASLEEP] = 0
                return i + 1
            return 0
        i += 1
    return 0


@micropython.viper
def put(kit, at: int, jobs: int, worker: int, pinned: int) -> int:
    """Take a free job and queue it: its number, or NONE.

    `worker` is whose queue it goes to, NONE for the injector.  kit: enter,
    leave, the workers' gives, things, arguments, thing, argument.
    """
    w = ptr32(at)
    give = 0
    kit[0]()
    job = int(first(jobs, at, _FREE))
    if job != _NONE:
        kit[3][job] = kit[5]
        kit[4][job] = kit[6]
        r = ptr16(jobs + (job << 4))
        r[_STATE] = _QUEUED
        r[_ENDED_FOR] = _NONE
        w[_SPAWNED] = w[_SPAWNED] + 1
        if worker == _NONE:
            append(jobs, at, _INJECTOR, job)
            w[_INJECTED] = w[_INJECTED] + 1
            give = int(ring_one(at, _NONE))
        else:
            mine = at + _WORKERS_AT + (worker << 6)
            m = ptr32(mine)
            if pinned:
                append(jobs, mine, _PINNED << 1, job)
                t = ptr32(m[_AT] | ((m[_AT + 1] << 16) << 16))
                m[_IDLE] = 0
                t[_BELL] = 1
                if t[_ASLEEP]:
                    t[_ASLEEP] = 0
                    give = worker + 1
            else:
                append(jobs, mine, _LOCAL << 1, job)
                m[_LENGTH] = m[_LENGTH] + 1
                give = int(ring_one(at, _NONE))
    kit[1]()
    if give:
        kit[2][give - 1]()
    return job


@micropython.viper
def get(kit, at: int, jobs: int, worker: int) -> int:
    """Take this worker's next job: its number, or NONE, and then it is rung when there is one."""
    mine = at + _WORKERS_AT + (worker << 6)
    m = ptr32(mine)
    give = 0
    kit[0]()
    turns = int(m[_TURNS]) + 1
    m[_TURNS] = turns & 0x3FFF
    job = _NONE
    if not turns % _BUDGET:
        job = int(first(jobs, at, _INJECTOR))
    if job == _NONE:
        job = int(first(jobs, mine, _PINNED << 1))
    if job == _NONE:
        job = int(first(jobs, mine, _LOCAL << 1))
        if job != _NONE:
            m[_LENGTH] = m[_LENGTH] - 1
    if job == _NONE:
        job = int(first(jobs, at, _INJECTOR))
    if job == _NONE:
        job = int(steal(at, jobs, worker))
    if job == _NONE:
        m[_IDLE] = 1
        m[_PARKED] = m[_PARKED] + 1
        m[_TURNS] = turns - 1
    else:
        ptr16(jobs + (job << 4))[_STATE] = _RUNS
        if m[_LENGTH] or ptr16(at)[_INJECTOR] != _NONE:
            give = int(ring_one(at, worker))  # there is more: another one may have it
    kit[1]()
    if give:
        kit[2][give - 1]()
    return job


@micropython.viper
def steal(at: int, jobs: int, worker: int) -> int:
    """Move half of the longest peer's queue, rounded up, to ours: its first job, or NONE."""
    count = int(ptr32(at)[_WORKERS])
    longest = 0
    victim = _NONE
    i = 0
    while i < count:
        if i != worker:
            length = int(ptr32(at + _WORKERS_AT + (i << 6))[_LENGTH])
            if length > longest:
                longest = length
                victim = i
        i += 1
    if victim == _NONE:
        return _NONE
    theirs = at + _WORKERS_AT + (victim << 6)
    mine = at + _WORKERS_AT + (worker << 6)
    t = ptr32(theirs)
    m = ptr32(mine)
    left = (longest + 1) >> 1
    t[_LENGTH] = longest - left
    m[_STOLEN] = m[_STOLEN] + left
    job = int(first(jobs, theirs, _LOCAL << 1))
    left -= 1
    m[_LENGTH] = m[_LENGTH] + left
    while left:
        append(jobs, mine, _LOCAL << 1, int(first(jobs, theirs, _LOCAL << 1)))
        left -= 1
    return job


@micropython.viper
def ended(kit, at: int, jobs: int, job: int, state: int, worker: int):
    """A job has ended: wake its joiner, and queue its handle for reuse.

    kit as for `put`; item 7 is the ends' addresses, item 8 their gives.
    """
    r = ptr16(jobs + (job << 4))
    give = 0
    kit[0]()
    r[_STATE] = state
    if worker != _NONE:
        m = ptr32(at + _WORKERS_AT + (worker << 6))
        m[_RAN] = m[_RAN] + 1
    end = int(r[_ENDED_FOR])
    if end != _NONE:
        t = ptr32(int(kit[7][end]))
        t[_BELL] = 1
        if t[_ASLEEP]:
            t[_ASLEEP] = 0
            give = 1
    else:
        append(jobs, at, _FREE, job)
    kit[1]()
    if give:
        kit[8][end]()


@micropython.viper
def arrange(kit, at: int, jobs: int, job: int, end: int) -> int:
    """Have the end rung when the job has ended; its state, which says if it has already."""
    r = ptr16(jobs + (job << 4))
    kit[0]()
    state = int(r[_STATE])
    if state < _RETURNED:
        r[_ENDED_FOR] = end
    kit[1]()
    return state


@micropython.viper
def free(kit, at: int, jobs: int, job: int):
    """A joined job has been taken: queue its handle for reuse."""
    kit[0]()
    ptr16(jobs + (job << 4))[_ENDED_FOR] = _NONE
    append(jobs, at, _FREE, job)
    kit[1]()


@micropython.viper
def take_queued(kit, at: int, jobs: int) -> int:
    """Any job that has not begun, whoever's it is; NONE when there is none."""
    kit[0]()
    job = int(first(jobs, at, _INJECTOR))
    count = int(ptr32(at)[_WORKERS])
    i = 0
    while i < count and job == _NONE:
        mine = at + _WORKERS_AT + (i << 6)
        job = int(first(jobs, mine, _PINNED << 1))
        if job == _NONE:
            job = int(first(jobs, mine, _LOCAL << 1))
            if job != _NONE:
                ptr32(mine)[_LENGTH] = ptr32(mine)[_LENGTH] - 1
        i += 1
    kit[1]()
    return job


class Pool:
    """`workers` threads that run up to `jobs` jobs, `slots` of them at a time each.

    With `main`, a scheduler that the program runs itself is one more worker: on
    rp2, where one thread can be had, that makes two cores.  `workers=0` with
    `main` is the deterministic mode: one worker, on this thread.
    `sealed=False` where jobs allocate; never for rp2's second core.

    ValueError: no worker at all.  RuntimeError at `start`: the port has not that many threads.
    Context: boot.  Alloc: boot only.
    """

    def __init__(self, workers, jobs=64, slots=8, main=None, sealed=False, ends=4):
        if workers < 0 or (workers == 0 and main is None):
            raise ValueError(
                "a pool of %r workers has nobody to run its jobs: 1 at least,"
                " or a scheduler of yours as main=" % (workers,)
            )
        if workers > port.threads:
            raise ValueError(
                "a pool of %d workers: this port has %d thread(s) beside the main one"
                % (workers, port.threads)
            )
        if not 1 <= jobs <= 0x3FFE:
            raise ValueError("a pool has 1 to 16382 jobs, not %r" % (jobs,))
        self.jobs = jobs
        self._workers = []
        self.schedulers = []
        if main is not None:
            self.schedulers.append(main)
        for number in range(workers):
            scheduler = Scheduler(slots + 2)
            self._workers.append(Worker(scheduler, "pool-%d" % number, sealed=sealed))
            self.schedulers.append(scheduler)
        count = len(self.schedulers)
        self._block = bytearray(_WORKERS_AT + 64 * count + 16 * jobs)
        self._at = at = address_of(self._block)
        self._jobs_at = jobs_at = at + _WORKERS_AT + 64 * count
        set_word(at, _WORKERS, count)
        for half in range(4):
            set_half(at, half, NONE)
        self._things: list = [None] * jobs
        self._arguments = [None] * jobs
        self._ends = []
        self._limit = ends + count
        addresses = [0] * self._limit
        gives = [None] * self._limit
        mailboxes = [of(scheduler) for scheduler in self.schedulers]
        self._kit = [
            enter,
            leave,
            [mailbox.give for mailbox in mailboxes],
            self._things,
            self._arguments,
            None,
            None,
            addresses,
            gives,
        ]
        self._handles = []
        for job in range(jobs):
            set_half(jobs_at + 16 * job, _WAITER, NONE)
            append(jobs_at, at, _FREE, job)
            self._handles.append(Job(self, job))
        self._members = []
        self._idents = [0] * count
        self.errors = 0
        self.cancelled = 0
        self.on_error = None
        self._stopped = False
        for number in range(count):
            scheduler = self.schedulers[number]
            place = at + _WORKERS_AT + 64 * number
            for half in range(4):
                set_half(place, half, NONE)
            set_word(place, _AT, scheduler.address & 0xFFFFFFFF)
            set_word(place, _AT + 1, scheduler.address >> 32)
            member = Member(self, scheduler, number)
            self._members.append(member)
            self.on(scheduler)
            for _ in range(slots):
                scheduler.spawn(member.run(), name="pool")

    def start(self):
        """Start the workers' threads.  RuntimeError: there are not as many.  Context: boot."""
        for worker in self._workers:
            worker.start()
        return self

    def on(self, scheduler):
        """Let tasks of this scheduler join jobs; the pool's own can.  Context: boot."""
        for end in self._ends:
            if end.scheduler is scheduler:
                return end
        number = len(self._ends)
        if number == self._limit:
            raise ValueError("the pool has all of its ends: give it ends=")
        self._kit[7][number] = scheduler.address
        self._kit[8][number] = of(scheduler).give
        end = End(self, scheduler, number)
        self._ends.append(end)
        return end

    def here(self):
        """The number of the worker on whose thread this runs, or NONE (65535)."""
        ident = port.thread_ident()
        for number in range(len(self._idents)):
            if self._idents[number] == ident:
                return number
        return NONE

    def spawn(self, thing, arg=None, worker=None):
        """Have a generator, or a function of one argument, run by some worker: its Job.

        With `worker`, a number from 0, on that one.  From a job it goes to the
        queue of its own worker, else to the injector.

        SlotsFull: all jobs are under way; it is still yours.  RuntimeError: after `stop`.
        Context: any thread.  Alloc: 0 in a job; from elsewhere a list of 9.
        """
        if self._stopped:
            raise RuntimeError("the pool is stopped: spawn before stop()")
        where = self.here()
        member = self._members[where] if where != NONE else None
        pinned = 0
        if worker is not None:
            if not 0 <= worker < len(self.schedulers):
                raise ValueError("worker %r of %d" % (worker, len(self.schedulers)))
            where = worker
            pinned = 1
        if member is not None:
            kit = member.kit
            kit[5] = thing
            kit[6] = arg
            job = put(kit, self._at, self._jobs_at, where, pinned)
            kit[5] = kit[6] = None
        else:  # a thread of the program's: its own kit, as the thing must not change under it
            kit = list(self._kit)
            kit[5] = thing
            kit[6] = arg
            job = put(kit, self._at, self._jobs_at, where, pinned)
        if job == NONE:
            raise SlotsFull("all %d jobs are under way: give Pool() more jobs=" % self.jobs)
        return self._handles[job]

    def stop(self, timeout_ms=2000):
        """Cancel what has not begun, then stop the workers, and wait: True, or TIMEOUT.

        Jobs that run are cancelled; `finally` blocks run.
        Context: the thread that made the pool, outside of `run`.
        """
        self._stopped = True
        while True:
            job = take_queued(self._kit, self._at, self._jobs_at)
            if job == NONE:
                break
            thing = self._things[job]
            self._things[job] = self._arguments[job] = None
            if type(thing) is _GENERATOR:
                thing.close()
            self._handles[job].result = None
            self.cancelled += 1
            ended(self._kit, self._at, self._jobs_at, job, _CANCELLED, NONE)
        for worker in self._workers:
            worker.stop()
        done = True
        for worker in self._workers:
            if worker.join(timeout_ms) is TIMEOUT:
                done = TIMEOUT
        return done

    def _sum(self, word):
        total = 0
        for number in range(len(self.schedulers)):
            total += get_word(self._at + _WORKERS_AT + 64 * number, word)
        return total

    @property
    def spawned(self):
        """Jobs given to the pool so far.  Alloc: 0."""
        return get_word(self._at, _SPAWNED)

    @property
    def injected(self):
        """Those that went through the injector.  Alloc: 0."""
        return get_word(self._at, _INJECTED)

    @property
    def ran(self):
        """Those that a worker has run.  Alloc: 0."""
        return self._sum(_RAN)

    @property
    def stolen(self):
        """Jobs that a worker took out of another one's queue.  Alloc: 0."""
        return self._sum(_STOLEN)

    @property
    def parked(self):
        """How often a worker found nothing.  Alloc: 0."""
        return self._sum(_PARKED)

    def ran_by(self, worker):
        """How many jobs this worker has run.  Alloc: 0."""
        return get_word(self._at + _WORKERS_AT + 64 * worker, _RAN)


class Member:
    """A worker's part: the tasks that run jobs, and the operation that gets one."""

    def __init__(self, pool, scheduler, number):
        self.op = OP_ASK
        self.pool = pool
        self.scheduler = scheduler
        self.number = number
        self.kit = list(pool._kit)  # its own, because a spawn puts what is spawned into it
        self._block = bytearray(b"\xff\xff")
        self._queue = address_of(self._block)
        scheduler.on_bell(self._answer)

    def begin(self, node):
        """Part of `yield member`: the next job's number.  Context: burst."""
        pool = self.pool
        if get_half(self._queue, 0) == NONE:
            job = get(self.kit, pool._at, pool._jobs_at, self.number)
            if job != NONE:
                self.scheduler.give(node, job)
                return 0
        enqueue(self.scheduler.address, node, self._queue)
        return 1

    def _answer(self):
        pool = self.pool
        node = get_half(self._queue, 0)
        while node != NONE:
            job = get(self.kit, pool._at, pool._jobs_at, self.number)
            if job == NONE:
                return
            self.scheduler.give(node, job)
            wake(self.scheduler.address, node, READY)
            node = get_half(self._queue, 0)

    def run(self):
        """One of the tasks that run jobs."""
        pool = self.pool
        number = self.number
        kit = self.kit
        at = pool._at
        jobs_at = pool._jobs_at
        pool._idents[number] = port.thread_ident()
        while True:
            job = yield self
            thing = pool._things[job]
            argument = pool._arguments[job]
            pool._things[job] = pool._arguments[job] = None
            handle = pool._handles[job]
            state = _RETURNED
            try:
                if type(thing) is not _GENERATOR:
                    thing = thing(argument)
                if type(thing) is _GENERATOR:
                    thing = yield from thing
                handle.result = thing
            except Cancelled:
                handle.result = None
                pool.cancelled += 1
                ended(kit, at, jobs_at, job, _CANCELLED, number)
                raise
            except Exception as error:
                state = _RAISED
                handle.result = error
                pool.errors += 1
                if pool.on_error is not None:
                    pool.on_error(handle, error)
            thing = argument = handle = None
            ended(kit, at, jobs_at, job, state, number)
            yield


class Job:
    """The handle of a job: it keeps the result until the pool has used its slot again."""

    def __init__(self, pool, number):
        self._pool = pool
        self._number = number
        self.result = None

    def _state(self):
        return get_half(self._pool._jobs_at + 16 * self._number, _STATE)

    def done(self):
        """True once it has ended.  Context: any thread.  Alloc: 0."""
        return self._state() >= _RETURNED

    def cancelled(self):
        """True when it ended without having run to its end.  Context: any thread.  Alloc: 0."""
        return self._state() == _CANCELLED

    def join(self, scheduler, timeout_ms=None):
        """Operation for a task of `scheduler`: wait for its end.

        `yield` gives the result, or raises its exception, or gives TIMEOUT.
        One task at a time.  Context: task.  Alloc: 0.
        """
        for end in self._pool._ends:
            if end.scheduler is scheduler:
                if timeout_ms is not None:
                    scheduler.within(timeout_ms)
                end.job = self._number
                return end
        raise ValueError("this scheduler does not know the pool: pool.on(scheduler) at boot")

    def wait(self, timeout_ms=None):
        """The same for code that is no task: it blocks this thread."""
        passed = 0
        while not self.done():
            if timeout_ms is not None and passed >= timeout_ms:
                return TIMEOUT
            port.pause()
            passed += 1
        result = self.result
        if self._state() == _RAISED:
            raise result
        return result


class End:
    """The jobs that one scheduler's tasks join."""

    def __init__(self, pool, scheduler, number):
        self.op = OP_ASK
        self.pool = pool
        self.scheduler = scheduler
        self.number = number
        self.job = 0
        scheduler.on_bell(self._answer)

    def begin(self, node):
        """Part of `yield job.join()`.  Context: burst."""
        pool = self.pool
        job = self.job
        record = pool._jobs_at + 16 * job
        if get_half(record, _WAITER) != NONE:
            raise RuntimeError("another task joins this job already")
        state = arrange(pool._kit, pool._at, pool._jobs_at, job, self.number)
        result = pool._handles[job].result
        if state == _RAISED:
            raise result
        if state >= _RETURNED:
            self.scheduler.give(node, result)
            return 0
        enqueue(self.scheduler.address, node, record + 2 * _WAITER)
        return 1

    def _answer(self):
        """The bell rang: which of the jobs that are joined here have ended?"""
        pool = self.pool
        for job in range(pool.jobs):
            record = pool._jobs_at + 16 * job
            if get_half(record, _ENDED_FOR) == self.number:
                state = get_half(record, _STATE)
                if state >= _RETURNED:
                    node = get_half(record, _WAITER)
                    if node != NONE:  # else it has given up
                        self.scheduler.give(node, pool._handles[job].result)
                        wake(self.scheduler.address, node, THROW if state == _RAISED else READY)
                    free(pool._kit, pool._at, pool._jobs_at, job)
