"""The scheduler: fixed slots, one thread; it allocates nothing while it runs."""

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
from .clock import ManualClock, check_period, system_clock
from .idle import wait_ready_of
from .interval import CATCH_UP, Interval
from .layout import LOW, MAX_NODES, MEMBER, NONE, Block, Handle, Header, Op, Slot, State, Store
from .on_cpython import const
from .outcomes import CLOSED, TIMEOUT, Cancelled, SlotsFull
from .run_loop import run_ready
from .running import Running
from .sleep import Ticks
from .spawn import runner, spawn_of
from .task import FAILED, EndToken, Task, slot_runner, call_slot_runner
from .timer_wheel import disarm

_FOR_EVER = const(0x1FFFFFFF)


class Scheduler(Running):
    """Runs up to `slots` tasks, in turn, on the thread that calls `run`.

    Guarantees
     * this constructor, and those of the objects that tasks wait on, allocate everything;
     * ready tasks run in the order in which they became ready;
     * a sleep never ends early; it ends late by at most the rest of the running turn, and one turn
       of each task that was ready before, however busy they are;
     * a task that raises ends alone: the others, and `run`, go on.

    clock         any callable that gives ticks (see clock.py); None: time.ticks_ms
    period        where the clock wraps, in ticks; None: the clock's own `period`, or 2**30
    ticks_per_ms  how many of its ticks make a millisecond
    calls         slots for call_soon and call_later
    handles       more handles than one for each slot: see Task
    watchers      the sources of all `Select`s together

    ValueError: a size of 0, or one that is too large.  Context: boot.
    """

    # Found in this class at once: each class in between costs 1 us a call (RP2040).
    _turns = Running._turns
    _turn = Running._turn

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
        # a value for each node; Store's constants; each handle, its result and name; runners
        handles += nodes
        values = [None] * (nodes + watchers + 1) + [None, True, CLOSED, None, None]
        self.handles = len(values)
        self._runners = self.handles + 3 * handles
        for handle in range(handles):
            values += [Task(self, handle), None, None]
        self.store = references(values + [None] * nodes)
        self._block = make_block(slots, calls, watchers, handles, period, ticks_per_ms, self.store)
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
        self._returned = EndToken(Op.RETURNED, EndToken(Op.FAILED), self._cancelled)
        self._slot_runners = [self._slot_runner(node) for node in range(nodes)]
        for node in range(nodes):
            self.run_by(node, self._slot_runners[node])
        self.store[self.outside + Store.SLEEP] = ticks
        self.store[self.outside + Store.SEND] = type(self._slot_runners[0]).send
        kept = (self.store, self._arguments)
        self.call_soon, self.call_later = caller_of(
            self.address, kept, read, (1 << 29) // ticks_per_ms, self._call_slowly
        )
        self.cancel_handle = canceller_of(self.address, kept, self._cancel_slowly)
        self._members = []  # the scope of each reserved place
        self.cancel_deferred = bytearray(0)  # by node, 1: it closes a scope, and a cancel must wait
        self.constants = (None, True, CLOSED, TIMEOUT, read, self.member_ended)
        self.spawn = spawn_of(self)
        self._things = []  # the objects that tasks wait on: for Deadlock
        self._answers = []  # the functions to call when the bell rings
        self._until = None
        self._running = False
        self._sealed = False
        self._sealable = addresses_are_small()
        self._emergency = None
        self.on_error = None
        self.idle = None
        self.batch_limit = _FOR_EVER  # resumes in one go; fewer where threads take turns
        self.wait_ready = wait_ready_of(self, read, self._wait)
        self.claim_error = None  # claim_error(error): True if the error is a service's
        self.on_task_error = None  # on_task_error(node, error): called for each task that raises
        self.errors = 0
        self._run_ready = run_ready
        # Objects of other folders, each made when it is first needed.
        self.mailbox = None  # cores/mailbox.py: the calls that other threads post
        self.observer = None  # observe/observer.py: observes each turn
        self.trace = None  # observe/trace.py
        self.metrics = None  # observe/metrics.py
        self.services = []  # rpc/service.py: the services that run here
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
        return self.handles + 3 * get_half(self.handles_at + Handle.BYTES * node, Handle.OF_NODE)

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
        base = self.address
        return (get_word(base, Header.SWITCHES) - get_word(base, Header.TO_LOOK)) & LOW

    # -- what tasks wait on: short forms -----------------------------------------

    def select(self, *sources):
        """`Select(self, ...)`: a wait for the first of several things.  Alloc: boot only."""
        from ..sync.select import Select  # a folder above this one: loaded when it is first used

        return Select(self, *sources)

    def channel(self, capacity, overflow=BLOCK, name=None):
        """`Channel(self, ...)`: a bounded FIFO between tasks.  Alloc: boot only."""
        return Channel(self, capacity, overflow, name)

    def interval(self, ms, late=CATCH_UP):
        """`Interval(self, ...)`: a tick at a fixed rate.  Alloc: boot only."""
        return Interval(self, ms, late)

    # -- for the other folders of this package -----------------------------------

    def on_bell(self, answer):
        """Call `answer()` on this scheduler's thread soon after each `ring`.

        After this it is no deadlock if all tasks wait.  Alloc: boot only.
        """
        self._answers.append(answer)

    def ring(self):
        """Say that there is work for this scheduler: it calls its answers.

        The caller MUST write what they read before this.  Context: any thread, hard IRQ.  Alloc: 0.
        """
        set_word(self.address, Header.BELL, 1)

    def add(self, thing):
        """Add an object that tasks wait on: for Deadlock.  Alloc: boot only."""
        self._things.append(thing)

    def take_watchers(self, count):
        """Take `count` watchers for one Select.  Returns the first.  Alloc: boot only."""
        first = self._watcher
        if first + count > self._watchers_end:
            raise ValueError(
                "a select of %d needs as many watchers, and %d are left: Scheduler(watchers=)"
                % (count, self._watchers_end - first)
            )
        self._watcher = first + count
        return first

    def reserve_members(self, scope, places):
        """Reserve places for members of a scope.  Returns the number of the first.

        `scope.ended(member, outcome, raised)` is called at the end of its task.  Alloc: boot only.
        """
        if not self.cancel_deferred:
            self.cancel_deferred = bytearray(self.nodes)
        self._members.extend([scope] * places)
        return len(self._members) - places

    def member_ended(self, member, outcome, raised):
        """The task of a scope's member has ended.  Context: the run loop."""
        self._members[member - MEMBER].ended(member, outcome, raised)

    def run_by(self, node, runner):
        """Set what resumes a node: its slot runner, or an endless task's own generator."""
        self.store[self._runners + node] = runner

    def give(self, node, value):
        """Set the value that the `yield` of a node gives; the node is about to be ready."""
        self.store[node] = value

    def state_of(self, task):
        """A task's state, for people: running, ready, waiting, ended or raised."""
        node = task._node
        if node < 0:
            return "raised" if node == FAILED else "ended"
        if node == get_word(self.address, Header.CURRENT):
            return "running"
        return "waiting" if self._state(node) == State.WAIT else "ready"

    # -- private -------------------------------------------------------------

    def _state(self, node):
        return get_byte(self.address + Block.SLOTS + Slot.BYTES * node, Slot.STATE)

    def _call_slowly(self, ms, function, argument):
        """`call_later` with an unusual delay, or without a free slot."""
        base = self.address
        ticks = self._ticks.checked(ms * get_word(base, Header.TICKS_PER_MS))
        if get_word(base, Header.FREE_CALLS) == NONE:
            raise self.error(
                SlotsFull,
                "all %r calls are under way: give Scheduler() more calls=",
                len(self._arguments),
            )
        task = self.call_later(1, function, argument)
        disarm(base, task._node)
        self.park(task._node, ticks)
        return task

    def _slot_runner(self, node):
        if node < self.slots:
            generator = slot_runner(node, self.store, self._returned)
        else:
            call = node - self.slots
            generator = call_slot_runner(node, self.store, self._returned, self._arguments, call)
        generator = runner(generator)
        generator.send(None)
        return generator
