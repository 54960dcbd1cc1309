"""The scheduler: static slots, one thread, no byte allocated once it runs."""

from .block import (
    address_of,
    addresses_are_small,
    free_slot,
    get_byte,
    get_half,
    get_word,
    make_block,
    references,
    set_byte,
    set_half,
    set_word,
)
from .callbacks import caller_of, canceller_of
from .channel import BLOCK, Channel
from .clock import ManualClock, check_period, doze, pause, system_clock
from .fault import line_of
from .idle import nap_of
from .interval import CATCH_UP, Interval
from .on_cpython import const, micropython, print_exception
from .layout import (
    Block,
    Flag,
    Handle,
    Header,
    MAX_NODES,
    MEMBER,
    NONE,
    Op,
    Slot,
    State,
    Store,
    Why,
)
from .outcomes import AllocationError, CLOSED, Cancelled, Deadlock, SlotsFull, TIMEOUT
from .run_loop import run_ready
from .sleep import Ticks
from .spawn import runner, spawn_of
from .task import Ended, RAISED, TAKEN, Task, carry, carry_calls
from .timer_wheel import disarm, expire
from .wait_queue import queue_of, make_ready, wake

# why a burst has ended, and what the end of a task yields: see burst.py

# the block's layout: see slot.py, whose constants these are

_NOT_MINE = (
    "%r yielded an operation of another scheduler's channel or event: between schedulers,"
    " take a CrossChannel or a Signal"
)

_FOR_EVER = const(0x1FFFFFFF)

_INTERRUPTS = (KeyboardInterrupt, SystemExit)  # these end `run` as well


