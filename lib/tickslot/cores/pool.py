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

    free --put--> QUEUED (injector, local or pinned) --get, or steal and get--> RUNS
    RUNS --ended, nobody joins it--> free, and its handle keeps the result until the next put
    RUNS --ended, an end joins it--> that end's list --End._answer--> free
    QUEUED --get, by `stop`--> cancelled, its thread being whoever called

A turn is one job begun.  A job is a generator, or a function of one argument;
it may be stolen until it has begun, and then stays on its worker.  61 turns and
half a queue are Go's and Tokio's.  A worker's own order is pinned jobs, local
ones, the injector; at each 61st turn, the injector, local ones, pinned ones.

The block: words, then 16 words a worker, 4 an end, and 8 bytes a job.  All of it is
read and written under the lock, whose release and acquire order it on every
machine (see mailbox.py).  Two words are only looked at outside: a job's waiter by
its joiner's thread, which wrote it, and CURRENT of another scheduler, a mere hint.
So is a job's thing passed on: written before a section, read after one.
"""

from ..core.block import address_of, get_word, set_address, set_half, set_word
from ..core.on_cpython import const, micropython, print_exception, ptr16, ptr32
from ..core.inline import address_at
from ..core.layout import Header, NONE, Op, State
from ..core.outcomes import Cancelled, SlotsFull, TIMEOUT
from ..core.scheduler import Scheduler
from ..core.wait_queue import enqueue, wake
from . import port
from ..core.doorbell import enter, leave, ring_at
from .mailbox_of import mailbox_of
from .worker import Worker

_BUDGET = const(61)

# the block's words; a list of jobs is a word, the halves of its first and last
_FREE = const(0)
_INJECTOR = const(1)
_WORKERS = const(2)
_SPAWNED = const(3)
_INJECTED = const(4)
_STOPPING = const(5)
_DROPPED = const(6)  # jobs that `stop` cancelled before they began
_ENDS_AT = const(7)  # bytes from the block's first
_JOBS_AT = const(8)
_END_COUNT = const(9)
_WORKERS_AT = const(40)

# a worker's words
_LOCAL = const(0)
_PINNED = const(1)
_LENGTH = const(2)  # of the local queue
_AT = const(3)  # its scheduler's address, two words
_IDLE = const(5)  # 1: it has a task that found nothing, and is to be rung
_TURNS = const(6)
_STOLEN = const(7)  # jobs that it took from others
_PARKED = const(8)  # times that it found nothing
_RAN = const(9)  # jobs that ended here
_COUNTS = const(6)  # those of them that raised and that were cancelled: this and the state

# an end's words
_ENDED = const(0)  # the jobs that have ended for it
_END_AT = const(1)  # its scheduler's address, two words

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

# of the scheduler's block: see slot.py

# of the kit, a list whose items cost less than as many attributes
_AT_KIT = const(0)
_ENTER = const(1)
_LEAVE = const(2)
_GIVES = const(3)  # of the workers' mailboxes
_THINGS = const(4)
_ARGUMENTS = const(5)
_HANDLES = const(6)
_IDENTS = const(7)  # of the workers' threads
_IDENT = const(8)
_ENDS = const(9)
_SCHEDULERS = const(10)  # the ends'
_END_GIVES = const(11)
_NOTHING = const(12)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())
_INTERRUPTS = (KeyboardInterrupt, SystemExit)  # these end `run` as well


@micropython.viper
def append(jobs: int, list_at: int, job: int):
    """Put a job at the end of a list."""
    h = ptr16(list_at)
    ptr16(jobs + (job << 3))[_NEXT] = NONE
    if h[0] == NONE:
        h[0] = job
    else:
        ptr16(jobs + (int(h[1]) << 3))[_NEXT] = job
    h[1] = job


@micropython.viper
def first(jobs: int, list_at: int) -> int:
    """Take a list's first job; NONE when there is none."""
    h = ptr16(list_at)
    job = int(h[0])
    if job != NONE:
        h[0] = ptr16(jobs + (job << 3))[_NEXT]
    return job


