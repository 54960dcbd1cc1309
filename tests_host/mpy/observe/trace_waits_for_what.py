"""A trace says what each task waits for, and what was done at once."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(18, clock=clock, watchers=2)
full = sched.channel(1, name="full")
full.try_send(1)
empty = sched.channel(1, name="empty")
lock = tickslot.Lock(sched, "lock")
scope = tickslot.Scope(sched, 2, "scope")
choice = sched.select(empty, tickslot.Event(sched, "never"))
tick = sched.interval(10)
topic = tickslot.PubSub(sched, 2, "topic").subscribe()
trace = tickslot.Trace(sched, 64)


def holds():
    yield lock.acquire()
    yield sched.sleep_ms(1000)


def on(make):
    yield make()


def scoped():
    scope.spawn(on(lambda: sched.sleep_ms(1000)), name="member")
    yield scope.join_all()


def ticks():
    yield tick
    yield tick


def passes():
    yield topic.send(5)
    yield topic.recv()
    yield


other = sched.spawn(holds(), name="holds")
for name, make in (
    ("event", tickslot.Event(sched, "event").wait),
    ("lock", lock.acquire),
    ("permit", tickslot.Semaphore(sched, 0, 1, "permit").acquire),
    ("barrier", tickslot.Barrier(sched, 2, "barrier").wait),
    ("urgent", tickslot.PriorityChannel(sched, 2, "urgent").recv),
    ("signal", tickslot.Signal(sched, 2, "signal").wait),
    ("timer", tickslot.Timer(sched, "timer").wait),
    ("select", choice.wait),
    ("recv", empty.recv),
    ("send", lambda: full.send(2)),
    ("join", other.join),
):
    sched.spawn(on(make), name=name)
for task, name in ((scoped(), "scoped"), (ticks(), "ticks"), (passes(), "passes")):
    sched.spawn(task, name=name)
for _ in range(24):
    sched.poll_once()
lines = [line[2:] for line in trace.lines() if "spawn" not in line]
check.equal(lines, [
    "ask holds",
    "wait event for event 'event'",
    "wait lock for lock 'lock'",
    "wait permit for semaphore 'permit'",
    "wait barrier for barrier 'barrier'",
    "wait urgent for recv on prioritychannel 'urgent'",
    "wait signal for signal 'signal'",
    "wait timer for timer 'timer'",
    "wait select for one of channel 'empty', event 'never'",
    "wait recv for recv on channel 'empty'",
    "wait send for send on channel 'full'",
    "wait join for the end of holds",
    "wait scoped for scope 'scope'",
    "ask ticks",
    "send passes channel 'topic'",
    "sleep holds",
    "sleep member",
    "sleep ticks",
    "recv passes channel 'topic'",
    "yield passes",
    "end passes",
])
empty.try_send(1)  # from outside: woken by nobody
sched.poll_once()
check.equal([line[2:] for line in trace.lines()], ["wake select", "end select"])

# The report has a line for each thing that holds items.
table = []
tickslot.report(sched, table.append)
for words in ("channel 'full': 1 of 1 items, at most 1, 0 dropped",
              "'urgent': 0 of 2 items, at most 0",
              "channel 'topic': 0 of 2 items, at most 1, 0 dropped"):
    check.true(any(words in line for line in table), (words, table))
print("OK")
