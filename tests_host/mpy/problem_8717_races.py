"""#8717, #7386, #5797: races of wait_for and cancel. Every order: order_ready_deadline_cancel.py.

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
print("OK")