@micropython.viper
def ring_one(at: int, but: int) -> int:
    """Ring a worker that found nothing, rather one that runs no task just now.

    Its number + 1 if its semaphore must be given, else 0.
    """
    count = int(ptr32(at)[_WORKERS])
    chosen = NONE
    i = 0
    while i < count:
        w = ptr32(at + _WORKERS_AT + (i << 6))
        if w[_IDLE] and i != but:
            chosen = i
            if ptr32(address_at(w, _AT))[Header.CURRENT] == NONE:
                i = count
        i += 1
    if chosen != NONE:
        mine = at + _WORKERS_AT + (chosen << 6)
        ptr32(mine)[_IDLE] = 0
        if int(ring_at(mine + 4 * _AT)):
            return chosen + 1
    return 0


@micropython.viper
def put(kit, thing, argument, worker: int):
    """Take a free job and queue it, for that worker alone unless it is -1: its Job, or None."""
    at = int(kit[_AT_KIT])
    w = ptr32(at)
    jobs = at + int(w[_JOBS_AT])
    give = 0
    result = kit[_NOTHING]
    own = worker
    if worker < 0:
        idents = kit[_IDENTS]
        ident = int(kit[_IDENT]())
        own = int(w[_WORKERS]) - 1
        while own >= 0 and int(idents[own]) != ident:
            own -= 1
    kit[_ENTER]()
    h = ptr16(at + 4 * _FREE)
    job = int(h[0])
    if job != NONE and not w[_STOPPING]:
        h[0] = ptr16(jobs + (job << 3))[_NEXT]
        result = kit[_HANDLES][job]
        kit[_THINGS][job] = thing
        kit[_ARGUMENTS][job] = argument
        r = ptr16(jobs + (job << 3))
        r[_STATE] = _QUEUED
        r[_ENDED_FOR] = NONE
        w[_SPAWNED] = int(w[_SPAWNED]) + 1
        list_at = at + 4 * _INJECTOR
        if own < 0:
            w[_INJECTED] = int(w[_INJECTED]) + 1
        else:
            list_at = at + _WORKERS_AT + (own << 6)
            m = ptr32(list_at)
            if m[_IDLE] or worker >= 0:
                m[_IDLE] = 0
                if int(ring_at(list_at + 4 * _AT)):
                    give = own + 1
            if worker >= 0:
                list_at += 4 * _PINNED
            else:
                m[_LENGTH] = int(m[_LENGTH]) + 1
        append(jobs, list_at, job)
        if worker < 0:  # then `own` is this thread, and awake
            give = int(ring_one(at, own))
    kit[_LEAVE]()
    if give:
        kit[_GIVES][give - 1]()
    return result


@micropython.viper
def get(kit, worker: int) -> int:
    """Take this worker's next job: its number, or NONE, and then it is rung when there is one."""
    at = int(kit[_AT_KIT])
    jobs = at + int(ptr32(at)[_JOBS_AT])
    list_at = at + _WORKERS_AT + (worker << 6)
    m = ptr32(list_at)
    lists = ptr16(list_at)
    injector = ptr16(at + 4 * _INJECTOR)
    give = 0
    kit[_ENTER]()
    if lists[2 * _PINNED] == NONE and lists[2 * _LOCAL] == NONE and injector[0] == NONE:
        steal(at, jobs, worker)
    turns = int(m[_TURNS]) + 1
    if turns >= _BUDGET and injector[0] != NONE:
        list_at = at + 4 * _INJECTOR
    elif lists[2 * _PINNED] != NONE and (turns < _BUDGET or lists[2 * _LOCAL] == NONE):
        list_at += 4 * _PINNED
    elif lists[2 * _LOCAL] != NONE:
        m[_LENGTH] = int(m[_LENGTH]) - 1
    else:
        list_at = at + 4 * _INJECTOR
    job = int(first(jobs, list_at))
    if job == NONE:
        m[_IDLE] = 1
        m[_PARKED] = int(m[_PARKED]) + 1
    else:
        m[_TURNS] = 0 if turns >= _BUDGET else turns
        ptr16(jobs + (job << 3))[_STATE] = _RUNS
        if m[_LENGTH] or injector[0] != NONE:
            give = int(ring_one(at, worker))  # there is more: another one may have it
    kit[_LEAVE]()
    if give:
        kit[_GIVES][give - 1]()
    return job


