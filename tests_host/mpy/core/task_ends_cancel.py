"""Cancel throws Cancelled in, in every state a task can be in; `finally` blocks run; once."""

import check
import tickslot

Cancelled = tickslot.Cancelled
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
channel = sched.channel(1)
full = sched.channel(1)
full.try_send("in the way")
log = []
errors = []
sched.on_error = lambda task, error: errors.append(error)


def run():
    while sched.poll_once():
        pass


def guarded(operation):
    log.append("start")
    try:
        log.append((yield operation()))
    except Cancelled:
        log.append("cancelled")
        raise
    finally:
        log.append("finally")


def other():
    yield sched.sleep_ms(1)


# Asleep, in a wait queue, in one with a timeout, waiting to send, joining, ready.
sleeper = sched.spawn(other())
for operation in (
    lambda: sched.sleep_ms(100),
    lambda: channel.recv(),
    lambda: channel.recv(timeout_ms=100),
    lambda: full.send("never sent"),
    lambda: full.send("never sent", timeout_ms=100),
    lambda: sleeper.join(),
    lambda: sleeper.join(timeout_ms=100),
):
    log.clear()
    task = sched.spawn(guarded(operation))
    run()
    check.same(task.cancel(), True)
    check.same(task.done(), False, "before its turn")
    run()
    check.equal(log, ["start", "cancelled", "finally"])
    check.same(task.done(), True)
    check.same(task.cancel(), False, "once it has ended")
    check.raises(Cancelled, "", task.take)
check.equal((full.try_recv(), full.try_recv()), ("in the way", tickslot.EMPTY))
check.equal(channel.try_send("for nobody"), True)
check.equal(channel.try_recv(), "for nobody")
sched.run()
check.equal(errors, [])  # being cancelled is no fault


# Ready: at its next turn.
def gives():
    try:
        while True:
            log.append("turn")
            yield
    finally:
        log.append("finally")


log.clear()
task = sched.spawn(gives())
sched.poll_once()
task.cancel()
run()
check.equal(log, ["turn", "finally"])

# Not started: it never runs, and its generator is closed.
log.clear()
generator = guarded(lambda: sched.sleep_ms(1))
task = sched.spawn(generator)
check.same(task.cancel(), True)
run()
check.equal((log, task.done()), ([], True))
check.equal(list(generator), [])
check.raises(Cancelled, "", task.take)

# With a value that it was handed already: it gets that first, so that nothing is lost.
log.clear()
task = sched.spawn(guarded(lambda: channel.recv()))
run()
channel.try_send("value")
check.same(task.cancel(), True)
run()
check.equal(log, ["start", "value", "finally"])
check.same(task.done(), True)
check.same(task.take(), None)  # it ended by itself, before its next yield


def takes_two():
    try:
        log.append((yield channel.recv()))
        log.append((yield channel.recv()))
    finally:
        log.append("finally")


for second in (tickslot.EMPTY, "second"):
    log.clear()
    task = sched.spawn(takes_two())
    run()
    channel.try_send("first")
    if second is not tickslot.EMPTY:
        channel.try_send(second)
    task.cancel()
    run()
    check.equal(log, ["first", "finally"])
    check.same(channel.try_recv(), second, "what it was not handed yet")
    check.raises(Cancelled, "", task.take)


# One that ends by itself with its cancel held back hands its joiner the result.
def takes_one():
    return (yield channel.recv())


def joins(task):
    log.append((yield task.join()))


log.clear()
task = sched.spawn(takes_one())
joiner = sched.spawn(joins(task))
run()
channel.try_send("value")
task.cancel()
run()
check.equal((log, task.done(), joiner.done()), (["value"], True, True))

# When its timeout has come already, the cancel comes first.
log.clear()
task = sched.spawn(guarded(lambda: channel.recv(timeout_ms=5)))
run()
clock.advance(5)
task.cancel()
run()
check.equal(log, ["start", "cancelled", "finally"])


# Itself: right here.
def itself():
    try:
        yield
        sched.current.cancel()
        log.append("never")
    finally:
        log.append("finally")


log.clear()
task = sched.spawn(itself())
run()
check.equal((log, task.done()), (["finally"], True))


# It may clean up with operations of its own, and be cancelled again while it does.
def cleans_up():
    try:
        yield sched.sleep_ms(1000)
    finally:
        log.append("cleaning")
        yield sched.sleep_ms(5)
        log.append("clean")


log.clear()
task = sched.spawn(cleans_up())
run()
task.cancel()
task.cancel()  # before its turn: once
start = clock()
sched.run()
check.equal((log, clock() - start), (["cleaning", "clean"], 5))

log.clear()
task = sched.spawn(cleans_up())
run()
task.cancel()
run()
task.cancel()
start = clock()
sched.run()
check.equal((log, clock() - start), (["cleaning"], 0))


# It may catch it and go on; the next cancel is another.
def stubborn():
    for _ in range(2):
        try:
            yield sched.sleep_ms(1000)
        except Cancelled:
            log.append("caught")
    return "ended by itself"


log.clear()
task = sched.spawn(stubborn())
for _ in range(2):
    run()
    task.cancel()
run()
check.equal((log, task.take()), (["caught", "caught"], "ended by itself"))

# `except Exception` lets it pass.
def broad():
    while True:
        try:
            yield sched.sleep_ms(1000)
        except Exception:
            log.append("caught")


log.clear()
task = sched.spawn(broad())
run()
task.cancel()
run()
check.equal((log, task.done()), ([], True))


# The joiner gets it, waiting or late, and can tell it from its own.
def joins_cancelled(task):
    try:
        yield task.join()
    except Cancelled:
        log.append("joiner")
    yield sched.sleep_ms(1)
    return "goes on"


for late in (False, True):
    log.clear()
    task = sched.spawn(other())
    run()
    if late:
        task.cancel()
        run()
    joiner = sched.spawn(joins_cancelled(task))
    run()
    task.cancel()
    check.equal(sched.run_until(joiner), "goes on")
    check.equal(log, ["joiner"])


# A joiner that is handed its task's exception in the same turn in which it is cancelled
# gets that first, and Cancelled at its next yield.
def falls():
    yield sched.sleep_ms(5)
    raise ValueError("mine")


def joins_and_sleeps(task):
    try:
        yield task.join()
    except ValueError:
        log.append("error")
    try:
        yield sched.sleep_ms(1000)
    except Cancelled:
        log.append("cancelled")


log.clear()
task = sched.spawn(falls())
joiner = sched.spawn(joins_and_sleeps(task))
run()
clock.advance(5)
sched.poll_once()
check.same(task.done(), True)
start = clock()
joiner.cancel()
sched.run()
check.equal((log, clock() - start), (["error", "cancelled"], 0))
errors.clear()

# Many cancels leave nothing: every slot, every timer, and the order of the others.
for _ in range(50):
    tasks = [sched.spawn(guarded(lambda: channel.recv(timeout_ms=1000))) for _ in range(6)]
    run()
    for task in tasks:
        task.cancel()
    run()
check.equal((sched.tasks(), errors), ([], []))
start = clock()
sched.run()
check.equal(clock(), start)
print("OK")
