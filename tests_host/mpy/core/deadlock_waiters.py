# covers: problem:5843
"""#5843: the loop exits or hangs with only Event waiters left. Deadlock names them all."""

import check
import tickslot

sched = tickslot.Scheduler(12, clock=tickslot.ManualClock(), watchers=2)
held = tickslot.Lock(sched, "held")
things = {
    "event": tickslot.Event(sched, "door"),
    "semaphore": tickslot.Semaphore(sched, 0, name="permits"),
    "barrier": tickslot.Barrier(sched, 2, name="start"),
    "reader": tickslot.Watch(sched).reader("weather"),
    "prioritychannel": tickslot.PriorityChannel(sched, 1, name="jobs"),
    "channel": sched.channel(1, name="items"),
    "timer": tickslot.Timer(sched, "alarm"),
    "scope": tickslot.Scope(sched, 1, name="all"),
}


def waits(kind):
    thing = things[kind]
    yield thing.recv() if kind.endswith("channel") else thing


def member():
    yield held


def locks():
    yield held


def selects(choice):
    yield choice


sched.run_until(sched.spawn(locks()))  # it ends with the lock
things["scope"].spawn(member(), name="member")
for kind in things:
    sched.spawn(waits(kind), name="task " + kind)
sched.spawn(selects(sched.select(things["event"], things["channel"])), name="task select")
error = check.raises(tickslot.Deadlock, "nothing can wake", sched.run)
for words in ("task event waits for event 'door'", "task semaphore waits for semaphore 'permits'",
              "task barrier waits for barrier 'start'", "task reader waits for reader 'weather'",
              "task prioritychannel waits for recv on prioritychannel 'jobs'",
              "task channel waits for recv on channel 'items'", "member waits for lock 'held'",
              "task timer waits for timer 'alarm'", "task scope waits for scope 'all'",
              "task select waits for one of event 'door', channel 'items'"):
    check.says(error, words)
check.equal(len(sched.tasks()), 10)  # they stay as they are

# It is no deadlock while somebody outside can still wake one: an interrupt, a thread.
quiet = tickslot.Scheduler(1, clock=tickslot.ManualClock())
signal = tickslot.Signal(quiet)


def waits_for_signal():
    return (yield signal)


calls = [0]


def idle(ticks):
    calls[0] += 1
    if calls[0] == 3:
        signal.set(5)


quiet.idle = idle
check.equal(quiet.run_until(quiet.spawn(waits_for_signal())), 5)
print("OK")
