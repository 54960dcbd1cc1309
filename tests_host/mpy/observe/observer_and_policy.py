# covers: async:pluggable_queue
"""Each policy with each thing that looks on: the same order, the same end, and no byte."""

import check
import gc
import tickslot


def scheduler(slots, policy=None):
    """One with a clock of its own: a clock keeps those that it serves, and boards are small."""
    global clock
    gc.collect()
    clock = tickslot.ManualClock()
    return tickslot.Scheduler(slots, clock=clock, policy=policy)


class InTurn(tickslot.Policy):
    """First in, first out, once more: a policy of the user's own."""

    def attach(self, scheduler):
        super().attach(scheduler)
        self._places = [0] * self.nodes
        self._first = self._last = 0

    def put(self, node):
        self._places[self._last] = node
        self._last = (self._last + 1) % self.nodes

    def get(self):
        node = self._places[self._first]
        self._first = (self._first + 1) % self.nodes
        return node


def nothing(sched):
    pass


called = [0]


def hook(slot, time, reason):
    called[0] += 1


def hooks(sched):
    tickslot.Hooks(sched, hook, hook, hook, hook, hook, hook)


def metrics(sched):
    return tickslot.Metrics(sched, clock=lambda: clock() * 1000)


def trace(sched):
    return tickslot.Trace(sched, 64)


def everything(sched):
    return [observe(sched) for observe in (hooks, metrics, trace)]


POLICIES = (nothing, tickslot.Priorities, tickslot.EarliestDeadline, InTurn)
OBSERVERS = (nothing, hooks, metrics, trace, everything)


def each():
    for kind in POLICIES:
        for observe in OBSERVERS:
            policy = None if kind is nothing else kind()
            sched = scheduler(6, policy)
            observe(sched)
            yield sched, policy, "%s and %s" % (kind.__name__, observe.__name__)


def for_ever():
    while True:
        yield


def counts(turns):
    for _ in range(turns):
        yield
    return turns


# The end of a task that is waited for ends the run, whoever else is always ready.
def raises():
    yield
    raise ValueError("mine")


for sched, _, what in each():
    sched.spawn(for_ever())
    sched.spawn(for_ever())
    check.equal(sched.run_until(sched.spawn(counts(5))), 5, what)
    check.raises(ValueError, "mine", sched.run_until, sched.spawn(raises()))
    cancelled = sched.spawn(for_ever())
    sched.call_soon(lambda _, task=cancelled: task.cancel())
    check.raises(tickslot.Cancelled, "", sched.run_until, cancelled)
    check.same(sched.run_until(sched.call_soon(lambda _: None)), None, what)
    later = sched.call_later(50, lambda _: None)
    sched.call_soon(lambda _, call=later: call.cancel())
    check.raises(RuntimeError, "taken", sched.run_until, later)


# Nobody who looks on changes the order.
def program(sched, policy):
    """Waits of every kind: who had each turn, and when."""
    log = []
    channel = sched.channel(1)
    event = tickslot.Event(sched)

    def sends():
        for item in range(4):
            log.append(("sends", clock()))
            yield channel.send(item, 3)
            yield sched.sleep_ms(2)
        event.set()

    def receives():
        for _ in range(4):
            log.append(("receives", clock()))
            yield channel.recv(1)
        yield event

    def busy():
        for _ in range(6):
            log.append(("busy", clock()))
            clock.advance(1)
            yield

    tasks = [sched.spawn(task(), name="t", priority=priority)
             for task, priority in ((busy, 0), (busy, 3), (sends, 5), (receives, 3))]
    if isinstance(policy, tickslot.EarliestDeadline):
        for task, ms in ((tasks[0], 50), (tasks[2], 2), (tasks[3], 1)):
            policy.deadline(task, ms)
    clock.advance(1)
    start = clock()
    sched.run()
    check.equal((sched.errors, sched.tasks()), (0, []))
    return [(who, time - start) for who, time in log]


orders = {}
for sched, policy, _ in each():
    orders.setdefault(type(policy), []).append(program(sched, policy))
for of_one in orders.values():
    for order in of_one:
        check.equal(order, of_one[0])
check.equal(orders[InTurn][0], orders[type(None)][0], "first in, first out")
check.true(orders[tickslot.Priorities][0] != orders[type(None)][0], "priorities change the order")


# A hook that raises is told to on_error and called no more, under any policy.
def broken(slot, time, reason):
    raise KeyError("hook")


for kind in POLICIES:
    sched = scheduler(6, None if kind is nothing else kind())
    told = []
    sched.on_error = lambda task, error, told=told: told.append((str(task), type(error)))
    tickslot.Hooks(sched, *[broken] * 6)
    check.equal(sched.run_until(sched.spawn(counts(3))), 3)
    check.raises(ValueError, "mine", sched.run_until, sched.spawn(raises()))
    sched.run()
    check.equal(told.count(("hooks", KeyError)), 6, "each once: " + kind.__name__)
    check.equal(len(told), 7)  # and the task's own


# A policy that breaks, loses a node or makes one up: out of `run`, with whoever looks on. What it
# was not yet given is given to it again, and what it keeps it can still give.
class Broken(InTurn):
    how = "well"

    def put(self, node):
        if self.how == "put":
            raise IndexError("put broke")
        super().put(node)

    def get(self):
        if self.how == "get":
            raise IndexError("get broke")
        if self.how == "nothing":
            return None
        if self.how == "another":
            return 5
        return super().get()


