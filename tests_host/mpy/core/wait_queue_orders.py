# covers: problem:8717
"""All orders in which what is waited for, the deadline and a cancel can fall, for each operation.

R: it becomes ready, D: the deadline comes, C: the task is cancelled.  What comes together, before
the task's next turn, has the outcome that lib/tickslot/README.md has in its table; tests_host/
test_tie_rules.py holds the two equal.  What comes after that turn finds the task elsewhere: then
nothing of it may be lost.  Each operation is also gone through as a branch of a select, and under
a trace, whose burst is another.
"""

import check
import sys
import tickslot
from tickslot.core.block import get_half, get_word, set_word
from tickslot.core.wait_queue import make_ready

TIMEOUT = tickslot.TIMEOUT

TOGETHER = {
    "R": "value",
    "D": "TIMEOUT",
    "C": "Cancelled",
    "RD": "value",
    "DR": "value",
    "RC": "value, Cancelled",
    "CR": "Cancelled",
    "DC": "Cancelled",
    "CD": "Cancelled",
    "RDC": "value, Cancelled",
    "RCD": "value, Cancelled",
    "DRC": "value, Cancelled",
    "DCR": "Cancelled",
    "CDR": "Cancelled",
    "CRD": "Cancelled",
}


class Case:
    """What is waited for.

    source     what can be a branch of a select, or None
    operation  operation(timeout_ms) is what the task yields
    ready      makes it ready
    left       whether what did that is still to be had, for one that comes later; None: it is
               not of a kind that can be used up
    """

    def __init__(self, source, operation, ready, left=None):
        self.source = source
        self.operation = operation
        self.ready = ready
        self.left = left


def turn_of(sched, task):
    """Give a task that is ready its turn: the others keep their order."""
    a = sched.address
    while True:
        node = get_half(a + get_word(a, 9), get_word(a, 6))
        if node == task._node:
            break
        set_word(a, 6, (get_word(a, 6) + 1) & get_word(a, 8))
        make_ready(a, node)
    sched.poll_once()


def in_a_turn(sched, body, before=None, spawn=None):
    """A task of `body(go)`, which waits for `go`, and a function that gives it its turn then."""
    go = tickslot.Event(sched)
    task = (spawn or sched.spawn)(body(go))
    while sched.poll_once():
        pass

    def ready():
        if before is not None:
            before()
        go.set()
        turn_of(sched, task)

    return task, ready


def event(sched):
    event = tickslot.Event(sched)
    return Case(event, event.wait, event.set)


def semaphore(sched):
    semaphore = tickslot.Semaphore(sched, 0)
    return Case(semaphore, semaphore.acquire, semaphore.release, semaphore.try_acquire)


def lock(sched):
    lock = tickslot.Lock(sched)

    def holds(go):
        yield lock
        yield go
        lock.release()

    return Case(lock, lock.acquire, in_a_turn(sched, holds)[1], lambda: not lock.locked())


def recv(sched):
    channel = sched.channel(1)
    return Case(channel, channel.recv, lambda: channel.try_send("item"),
                lambda: channel.try_recv() == "item")


def send(sched):
    channel = sched.channel(1)
    channel.try_send("first")
    return Case(tickslot.Offer(channel, "item"), lambda ms: channel.send("item", ms),
                lambda: check.equal(channel.try_recv(), "first"), lambda: len(channel) == 0)