class Scheduler:
    """Runs up to `slots` tasks, in turn, on the thread that calls `run`.

    Guarantees
     * every byte is allocated by this constructor, and by those of the channels;
     * ready tasks run in the order in which they became ready;
     * a sleep never ends early; a timer waits for at most one turn of each of
       the tasks that were ready before it, however busy they are;
     * a task that raises ends alone: the others, and `run`, go on.

    clock         any callable that gives ticks (see clock.py); None: time.ticks_ms
    period        where the clock wraps, in ticks; None: the clock's own `period`, or 2**30
    ticks_per_ms  how many of its ticks make a millisecond
    calls         slots for call_soon and call_later
    handles       handles beyond one a slot: how long a dead one stays true (see Task)
    watchers      sources of all `select`s together

    ValueError: a size of 0, or one that is too large.  Context: boot.
    """

    def __init__(
        self,
        slots,
        clock=None,
        period=None,
        ticks_per_ms=1,
        policy=None,
        calls=4,
        handles=4,
        watchers=0,
    ):
        if slots < 1:
            raise ValueError("a scheduler needs slots for its tasks: Scheduler(slots=%r)" % slots)
        if min(calls, watchers) < 0 or slots + calls + watchers > MAX_NODES:
            raise ValueError("slots, calls and watchers: %d at most" % MAX_NODES)
        if not 1 <= handles <= MAX_NODES:
            raise ValueError("handles: 1 at least, %d at most" % MAX_NODES)
        if clock is None:
            clock = system_clock
            if clock is None:
                raise ValueError(
                    "this port has no `time`: give a clock, as in Scheduler(8, clock=f)"
                )
        if period is None:
            period = getattr(clock, "period", 1 << 30)
        check_period(period)
        if not 1 <= ticks_per_ms <= 1 << 20:
            raise ValueError("ticks_per_ms is 1 to 2**20, not %r" % (ticks_per_ms,))
        self.nodes = nodes = slots + calls
        self._manual = None
        if isinstance(clock, ManualClock):
            clock.watch(self._clock_moved)
            self._manual = clock
        self.clock = clock
        read = clock if self._manual is None else clock.read
        self.period = period
        self.slots = slots
        # a value for each node; what burst.py needs; each handle, its result and name; runners
        handles += nodes
        values = [None] * (nodes + watchers + 1) + [None, True, CLOSED, None, None]
        self.handles = len(values)
        self._runners = self.handles + 3 * handles
        for handle in range(handles):
            values += [Task(self, handle), None, None]
        self.store = references(values + [None] * nodes)
        self._block = make_block(
            slots, calls, watchers, handles, period, ticks_per_ms, self.store
        )
        self.address = address_of(self._block)
        self._watcher = nodes  # the next free one
        self._watchers_end = self.outside = nodes + watchers
        self.handles_at = self.address + Block.SLOTS + Slot.BYTES * (self.outside + 1)
        self._ticks = ticks = Ticks(self, read, ticks_per_ms)
        self.now = ticks.now
        self.sleep_ms = ticks.sleep_ms
        self.sleep = ticks.sleep
        self.sleep_until = ticks.sleep_until
        self.yield_now = ticks.yield_now
        self.within = ticks.within
        self.park = ticks.park
        self._cancelled = Cancelled()
        self._arguments = [None] * calls
        self._returned = Ended(Op.RETURNED, Ended(Op.RAISED), self._cancelled)
        self._carriers = [self._carrier(node) for node in range(nodes)]
        for node in range(nodes):
            self.run_by(node, self._carriers[node])
        self.store[self.outside + Store.SLEEP] = ticks
        self.store[self.outside + Store.SEND] = type(self._carriers[0]).send
        kept = (self.store, self._arguments)
        self.call_soon, self.call_later = caller_of(
            self.address, kept, read, (1 << 29) // ticks_per_ms, self._call_slowly
        )
        self.cancel_handle = canceller_of(self.address, kept, self._cancel_slowly)
        self._members = []  # the scope of each place of a scope
        self.held = bytearray(0)  # 1 for each task that leaves a scope: a cancel waits until it has
        self.constants = (
            None,
            True,
            CLOSED,
            TIMEOUT,
            read,
            self.member_ended,
        )
        self.spawn = spawn_of(self)
        self._things = []  # what tasks wait on, for the report of a deadlock
        self._answers = []  # whom to call when the bell rings
        self._until = None
        self._running = False
        self._sealed = False
        self._sealable = addresses_are_small()
        self._emergency = None
        self.on_error = None
        self.idle = None
        self.share = _FOR_EVER  # switches in one go; less where threads share an interpreter
        self.nap = nap_of(self, read, self._wait)
        self.blame = None  # and whose code it called that raised: blame(error) is True if it was
        self.tell = None  # tell(node, error) hears of each task that ends by one: hooks.py
        self.errors = 0
        self._run_ready = run_ready
        # What other rooms hang on a scheduler, each made when it is first needed.
        self.mailbox = None  # cores/mailbox.py: what other threads leave for it
        self.observer = None  # observe/observer.py: looks on at every turn
        self.trace = None  # observe/trace.py
        self.metrics = None  # observe/metrics.py
        self.services = []  # rpc/service.py: those that it serves
        self.policy = policy
        if policy is not None:
            policy.attach(self)

    # -- tasks ---------------------------------------------------------------

    def tasks(self):
        """The handles of the tasks that live, by slot.  Context: any.  Alloc: the list."""
        tasks = [self.task_of(node) for node in range(self.slots)]
        return [task for task in tasks if task is not None]

    def task_of(self, node):
        """The handle of the task, or the call, that has the slot `node`, or None.  Alloc: 0."""
        return None if self._state(node) == State.FREE else self.store[self._handle_of(node)]

    def _handle_of(self, node):
        return self.handles + 3 * get_half(self.handles_at + Handle.BYTES * node, 3)

    def name_of(self, generation):
        """The name of the task of that `generation`, or None: see Task.  Context: any."""
        for place in range(self.handles, self._runners, 3):
            if self.store[place].generation == generation:
                return self.store[place + 2]
        return None

    @property
    def current(self):
        """The Task that runs, or None.  Context: any.  Alloc: 0."""
        node = get_word(self.address, Header.CURRENT)
        return None if node == NONE else self.task_of(node)

    @property
    def switches(self):
        """Resumes made so far, modulo 2**30.  Context: any.  Alloc: 0."""
        a = self.address
        return (get_word(a, Header.SWITCHES) - get_word(a, Header.TO_LOOK)) & 0x3FFFFFFF

    # -- time ----------------------------------------------------------------

    def interval(self, ms, late=CATCH_UP):
        """A fixed-rate tick, made once and yielded in a loop: see Interval.  Alloc: boot only."""
        return Interval(self, ms, late)

    # -- channels ------------------------------------------------------------

    def select(self, *sources):
        """A wait for the first of several things, made once and yielded often: see Select.

        Alloc: boot only.
        """
        from ..sync.select import Select  # a room above this one: loaded when it is asked for

        return Select(self, *sources)

    def channel(self, capacity, overflow=BLOCK, name=None):
        """A bounded FIFO between tasks: see Channel.  Alloc: boot only."""
        return Channel(self, capacity, overflow, name)

    # -- running -------------------------------------------------------------

    def run(self, sealed=False):
        """Run until no task and no call is left.

        With `sealed` this thread's heap is locked all the while: a task that
        allocates ends with AllocationError, the others go on.

        Deadlock: tasks are left and nothing can ever wake one; they stay as they are.
        Context: outside of any task.  Alloc: 0, a fault's report apart.
        """
        self._loop(None, sealed)

    def run_until(self, task, sealed=False):
        """Run until `task` has ended: its result, or its exception raised.

        The other tasks keep their place.  See `run`.
        """
        self._until = task
        set_word(self.address, Header.UNTIL, NONE if task._node < 0 else task._node)
        try:
            self._loop(task, sealed)
        finally:
            self._until = None
            set_word(self.address, Header.UNTIL, NONE)
        return task.take()

    def poll_once(self):
        """Serve the timers that are due and give one ready task one turn: was there one?

        Context: outside of any task.  Alloc: 0, a fault's report apart.
        """
        a = self.address
        if get_word(a, Header.CURRENT) != NONE:
            raise self.error(RuntimeError, "%r runs already: spawn a task instead", self)
        if get_word(a, Header.ARMED):
            expire(a, self.now())
        before = self.switches
        try:
            return self._turn(1) or self.switches != before
        except BaseException as error:
            self._broke_out(get_word(a, Header.CURRENT), error)
            return True

    def _loop(self, until, sealed):
        if self._running or get_word(self.address, Header.CURRENT) != NONE:
            raise self.error(RuntimeError, "%r runs already: spawn a task instead", self)
        if sealed and not self._sealable:
            raise RuntimeError(
                "sealed=True needs RAM below 2**30: here an address is no small int, and allocates"
            )
        self._running = True
        if sealed:
            micropython.heap_lock()  # not in there: a frame that ends under it stays as garbage
            self._seal()
        stuck = True
        try:
            stuck = self._turns_on(until)
        finally:
            if sealed:
                self._sealed = False
                micropython.heap_unlock()
            self._running = False
            set_word(self.address, Header.CURRENT, NONE)
        if stuck:
            raise Deadlock(self._waits())

    def _turns(self, until):
        """Turn after turn, until `until` or all tasks have ended; True when that can never be."""
        while until is None or until._node >= 0:
            if not self._turn(self.share):
                return get_word(self.address, Header.LIVE) != 0
        return False

    def _turns_on(self, until):
        """`_turns`, whatever breaks out of it.

        The `try` is out here because a frame of more than 11 words, which a `try`
        makes of most, is taken from the heap and given back at each call.
        """
        while True:
            try:
                return self._turns(until)
            except BaseException as error:
                self._broke_out(get_word(self.address, Header.CURRENT), error)

    def _turn(self, limit):
        """One burst, and what follows from its end; False when the ready ring is empty."""
        a = self.address
        if get_word(a, Header.BELL):
            self._answer()  # before the burst looks at the clock: a ready value beats a deadline
        why = self._run_ready(
            a,  # type: ignore[arg-type]
            limit,
            self.store,
            self.constants,
        )
        if why == Why.IDLE and limit > 1:
            why = self.nap()
        if why == Why.ENDED:
            self._finish(get_word(a, Header.CURRENT))
        elif why == Why.ODD:
            self._odd(get_word(a, Header.CURRENT))
        return why != Why.IDLE or get_word(a, Header.BELL) != 0

    def _answer(self):
        """The bell rang: let everybody who may have rung it do here what they have for us."""
        set_word(self.address, Header.BELL, 0)  # first: who rings from here on is heard the next time
        for answer in self._answers:  # no `try`: see `_turns_on`; whoever breaks out rings again
            answer()

    def _wait(self, ticks):
        """Nothing is ready: pass the time up to the next timer, or some of it; see `nap_of`."""
        if ticks > 0 and self._manual is not None:
            self._manual.advance(ticks)
        elif self.idle is not None:
            self.idle(ticks)
        elif ticks > 0 and self.clock is system_clock and not self._answers:
            pause(ticks)
        elif ticks < 0 or ticks >= get_word(self.address, Header.TICKS_PER_MS):
            doze()  # nobody knows how fast a foreign clock goes, or when the bell rings

    def _clock_moved(self, time):
        """A ManualClock went on."""
        if get_word(self.address, Header.ARMED):
            expire(self.address, time)

    # -- what operations need (the other rooms of this package call these) -----

    def on_bell(self, answer):
        """Have `answer()` called on this scheduler's thread, soon, whenever `ring` was called.

        While anybody asked for that, waiting tasks are no deadlock.  Alloc: boot only.
        """
        self._answers.append(answer)

    def ring(self):
        """Say that somebody outside has something for this scheduler.

        What `answer` is to find MUST be written before.  Context: any thread, hard IRQ.  Alloc: 0.
        """
        set_word(self.address, Header.BELL, 1)

    def add(self, thing):
        """Have a thing that tasks wait on asked by the report of a deadlock.  Alloc: boot only."""
        self._things.append(thing)

    def take_watchers(self, count):
        """The first of so many watchers for one select.  Alloc: boot only."""
        first = self._watcher
        if first + count > self._watchers_end:
            raise ValueError(
                "a select of %d needs as many watchers, and %d are left: Scheduler(watchers=)"
                % (count, self._watchers_end - first)
            )
        self._watcher = first + count
        return first

    def enrol(self, scope, places):
        """The number of the first of so many places, of whose ends the scope is told.

        Alloc: boot only.
        """
        if not self.held:
            self.held = bytearray(self.nodes)
        self._members.extend([scope] * places)
        return len(self._members) - places

    def member_ended(self, member, outcome, raised):
        """A task with MEMBER in its record has ended.  Context: burst."""
        self._members[member - MEMBER].ended(member, outcome, raised)

    def run_by(self, node, runner):
        """Have a node resumed by that runner: its carrier, or an endless task's own generator."""
        self.store[self._runners + node] = runner

    def give(self, node, value):
        """Have a node that is about to be ready get `value` from its `yield`."""
        self.store[node] = value

    def error(self, kind, text, subject):
        """An exception whose text names its subject; the heap is unlocked while it is made."""
        if self._sealed:
            micropython.heap_unlock()
        try:
            return kind(text % (subject,))
        finally:
            if self._sealed:
                micropython.heap_lock()

    def _cancel_slowly(self, node):
        """`cancel_handle`, but for calls that wait and that nobody joins: see Task.cancel."""
        a = self.address
        record = a + Block.SLOTS + Slot.BYTES * node
        if node == get_word(a, Header.CURRENT):
            raise self._cancel()
        state = get_byte(record, 0)
        flags = get_byte(record, 1)
        if node >= self.slots:
            joiner = get_half(record, Slot.JOINER)
            if joiner != NONE:
                self.store[joiner] = self._cancel()
                wake(a, joiner, State.THROW)
            if state == State.WAIT:
                return self.cancel_handle(self.task_of(node).op)
            self.store[node] = self._arguments[node - self.slots] = None
        elif flags & Flag.FRESH:
            generator = self.store[node]
            self.store[node] = None
            if generator is not None:
                generator.close()
            else:  # maybe an endless one
                self.run_by(node, self._carriers[node])
        elif (state == State.WAIT or state == State.DUE) and not (self.held and self.held[node]):
            self.store[node] = self._cancel()
            wake(a, node, State.THROW)
            set_byte(record, 1, flags | Flag.THROWN)
        elif state == State.RUN:
            self.store[node] = self._cancel()
            set_byte(record, 0, State.THROW)
            set_byte(record, 1, flags | Flag.THROWN)
        elif not flags & Flag.THROWN:  # READY or TOLD, THROW of what it joined, or it leaves a scope
            set_byte(record, 1, flags | Flag.CANCEL)
        return True

    def _cancel(self):
        """The exception to throw.

        Sealed, it is one made at boot.  Else a fresh one, because each raise of
        an exception of Python's own making leaves a longer traceback in it.
        """
        if not self._sealed:
            try:
                return Cancelled()
            except MemoryError:
                pass  # somebody else has locked the heap
        return self._cancelled

    def state_of(self, task):
        """A word for a task's state: for people."""
        node = task._node
        if node < 0:
            return "raised" if node == RAISED else "ended"
        if node == get_word(self.address, Header.CURRENT):
            return "running"
        return "waiting" if self._state(node) == State.WAIT else "ready"

    # -- in here -------------------------------------------------------------

    def _state(self, node):
        return get_byte(self.address + Block.SLOTS + Slot.BYTES * node, 0)

    def _call_slowly(self, ms, function, argument):
        """What `call_later` does about a delay that is unusual, or without a free slot."""
        a = self.address
        ticks = self._ticks.checked(ms * get_word(a, Header.TICKS_PER_MS))
        if get_word(a, Header.FREE_CALLS) == NONE:
            raise self.error(
                SlotsFull,
                "all %r calls are under way: give Scheduler() more calls=",
                len(self._arguments),
            )
        task = self.call_later(1, function, argument)
        disarm(a, task._node)
        self.park(task._node, ticks)
        return task

    def _carrier(self, node):
        if node < self.slots:
            carrier = carry(node, self.store, self._returned)
        else:
            call = node - self.slots
            carrier = carry_calls(node, self.store, self._returned, self._arguments, call)
        carrier = runner(carrier)
        carrier.send(None)
        return carrier

    def _release(self, node, how, outcome):
        """A node's task has ended: nothing in the scheduler refers to it from here on."""
        a = self.address
        task = self.task_of(node)
        handle = task.op >> 3
        self.end(handle, how, outcome)
        set_half(self.handles_at + Handle.BYTES * get_word(a, Header.LAST_HANDLE), 2, handle)
        set_word(a, Header.LAST_HANDLE, handle)
        free_slot(a, Header.FREE_TASKS if node < self.slots else Header.FREE_CALLS, node)
        return task

    def end(self, handle, how, outcome):
        """Have a handle say how its task ended, and with what: what was there before."""
        at = self.handles_at + Handle.BYTES * handle
        set_word(at, 0, get_word(at, 0) & 0xFFFFFFF | -how << 28)
        place = self.handles + 3 * handle + 1
        before = self.store[place]
        self.store[place] = outcome
        return before

    def _finish(self, node):
        """The current node's generator has raised, or returned with an operation not yielded."""
        a = self.address
        record = a + Block.SLOTS + Slot.BYTES * node
        outcome = self.store[node]
        self.store[node] = None
        set_word(a, Header.CURRENT, NONE)
        if isinstance(outcome, BaseException):
            outcome = self._lasting(outcome, node)
        elif get_byte(record, 1) & (Flag.TIMED | Flag.ASLEEP):
            outcome = self.forgot(node)
        if self.tell is not None:
            self.tell(node, outcome)
        disarm(a, node)  # of an operation that it made and did not yield
        joiner = get_half(record, Slot.JOINER)
        if joiner == NONE:
            task = self._release(node, RAISED, outcome)
        elif joiner >= MEMBER:
            set_half(record, Slot.JOINER, NONE)
            task = self._release(node, TAKEN, None)
            self.member_ended(joiner, outcome, 1)
        else:
            self.store[joiner] = outcome
            wake(a, joiner, State.THROW)
            task = self._release(node, TAKEN, None)
        if not isinstance(outcome, Cancelled):
            self._report(task, outcome, joiner != NONE or task is self._until)

    def _report(self, task, error, expected):
        """A task raised: count it, and tell `on_error`, or else print it if nobody waits for it."""
        self.errors += 1
        if isinstance(error, _INTERRUPTS):
            raise error
        if self._sealed:
            micropython.heap_unlock()
        try:
            if self.on_error is not None:
                self.on_error(task, error)
            elif not expected:
                print("tickslot: %r raised, and nobody joins it:" % task)
                print_exception(error)
        except Exception as second:
            print("tickslot: on_error raised:")
            print_exception(second)
        finally:
            if self._sealed:
                micropython.heap_lock()

    def _lasting(self, error, node):
        """An exception that may be kept.

        Raised under a locked heap it is the one emergency object, which the
        next exception overwrites, on either core; and a MemoryError is then
        the proof of an allocation.
        """
        if not self._sealed or isinstance(error, AllocationError):
            return error
        if isinstance(error, MemoryError):
            micropython.heap_unlock()
            try:
                return AllocationError(self.task_of(node).name or "#%d" % node, line_of(error))
            finally:
                micropython.heap_lock()
        if error is self._emergency:
            micropython.heap_unlock()
            try:
                return type(error)(*error.args)
            finally:
                micropython.heap_lock()
        return error

    def forgot(self, node):
        return self.error(
            RuntimeError,
            "%r made an operation and did not yield it: write `yield sched.sleep_ms(5)`",
            self.task_of(node),
        )

    def _odd(self, node):
        """The current task yielded what cannot be done: its flags say why."""
        record = self.address + Block.SLOTS + Slot.BYTES * node
        flags = get_byte(record, 1)
        set_byte(record, 1, 0)
        if flags & Flag.CANCEL:  # held back
            self._throw(node, self._cancel())
            set_byte(record, 1, Flag.THROWN)
        elif flags:
            self._throw(node, self.forgot(node))
        else:
            self._throw(node, self.error(RuntimeError, _NOT_MINE, self.task_of(node)))

    def _throw(self, node, error):
        """Have the current node, which yielded, resumed with an exception in its turn."""
        a = self.address
        self.store[node] = error
        set_byte(a + Block.SLOTS + Slot.BYTES * node, 0, State.THROW)
        make_ready(a, node)
        set_word(a, Header.CURRENT, NONE)

    def _broke_out(self, node, error):
        """Something came out of a burst: of an operation, an endless task, or the clock."""
        a = self.address
        if node == NONE:
            if self.blame is not None and self.blame(error):
                return
            raise error
        if get_word(a, Header.YIELDED) == node:  # the operation: the task made it, and gets the error
            set_word(a, Header.YIELDED, NONE)
            if isinstance(error, AttributeError) or isinstance(error, TypeError):
                error = self.error(
                    TypeError,
                    "a task yielded what is no operation (%s): yield None, sched.sleep_ms(ms),"
                    " channel.recv() and their like",
                    error,
                )
            set_byte(a + Block.SLOTS + Slot.BYTES * node, 1, 0)
            self._throw(node, self._lasting(error, node))
            return
        if self.store[self._runners + node] is self._carriers[node]:
            self._carriers[node] = self._carrier(node)  # interrupted within its own few lines
            self.run_by(node, self._carriers[node])
        else:
            self.run_by(node, self._carriers[node])
            if isinstance(error, StopIteration):
                error = self.error(
                    RuntimeError,
                    "%r was spawned with endless=True and has returned",
                    self.task_of(node),
                )
        self.store[node] = error
        self._finish(node)

    def _seal(self):
        """The heap is locked: learn which object exceptions share from now on."""
        self._sealed = True
        try:
            None.no_such_attribute  # type: ignore[attr-defined]  # noqa: B018
        except AttributeError as error:
            self._emergency = error

    def _waits(self):
        """What each live task waits for, in a sentence."""
        parts = []
        for node in range(self.nodes):
            task = self.task_of(node)
            if task is not None:
                parts.append("%s waits for %s" % (task.name or "#%d" % node, self._wait_of(node)))
        return "nothing can wake a task any more: " + "; ".join(parts)

    def _wait_of(self, node):
        queue = queue_of(self.address, node)
        for thing in self._things:
            what = thing.waits(queue)
            if what is not None:
                return what
        other = (queue - self.address - Block.SLOTS - Slot.JOINER_BYTE) // Slot.BYTES
        if 0 <= other < self.nodes:
            return "the end of %r" % self.task_of(other)
        return "something unknown"
