# covers: problem:8717
"""#8717, #7386, #5797: races of wait_for and cancel. Every order: wait_queue_orders.py.

Here those that were reported: a cancel and a result in the same turn; a timeout that falls on the
result; a cancel of the one that is handed the lock; a cancel while a cancel is cleaned up.
"""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
log = []


def settle():
    while sched.poll_once():
        pass


# A result and a cancel in one turn: neither is lost.
event = tickslot.Event(sched)


def waits():
    log.append((yield event.wait(100)))
    try:
        yield
    except tickslot.Cancelled:
        log.append("cancelled")
        raise


task = sched.spawn(waits())
settle()
event.set()
task.cancel()
settle()
check.equal((log, task.done()), ([True, "cancelled"], True))

# A timeout that falls on the tick of the result: the result.
log.clear()
channel = sched.channel(1)


def receives():
    log.append((yield channel.recv(10)))


def sends():
    yield sched.sleep_ms(10)
    yield channel.send("item")


sched.spawn(sends())
sched.spawn(receives())
sched.run()
check.equal(log, ["item"])

# The one that is handed the lock is cancelled in the same turn: it has it, and gives it back.
log.clear()
lock = tickslot.Lock(sched)


def holds():
    yield lock
    yield
    lock.release()
    victim.cancel()


def takes():
    yield lock.acquire()
    with lock:
        log.append("has it")
        yield


sched.spawn(holds())
victim = sched.spawn(takes())
sched.run()
check.equal((log, lock.locked(), victim.done()), (["has it"], False, True))

# A cancel of a task that cleans up after a cancel.
log.clear()


def cleans_up():
    try:
        yield sched.sleep_ms(100)
    finally:
        try:
            yield sched.sleep_ms(5)
            log.append("cleaned up")
        finally:
            log.append(clock())


task = sched.spawn(cleans_up())
settle()
task.cancel()
settle()
began = clock()
clock.advance(2)
task.cancel()
sched.run()
check.equal(log, [began + 2])


# A timeout around a task that does not want to end.
def stubborn():
    try:
        yield sched.sleep_ms(100)
    except tickslot.Cancelled:
        yield sched.sleep_ms(30)
    return "late"


def waits_for():
    began = clock()
    got = yield from tickslot.timeout(sched, 10, stubborn())
    return got, clock() - began


check.equal(sched.run_until(sched.spawn(waits_for())), (tickslot.TIMEOUT, 40))
check.equal(sched.tasks(), [])


# A cancel of the one that waits for that end: it is not taken for the other's, and comes at the
# end, whether before that, with it, or in its turn.
def ended(task):
    try:
        sched.run_until(task)
        raise AssertionError("the cancel was lost")
    except tickslot.Cancelled:
        return clock()


for at in (15, 40):
    for first in (True, False):
        began = clock()
        victim = []
        if first:
            victim.append(sched.spawn(waits_for()))
        sched.call_later(at, lambda victim: victim[0].cancel(), victim)
        if not first:
            victim.append(sched.spawn(waits_for()))
        check.equal(ended(victim[0]) - began, 40, "cancelled at %d" % at)
        check.equal(sched.tasks(), [])


# One that joins a task that was cancelled, and is cancelled itself in the same turn: both.
def joins(other):
    try:
        yield other.join()
    except tickslot.Cancelled:
        log.append("the other's")
    try:
        yield
    except tickslot.Cancelled:
        log.append("its own")


log.clear()
other = sched.spawn(cleans_up())
task = sched.spawn(joins(other))
settle()
other.cancel()
settle()
clock.advance(5)
sched.poll_once()
task.cancel()
task.cancel()
sched.run()
check.equal(log[2:], ["the other's", "its own"])

# A cancel twice in a turn is one.
log.clear()
task = sched.spawn(cleans_up())
settle()
task.cancel()
task.cancel()
began = clock()
sched.run()
check.equal(log, ["cleaned up", began + 5])


# Who joins a call that is cancelled hears of it, before it is due and when it is.
def joins_call(call):
    try:
        yield call.join()
    except tickslot.Cancelled:
        return "told"


for passed in (5, 10):
    call = sched.call_later(10, log.append, "called")
    task = sched.spawn(joins_call(call))
    settle()
    clock.advance(passed)
    check.same(call.cancel(), True)
    check.equal(sched.run_until(task), "told")
sched.run()
check.equal(log.count("called"), 0)
print("OK")