@micropython.viper
def steal(at: int, jobs: int, worker: int):
    """Move half of the longest peer's queue, rounded up, to ours."""
    mine = at + _WORKERS_AT + (worker << 6)
    theirs = at + _WORKERS_AT
    end = theirs + (int(ptr32(at)[_WORKERS]) << 6)
    victim = mine
    longest = 0
    while theirs < end:
        if theirs != mine and int(ptr32(theirs)[_LENGTH]) > longest:
            victim = theirs
            longest = int(ptr32(theirs)[_LENGTH])
        theirs += 64
    left = (longest + 1) >> 1
    ptr32(victim)[_LENGTH] = longest - left
    m = ptr32(mine)
    m[_LENGTH] = left
    m[_STOLEN] = int(m[_STOLEN]) + left
    while left:
        append(jobs, mine + 4 * _LOCAL, int(first(jobs, victim + 4 * _LOCAL)))
        left -= 1


@micropython.viper
def ended(kit, job: int, state: int, worker: int):
    """A job has ended, `worker` NONE: before it began.  Tell who joins it, or free its handle."""
    at = int(kit[_AT_KIT])
    w = ptr32(at)
    jobs = at + int(w[_JOBS_AT])
    r = ptr16(jobs + (job << 3))
    give = 0
    kit[_ENTER]()
    r[_STATE] = state
    if worker == NONE:
        w[_DROPPED] = int(w[_DROPPED]) + 1
    else:
        m = ptr32(at + _WORKERS_AT + (worker << 6))
        m[_RAN] = int(m[_RAN]) + 1
        if state != _RETURNED:
            m[_COUNTS + state] = int(m[_COUNTS + state]) + 1
    end = int(r[_ENDED_FOR])
    if end == NONE:
        append(jobs, at + 4 * _FREE, job)
    else:
        e = at + int(w[_ENDS_AT]) + (end << 4)
        append(jobs, e + 4 * _ENDED, job)
        give = int(ring_at(e + 4 * _END_AT))
    kit[_LEAVE]()
    if give:
        kit[_END_GIVES][end]()


@micropython.viper
def state_of(kit, job: int) -> int:
    """A job's state: when it has ended, its result can be read after this, on any machine."""
    at = int(kit[_AT_KIT])
    kit[_ENTER]()
    state = int(ptr16(at + int(ptr32(at)[_JOBS_AT]) + (job << 3))[_STATE])
    kit[_LEAVE]()
    return state


@micropython.viper
def end_of(kit, scheduler):
    """The end of this scheduler, or None."""
    schedulers = kit[_SCHEDULERS]
    count = int(ptr32(int(kit[_AT_KIT]))[_END_COUNT])
    i = 0
    while i < count:
        if schedulers[i] is scheduler:
            return kit[_ENDS][i]
        i += 1
    return kit[_NOTHING]