for observe in OBSERVERS:
    for how, kind, words in (("put", IndexError, "put broke"), ("get", IndexError, "get broke"),
                             ("nothing", TypeError, "int"), ("another", RuntimeError, "put once")):
        policy = Broken()
        sched = scheduler(6, policy)
        observe(sched)
        task = sched.spawn(counts(2))
        policy.how = how
        check.raises(kind, words, sched.run)
        check.equal((sched.current, task.done(), sched.errors), (None, False, 0))
        policy.how = "well"
        check.equal(sched.run_until(task), 2, how)


# A 10 ms loop beside ten tasks that hold on for 5 ms each is late by one slice at most, and the
# metrics say the same; so it misses no deadline of a slice and its own turn, but many of 3 ms.
SLICE = 5


def loops(sched, seen):
    worst = 0
    for offset in range(50):
        clock.advance(offset % 3)
        ms = 10 + offset % SLICE
        due = clock() + ms
        yield sched.sleep_ms(ms)
        worst = max(worst, clock() - due)
    yield
    check.equal(seen.latest_us(sched.current), worst * 1000)
    return worst, seen.missed(sched.current)


def holds():
    while True:
        clock.advance(SLICE)
        yield


def latest(policy, within):
    sched = scheduler(11, policy)
    seen = metrics(sched)
    loop = sched.spawn(loops(sched, seen), priority=7)
    if within:
        seen.deadline(loop, within)
    if isinstance(policy, tickslot.EarliestDeadline):
        policy.deadline(loop, SLICE)
    for _ in range(10):
        sched.spawn(holds())
    worst, missed = sched.run_until(loop)
    check.true(missed <= 50, missed)
    return worst, missed


# it is late by what is left of a slice, and its turn takes what the next round begins with
late = len([n for n in range(50) if -n % SLICE + ((n + 1) % 3 if n < 49 else 0) > 3])
check.equal(late, 19)
for kind in (tickslot.Priorities, tickslot.EarliestDeadline):
    check.equal(latest(kind(), 0), (SLICE - 1, 0))
    check.equal(latest(kind(), SLICE + 2), (SLICE - 1, 0))
    check.equal(latest(kind(), 3), (SLICE - 1, late))
check.true(latest(None, 0)[0] > 35, "in turn it waits for each of the ten")
seen = metrics(scheduler(2))
gone = seen._scheduler.spawn(counts(1))
for ms in (0, 500001):
    check.raises(ValueError, "1 to 500000", seen.deadline, gone, ms)
seen._scheduler.run()
check.raises(ValueError, "lives", seen.deadline, gone, 5)


# A deadline that a task is given in its own turn is none of that turn.
def hurries(policy, sched):
    yield
    clock.advance(3)
    policy.deadline(sched.current, 2)
    yield
    missed = policy.missed(sched.current)
    clock.advance(2)
    yield
    in_time = policy.missed(sched.current)
    clock.advance(3)
    yield
    return missed, in_time, policy.missed(sched.current)


policy = tickslot.EarliestDeadline()
sched = scheduler(2, policy)
clock.advance(100)
sched.spawn(for_ever())
check.equal(sched.run_until(sched.spawn(hurries(policy, sched))), (0, 0, 1))


# What is made by a task, beside tasks that are always ready, looks on from then on; so do those
# who start and stop a trace.
def makes(sched, made):
    yield
    made.append(tickslot.Trace(sched, 128))
    made.append(metrics(sched))
    for _ in range(20):
        yield
    made[0].stop()
    for _ in range(10):
        yield
    made.append(made[0].unread)
    for _ in range(10):
        yield
    made.append(made[0].unread)
    made[0].start()
    for _ in range(20):
        yield
    made.append(made[0].unread)


for kind in POLICIES:
    sched = scheduler(6, None if kind is nothing else kind())
    other = sched.spawn(for_ever(), name="other")
    made = []
    sched.run_until(sched.spawn(makes(sched, made)))
    kept, seen, stopped, later, restarted = made
    check.true(30 < stopped <= 42 and later == stopped, made)
    check.true(restarted > stopped + 20, made)
    check.true(40 < seen.runs(other) < 70, seen.runs(other))
    check.equal(seen.latest_us(other), 0, "that it was ready before is no wake")
    lines = list(kept.lines())
    check.equal(lines[0].split(" ", 1)[1], "yield other")
    check.true(not any("wake" in line for line in lines), lines)


# With everything on, and any policy, nothing is allocated.
for kind in POLICIES:
    policy = None if kind is nothing else kind()
    sched = scheduler(4, policy)
    everything(sched)
    count = [0]
    channel = sched.channel(1)

    def sends(channel, sched):
        while True:
            yield channel.send(1)
            yield sched.sleep_ms(1)

    def receives(channel, count):
        while True:
            yield channel.recv(1)
            count[0] += 1

    sender = sched.spawn(sends(channel, sched), priority=1)
    sched.spawn(receives(channel, count))
    sched.spawn(for_ever())
    if isinstance(policy, tickslot.EarliestDeadline):
        policy.deadline(sender, 1)
    check.tasks_allocate_nothing(sched, count, kind.__name__, steps=9, advance=1)
check.true(called[0] > 1000, "hooks were called")
print("OK")