def priority_recv(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    return Case(channel, channel.recv, lambda: channel.try_send("item"),
                lambda: channel.try_recv() == "item")


def priority_send(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    channel.try_send("first")
    return Case(tickslot.Offer(channel, "item", 7), lambda ms: channel.send("item", 7, ms),
                lambda: check.equal(channel.try_recv(), "first"), lambda: len(channel) == 0)


def pubsub(sched):
    topic = tickslot.PubSub(sched, 1)
    channel = topic.subscribe()
    return Case(channel, channel.recv, lambda: topic.publish("item"),
                lambda: channel.try_recv() == "item")


def closed(sched):
    channel = sched.channel(1)
    return Case(channel, channel.recv, channel.close)


def watch(sched):
    watch = tickslot.Watch(sched)
    reader = watch.reader()
    return Case(reader, reader.changed, lambda: watch.set("new"),
                lambda: reader._seen != watch.version)


def timer(sched):
    timer = tickslot.Timer(sched)
    return Case(timer, timer.wait, timer.set)


def barrier(sched):
    barrier = tickslot.Barrier(sched, 2)

    def comes(go):
        yield go
        yield barrier

    return Case(barrier, barrier.wait, in_a_turn(sched, comes)[1], lambda: barrier.arrived == 1)


def signal(sched):
    """A post is ready when the bell is heard, before the next turn of whichever task."""
    signal = tickslot.Signal(sched, 1)

    def other(go):
        yield go

    return Case(signal, signal.wait, in_a_turn(sched, other, signal.set)[1],
                lambda: len(signal) == 1)


def ends(go):
    yield go
    return "value"


def join(sched):
    task, ready = in_a_turn(sched, ends)
    return Case(task, task.join, ready, lambda: task._node != tickslot.core.task.COLLECTED)


def scope_case(sched, operation):
    scope = tickslot.Scope(sched, 1)
    ready = in_a_turn(sched, ends, spawn=scope.spawn)[1]
    return Case(None, lambda ms: operation(scope, ms), ready, lambda: scope._ended == 1)


def scope_join_all(sched):
    return scope_case(sched, lambda scope, ms: scope.join_all(ms))


def scope_join_next(sched):
    return scope_case(sched, lambda scope, ms: scope.join_next(ms))


def scope_race(sched):
    return scope_case(sched, lambda scope, ms: scope.race(1, ms))


def idle(go):
    yield go


def cross_recv(sched):
    """As with a signal: an item is ready when the bell is heard."""
    channel = tickslot.CrossChannel(1)
    end = channel.on(sched)
    ready = in_a_turn(sched, idle, lambda: channel.try_send("item"))[1]
    return Case(None, end.recv, ready, lambda: len(channel) == 1)


def cross_send(sched):
    channel = tickslot.CrossChannel(1)
    end = channel.on(sched)
    channel.try_send("first")
    ready = in_a_turn(sched, idle, channel.try_recv)[1]
    return Case(None, lambda ms: end.send("item", ms), ready, lambda: len(channel) == 0)


def pool_join(sched):
    pool = tickslot.Pool(0, jobs=1, slots=1, main=sched)
    worker = sched.tasks()[0]
    go = tickslot.Event(sched)
    job = pool.spawn(ends(go))

    def end():
        go.set()
        turn_of(sched, worker)

    heard = in_a_turn(sched, idle, end)[1]
    return Case(None, lambda ms: job.join(sched, ms), heard)


def turns(order):
    """All ways to split an order into turns: RDC gives RDC, RD C, R DC, R D C."""
    if len(order) < 2:
        return [[order]]
    ways = []
    for rest in turns(order[1:]):
        ways.append([order[0] + rest[0]] + rest[1:])
        ways.append([order[0]] + rest)
    return ways


def run(make, way, wanted, select=False, observed=False):
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=2)
    if observed:
        tickslot.Trace(sched, 8)
    case = make(sched)
    operation = case.operation
    if select:
        choice = sched.select(tickslot.Event(sched), case.source)
        operation = choice.wait
    log = []

    def waits():
        try:
            got = yield operation(10)
            if select and got is choice:
                check.same(choice.source, case.source)
            log.append("TIMEOUT" if got is TIMEOUT else "value")
            yield sched.sleep_ms(100000)
        except tickslot.Cancelled:
            log.append("Cancelled")

    def settle():
        while sched.poll_once():
            pass

    task = sched.spawn(waits())
    settle()
    for together in way:
        for step in together:
            if step == "R":
                case.ready()
            elif step == "D":
                sched.clock.advance(10)
            else:
                task.cancel()
        settle()
    got = ", ".join(log)
    what = "%s%s, %s" % ("select over " if select else "", make.__name__, " | ".join(way))
    check.equal(got, wanted, what)
    if case.left is not None and "R" in "".join(way):
        check.same(case.left(), "value" not in got, what + ": is it left for the next")
    check.equal(sched.errors, 0, what + ": errors")
    return 1


def wanted(way):
    return TOGETHER[way[0]] + (", Cancelled" if "C" in "".join(way[1:]) else "")


# A board is slower: what falls into one turn, and no trace.
everything = sys.platform == "linux"
count = 0
for make in (event, semaphore, lock, recv, send, priority_recv, priority_send, pubsub, closed,
             watch, timer, barrier, signal, join, scope_join_all, scope_join_next, scope_race,
             cross_recv, cross_send, pool_join):
    branch = make not in (scope_join_all, scope_join_next, scope_race, cross_recv, cross_send,
                          pool_join)
    for order in TOGETHER:
        for way in turns(order) if everything else [[order]]:
            count += run(make, way, wanted(way))
            if everything:
                count += run(make, way, wanted(way), observed=True)
            if branch:
                count += run(make, way, wanted(way), select=True)
check.equal(count, (2 * 20 + 14) * 39 if everything else (20 + 14) * 15)


# Leaving a scope has no deadline, and no cancel ends it before the members have ended.
def scope_close(sched):
    scope = tickslot.Scope(sched, 1)

    def member(go):
        try:
            yield sched.sleep_ms(100000)
        finally:
            yield go

    ready = in_a_turn(sched, member, spawn=scope.spawn)[1]
    return Case(None, lambda ms: scope.close(), ready, lambda: scope.live > 0)


for order, outcome in (("R", "value"), ("C", ""), ("RC", "value, Cancelled"),
                       ("CR", "value, Cancelled"), ("CCR", "value, Cancelled")):
    for way in turns(order):
        run(scope_close, way, outcome)


# A post and a cancel before the bell is heard: the cancel, and the post is kept.
def signal_not_heard(sched):
    signal = tickslot.Signal(sched, 1)
    return Case(signal, signal.wait, signal.set, lambda: len(signal) == 1)


for order, outcome in (("R", "value"), ("RD", "value"), ("DR", "value"), ("RC", "Cancelled"),
                       ("CR", "Cancelled"), ("RDC", "Cancelled"), ("DCR", "Cancelled")):
    for select in (False, True):
        run(signal_not_heard, [order], outcome, select)
print("OK")