class Pool:
    """`workers` threads that run up to `jobs` jobs, `slots` of them at a time each.

    With `main`, a scheduler that the program runs itself is one more worker, the
    first: on rp2, where one thread can be had, that makes two cores.  `workers=0`
    with `main` is the deterministic mode: one worker, on this thread.
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
        self.on_error = None
        self._workers = []
        self.schedulers = [] if main is None else [main]
        for number in range(workers):
            scheduler = Scheduler(slots + 2)
            self._workers.append(Worker(scheduler, "pool-%d" % number, sealed=sealed))
            self.schedulers.append(scheduler)
        count = len(self.schedulers)
        self._limit = ends + count
        ends_at = _WORKERS_AT + 64 * count
        self._jobs_at = jobs_at = ends_at + 16 * self._limit
        self._block = bytearray(jobs_at + 8 * jobs)
        self._at = at = address_of(self._block)
        for half in range(4):  # both lists are empty
            set_half(at, half, NONE)
        set_word(at, _WORKERS, count)
        set_word(at, _ENDS_AT, ends_at)
        set_word(at, _JOBS_AT, jobs_at)
        self._kit: list = [
            at,
            enter,
            leave,
            [mailbox_of(scheduler).give for scheduler in self.schedulers],
            [None] * jobs,
            [None] * jobs,
            [],
            [-1] * count,  # until it runs, whoever spawns is outside
            port.thread_ident,
            [],
            [],
            [],
            None,
        ]
        for job in range(jobs):
            set_half(at + jobs_at, 4 * job + _WAITER, NONE)
            append(at + jobs_at, at + 4 * _FREE, job)
            self._kit[_HANDLES].append(Job(self, job))
        self._own = []  # main's tasks that run jobs
        for number in range(count):
            scheduler = self.schedulers[number]
            place = at + _WORKERS_AT + 64 * number
            for half in range(4):
                set_half(place, half, NONE)
            set_address(place, _AT, scheduler.address)
            member = Member(self, scheduler, number)
            self.on(scheduler)
            for _ in range(slots):
                task = scheduler.spawn(member.run(), name="pool")
                if scheduler is main:
                    self._own.append(task)

    def start(self):
        """Start the workers' threads.  RuntimeError: there are not as many.  Context: boot."""
        for worker in self._workers:
            worker.start()
        return self

    def on(self, scheduler):
        """Let tasks of this scheduler join jobs; the pool's own can.  Context: boot."""
        end = end_of(self._kit, scheduler)
        if end is None:
            ends = self._kit[_ENDS]
            number = len(ends)
            if number == self._limit:
                raise ValueError("the pool has all of its %d ends: give it ends=" % number)
            place = self._at + get_word(self._at, _ENDS_AT) + 16 * number
            set_half(place, 0, NONE)
            set_half(place, 1, NONE)
            set_address(place, _END_AT, scheduler.address)
            self._kit[_END_GIVES].append(mailbox_of(scheduler).give)
            self._kit[_SCHEDULERS].append(scheduler)
            end = End(self, scheduler, number)
            ends.append(end)
            set_word(self._at, _END_COUNT, number + 1)
        return end

    def here(self):
        """The number of the worker on whose thread this runs, or None.  Alloc: 0."""
        idents = self._kit[_IDENTS]
        ident = port.thread_ident()
        for number in range(len(idents)):
            if idents[number] == ident:
                return number
        return None

    def spawn(self, thing, arg=None, worker=None):
        """Have a generator, or a function of one argument, run by some worker: its Job.

        With `worker`, a number from 0, on that one.  From a worker's thread it
        goes to that worker's queue, else to the injector.

        SlotsFull: all jobs are under way; it is still yours.  RuntimeError: after `stop`.
        Context: any thread.  Alloc: 0.
        """
        if worker is None:
            worker = -1
        elif not 0 <= worker < len(self.schedulers):
            raise ValueError("worker %r of %d" % (worker, len(self.schedulers)))
        job = put(self._kit, thing, arg, worker)
        if job is None:
            if get_word(self._at, _STOPPING):
                raise RuntimeError("the pool is stopped: spawn before stop()")
            raise SlotsFull("all %d jobs are under way: give Pool() more jobs=" % self.jobs)
        return job

    def stop(self, timeout_ms=2000):
        """Cancel what has not begun, then stop the workers, and wait: True, or TIMEOUT.

        Jobs that run are cancelled; `finally` blocks run, main's in `main.run_until`.
        Context: the thread that made the pool, outside of `run`.
        """
        kit = self._kit
        set_word(self._at, _STOPPING, 1)  # seen by every `put` after the next section
        for number in range(len(self.schedulers)):
            job = get(kit, number)
            while job != NONE:
                thing = kit[_THINGS][job]
                kit[_THINGS][job] = kit[_ARGUMENTS][job] = None
                if type(thing) is _GENERATOR:
                    thing.close()
                kit[_HANDLES][job].result = None
                ended(kit, job, _CANCELLED, NONE)
                job = get(kit, number)
        for worker in self._workers:
            worker.stop()
        for task in self._own:
            task.cancel()
            try:
                self.schedulers[0].run_until(task)
            except Cancelled:
                pass
        self._own.clear()
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
        """Those that a worker has begun and that have ended, in whatever way.  Alloc: 0."""
        return self._sum(_RAN)

    @property
    def errors(self):
        """Those that raised.  Alloc: 0."""
        return self._sum(_COUNTS + _RAISED)

    @property
    def cancelled(self):
        """Those that were cancelled, before they began or later.  Alloc: 0."""
        return get_word(self._at, _DROPPED) + self._sum(_COUNTS + _CANCELLED)

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


