# covers: async:select
"""First ready in declaration order wins; exactly one branch; nothing is lost in the others."""

import check
import tickslot

CLOSED = tickslot.CLOSED
TIMEOUT = tickslot.TIMEOUT

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock, watchers=17)
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
permit = sched.select(semaphore, tickslot.Event(sched))


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


# A lock is held by the task whose branch it was.
lock = tickslot.Lock(sched, "lock")
either = sched.select(lock, stop)


def holds():
    yield lock
    yield sched.sleep_ms(5)
    lock.release()


def takes_lock():
    check.same(lock.locked(), True)
    yield either
    check.equal((either.source, either.value, lock.mine()), (lock, True, True))
    yield either  # a second time it would wait for itself
    check.raises(RuntimeError, "already", lambda: either.value)
    lock.release()
    yield either
    check.equal((either.source, lock.mine()), (lock, True))
    stop.set()
    either.watch(0, third)
    yield either
    check.same(either.source, stop)
    lock.release()
    stop.clear()


sched.spawn(holds())
sched.poll_once()
run(takes_lock())
check.same(lock.locked(), False)

# An offer: its item goes out once, or stays with its task; FIFO among those that wait to send.
full = sched.channel(1, name="full")
offer = tickslot.Offer(full, "offered")
sends = sched.select(stop, offer)


def offers():
    full.try_send("first")
    stop.set()
    yield sends
    check.equal((sends.source, len(full), offer.item), (stop, 1, "offered"))
    check.equal(full.try_recv(), "first")
    stop.clear()
    yield sends
    check.equal((sends.source, sends.value, len(full)), (offer, True, 1))
    sched.call_later(3, lambda _: full.try_recv())
    offer.item = "next"
    check.same((yield sends.wait(2)), TIMEOUT)
    check.equal(len(full), 1)
    check.same((yield sends.wait(2)), sends)  # taken in between
    check.equal((sends.value, full.try_recv()), (True, "next"))
    full.close()
    yield sends
    check.equal((sends.source, sends.value, offer.item), (offer, CLOSED, "next"))


run(offers())

queue = sched.channel(1)
among = tickslot.Offer(queue, "offer")
waits_too = sched.select(stop, among)


def sends_one(item):
    yield queue.send(item)


def sends_by_select():
    yield waits_too


for task in (sends_one(0), sends_one("before"), sends_by_select(), sends_one("after")):
    sched.spawn(task)
while sched.poll_once():
    pass
order = []
while len(queue):
    order.append(queue.try_recv())
check.equal(order, [0, "before", "offer", "after"])
sched.run()

urgent = tickslot.PriorityChannel(sched, 3)
offer = tickslot.Offer(urgent, "urgent", 7)
urgent.try_send("other")
run((lambda: (yield sched.select(offer)))())
check.equal((urgent.try_recv(), urgent.try_recv()), ("urgent", "other"))

# A reader of a Watch has the latest when the task asks, whatever was set when it was woken.
watch = tickslot.Watch(sched)
reader = watch.reader()
news = sched.select(stop, reader)


def reads():
    check.same((yield news.wait(0)), TIMEOUT)
    sched.call_later(1, lambda _: (watch.set("old"), watch.set("latest")))
    yield news
    check.equal((news.source, news.value), (reader, "latest"))
    check.same((yield news.wait(0)), TIMEOUT)
    watch.set("newer")
    yield news
    check.equal(news.value, "newer")


run(reads())


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


def over_itself():
    pair.watch(0, sched.current)
    yield pair
    check.raises(RuntimeError, "joins itself", lambda: pair.value)
    pair.watch(0, third)


run(over_itself())


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
for twice in ((first, first), (first, tickslot.Offer(first)), (stop, second, stop)):
    check.raises(ValueError, "twice", sched.select, *twice)
check.raises(ValueError, "twice", choice.watch, 1, first)
check.raises(TypeError, "an offer goes to", tickslot.Offer, stop)
for nothing, fix in ((sched.interval(5), "Timer"), (sched.now, "Timer"), (choice, "name"),
                     (tickslot.Scope(sched, 1), "tasks"), (None, "name")):
    check.raises(TypeError, ("cannot select", fix), sched.select, nothing)
print("OK")
