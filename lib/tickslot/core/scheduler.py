"""The scheduler: static slots, one thread, no byte allocated once it runs."""

from .block import (
    address_of,
    addresses_are_small,
    get_byte,
    get_half,
    get_word,
    make_block,
    references,
    set_word,
)
from .callbacks import caller_of, canceller_of
from .channel import BLOCK, Channel
from .clock import ManualClock, check_period, doze, pause, system_clock
from .deadlock import waits_of
from .idle import nap_of
from .interval import CATCH_UP, Interval
from .layout import MAX_NODES, MEMBER, NONE, Block, Handle, Header, Op, Slot, State, Store, Why
from .on_cpython import const, micropython
from .outcomes import CLOSED, TIMEOUT, Cancelled, Deadlock, SlotsFull
from .run_loop import run_ready
from .sleep import Ticks
from .spawn import runner, spawn_of
from .task import RAISED, Ended, Task, carry, carry_calls
from .task_ends import TaskEnds
from .timer_wheel import disarm, expire

_FOR_EVER = const(0x1FFFFFFF)


class Scheduler(TaskEnds):
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
            raise Deadlock(waits_of(self))

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
