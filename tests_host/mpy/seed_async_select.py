"""First ready in declaration order wins; exactly one branch; nothing is lost in the others."""

import check
import tickslot

CLOSED = tickslot.CLOSED
TIMEOUT = tickslot.TIMEOUT

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock, watchers=9)
sched.on_error = lambda task, error: None
first = sched.channel(2, name="first")
second = sched.channel(2, name="second")
stop = tickslot.Event(sched, "stop")
timer = tickslot.Timer(sched, "timer")
choice = sched.select(first, second, stop, timer)
check.equal((choice.index, choice.source), (-1, None))
check.raises(RuntimeError, "yield it first", lambda: choice.value)


def run(generator):
    return sched.run_until(sched.spawn(generator))


def ready():
    """Several are ready: the first of them, and the others keep what they have."""
    second.try_send("b")
    first.try_send("a")
    stop.set()
    for index, value in ((0, "a"), (1, "b"), (2, True), (2, True)):
        check.same((yield choice), choice)
        check.equal((choice.index, choice.value), (index, value))
    check.same(choice.source, stop)
    stop.clear()


def waits():
    """None is: the first that comes; the timeout; and the timer."""
    check.same((yield choice.wait(timeout_ms=5)), TIMEOUT)
    check.same((yield choice.wait(timeout_ms=0)), TIMEOUT)
    sched.call_later(3, second.try_send, "late")
    check.same((yield choice.wait(timeout_ms=5)), choice)
    check.equal((choice.source, choice.value, clock()), (second, "late", 8))
    timer.start(7)
    yield choice
    check.equal((choice.source, clock()), (timer, 15))
    timer.clear()
    second.close()
    yield choice
    check.equal((choice.source, choice.value), (second, CLOSED))


run(ready())
run(waits())

# Both come in the same turn, in the other order: one branch, the one that came; the other's item
# is still there, and goes to whoever comes next.
third = sched.channel(1)
pair = sched.select(third, first)


def comes_together():
    first.try_send("early")
    third.try_send("later")


def takes_one():
    yield pair
    check.equal((pair.source, pair.value), (first, "early"))
    check.equal((len(third), len(first)), (1, 0))
    yield pair
    check.equal(pair.value, "later")


sched.call_later(1, lambda _: comes_together())
run(takes_one())

# Its place in each queue is that of one that waits alone: FIFO.
got = []


def alone(name):
    got.append((name, (yield third.recv())))


def selects():
    yield pair
    got.append(("choice", pair.value))


for task in (alone("before"), selects(), alone("after")):
    sched.spawn(task)
while sched.poll_once():
    pass
for item in range(3):
    third.try_send(item)
sched.run()
check.equal(got, [("before", 0), ("choice", 1), ("after", 2)])

# A permit is taken by the branch that wins, and by no other; a cancel takes none.
semaphore = tickslot.Semaphore(sched, 0)
permit = sched.select(semaphore, semaphore)


def takes_permit():
    yield permit


task = sched.spawn(takes_permit())
sched.poll_once()
task.cancel()
semaphore.release()
sched.run()
check.equal(semaphore.permits, 1)
run(takes_permit())
check.equal(semaphore.permits, 0)


# Tasks: the result, or the exception, from `value`.
def ends(ms, error=None):
    yield sched.sleep_ms(ms)
    if error is not None:
        raise error
    return ms


def over_tasks():
    slow, quick = sched.spawn(ends(9)), sched.spawn(ends(2, ValueError("quick")))
    pair.watch(0, slow)
    pair.watch(1, quick)
    yield pair
    check.same(pair.source, quick)
    try:
        raise AssertionError(pair.value)
    except ValueError as error:
        check.equal(str(error), "quick")
    pair.watch(1, first)
    yield pair
    check.equal((pair.source, pair.value), (slow, 9))


run(over_tasks())


# Misuse.
def also():
    try:
        yield permit
    except RuntimeError as error:
        check.says(error, "another task")
        return "told"


task = sched.spawn(takes_permit())
sched.poll_once()
check.equal(run(also()), "told")
task.cancel()
sched.run()
check.raises(ValueError, "over nothing", sched.select)
check.raises(ValueError, "watchers=", sched.select, first, second)
check.raises(TypeError, "cannot select", sched.select, tickslot.Lock(sched))
check.raises(TypeError, "cannot select", sched.select, sched.interval(5))
check.raises(TypeError, "cannot select", sched.select, None)
print("OK")