def again(error):
    """What a job raised that ends `run`: raised where it does.

    Another object of it: who joins the job raises that one, maybe at this very
    moment on another thread, and each raise writes to the traceback in it.
    """
    raise type(error)(*error.args)


class Member:
    """A worker's part: the tasks that run jobs, and the operation that gets one."""

    def __init__(self, pool, scheduler, number):
        self.op = Op.ASK
        self.pool = pool
        self.scheduler = scheduler
        self.number = number
        self._kit = pool._kit
        self._a = scheduler.address
        self._store = scheduler.store
        self._words = pool._at + _WORKERS_AT + 64 * number
        self._block = bytearray(b"\xff\xff")
        self._queue = address_of(self._block)
        scheduler.on_bell(self._answer)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield member`, which gives the next job's handle.  Context: burst."""
        queue = int(self._queue)
        if ptr16(queue)[0] == NONE:
            kit = self._kit
            job = int(get(kit, int(self.number)))
            if job != NONE:
                self._store[node] = kit[_HANDLES][job]
                return 0
        enqueue(int(self._a), node, queue)
        return 1

    @micropython.viper
    def _answer(self):  # hot
        if ptr32(int(self._words))[_IDLE]:
            return  # it was not rung for a job
        q = ptr16(int(self._queue))
        kit = self._kit
        while q[0] != NONE:
            job = int(get(kit, int(self.number)))
            if job == NONE:
                return
            self._store[q[0]] = kit[_HANDLES][job]
            wake(int(self._a), int(q[0]), State.READY)

    def run(self):
        """One of the tasks that run jobs."""
        kit = self._kit
        number = self.number
        things = kit[_THINGS]
        arguments = kit[_ARGUMENTS]
        kind = type  # a local costs a tenth of a global
        generator = _GENERATOR
        kit[_IDENTS][number] = port.thread_ident()
        state = _RETURNED
        while state != _CANCELLED or not get_word(kit[_AT_KIT], _STOPPING):
            handle = yield self
            job = handle.number
            thing = things[job]
            argument = arguments[job]
            things[job] = arguments[job] = None
            state = _RETURNED
            try:
                if kind(thing) is not generator:
                    thing = thing(argument)
                if kind(thing) is generator:
                    thing = yield from thing
                handle.result = thing
            except BaseException as error:
                state = self._failed(handle, error)
            thing = argument = handle = None
            ended(kit, job, state, number)

    def _failed(self, handle, error):
        """A job has raised: the state that it ended in."""
        if isinstance(error, Cancelled):
            handle.result = None
            return _CANCELLED
        scheduler = self.scheduler
        handle.result = error = scheduler._lasting(error, get_word(self._a, Header.CURRENT))
        if isinstance(error, _INTERRUPTS):
            scheduler.call_soon(again, error)
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
        return _RAISED


class Job:
    """The handle of a job: it keeps the result until the pool has used its slot again."""

    def __init__(self, pool, number):
        self._kit = pool._kit
        self.number = number
        self.result = None

    def done(self):
        """True once it has ended.  Context: any thread.  Alloc: 0."""
        return state_of(self._kit, self.number) >= _RETURNED

    def cancelled(self):
        """True when it ended without having run to its end.  Context: any thread.  Alloc: 0."""
        return state_of(self._kit, self.number) == _CANCELLED

    def join(self, scheduler, timeout_ms=None):
        """Operation for a task of `scheduler`: wait for its end.

        `yield` gives the result, None when it was cancelled, or raises its
        exception, or gives TIMEOUT.  RuntimeError: another task joins it.
        Context: task.  Alloc: 0.
        """
        end = end_of(self._kit, scheduler)
        if end is None:
            raise ValueError("this scheduler does not know the pool: pool.on(scheduler) at boot")
        if timeout_ms is not None:
            scheduler.within(timeout_ms)
        end.job = self
        return end

    def wait(self, timeout_ms=None):
        """The same for code that is no task: it blocks this thread."""
        passed = 0
        while not self.done():
            if timeout_ms is not None and passed >= timeout_ms:
                return TIMEOUT
            port.doze()
            passed += 1
        if state_of(self._kit, self.number) == _RAISED:
            raise self.result
        return self.result


class End:
    """The jobs that one scheduler's tasks join."""

    def __init__(self, pool, scheduler, number):
        self.op = Op.ASK
        self.scheduler = scheduler
        self.number = number
        self.job = None
        self._kit = pool._kit
        self._a = scheduler.address
        self._store = scheduler.store
        self._jobs = pool._at + pool._jobs_at
        self._list = pool._at + get_word(pool._at, _ENDS_AT) + 16 * number + 4 * _ENDED
        scheduler.on_bell(self._answer)

    @micropython.viper
    def begin(self, node: int) -> int:  # hot
        """Part of `yield job.join(scheduler)`.  Context: burst."""
        handle = self.job
        kit = self._kit
        record = int(self._jobs) + (int(handle.number) << 3)
        r = ptr16(record)
        parked = 1
        kit[_ENTER]()
        state = int(r[_STATE])
        taken = int(r[_WAITER]) != NONE
        if not taken and state < _RETURNED:
            r[_ENDED_FOR] = int(self.number)
            enqueue(int(self._a), node, record + 2 * _WAITER)
        kit[_LEAVE]()
        if taken:
            self._refuse()
        if state >= _RETURNED:
            self._store[node] = handle.result
            parked = 2 if state == _RAISED else 0
        return parked

    def _refuse(self):
        raise RuntimeError("another task joins this job already")

    @micropython.viper
    def _answer(self):  # hot
        """The bell rang: which of the jobs that are joined here have ended?"""
        if ptr16(int(self._list))[0] == NONE:
            return
        kit = self._kit
        at = int(kit[_AT_KIT])
        jobs = int(self._jobs)
        done = NONE
        while True:
            kit[_ENTER]()
            if done != NONE:
                append(jobs, at + 4 * _FREE, done)
            done = int(first(jobs, int(self._list)))
            kit[_LEAVE]()
            if done == NONE:
                return
            r = ptr16(jobs + (done << 3))
            node = int(r[_WAITER])
            if node != NONE:  # else it has given up
                self._store[node] = kit[_HANDLES][done].result
                wake(int(self._a), node, State.THROW if r[_STATE] == _RAISED else State.READY)
