# also: unfrozen
"""Each kind of branch of a select, when it wins and when it loses, with no byte allocated."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT


def channel(sched):
    channel = sched.channel(1)
    return channel, lambda: channel.try_send(sched)


def priority_channel(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    return channel, lambda: channel.try_send(sched, 3)


def offer(sched):
    channel = sched.channel(1)
    channel.try_send(sched)
    return tickslot.Offer(channel, sched), channel.try_recv


def priority_offer(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    channel.try_send(sched)
    return tickslot.Offer(channel, sched, 7), channel.try_recv


def event(sched):
    event = tickslot.Event(sched)

    def sets():
        event.set()
        event.clear()

    return event, sets


def timer(sched):
    timer = tickslot.Timer(sched)

    def starts():
        timer.stop()
        timer.start(1)

    return timer, starts


def signal(sched):
    signal = tickslot.Signal(sched, 2)
    return signal, signal.producer().set


def semaphore(sched):
    semaphore = tickslot.Semaphore(sched, 0)
    return semaphore, semaphore.release


def reader(sched):
    watch = tickslot.Watch(sched)

    def sets():
        watch.set(sched)
        watch.set(watch)

    return watch.reader(), sets


def tasks_allocate_nothing(what, sched, count):
    """A round lasts until the first count has gone on; each of the others must have, in the end."""

    def a_round():
        before = count[0]
        for _ in range(100):
            sched.poll_once()
            sched.clock.advance(1)
            if count[0] != before:
                return
        raise AssertionError("nothing is done any more")

    check.allocates_nothing(a_round, what)
    check.true(min(count) > 10, "%s: %r" % (what, count))
    check.equal(sched.errors, 0, what)


def across(sched):
    channel = tickslot.CrossChannel(1)
    return channel.on(sched).recv(), lambda: channel.try_send(sched)


def wins_and_loses(make):
    """A task selects over it and an event, in vain, and then with each of them ready in turn."""
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=4)
    source, ready = make(sched)
    other = tickslot.Event(sched)
    choice = sched.select(other, source)
    count = [0, 0, 0]  # it lost, won, and nothing came

    def selects():
        while True:
            if (yield choice.wait(1)) is TIMEOUT:
                count[2] += 1
                choice.watch(1, source)
            else:
                count[choice.index == 1] += choice.value is not None and choice.source is not None
                if make is timer:
                    source.clear()

    def feeds():
        while True:
            ready()
            yield
            yield sched.sleep_ms(2)
            other.set()
            ready()  # both: the first wins, and this one is there for the next time
            yield
            other.clear()
            yield sched.sleep_ms(2)

    sched.spawn(selects())
    sched.spawn(feeds())
    tasks_allocate_nothing(make.__name__, sched, count)


for make in (channel, priority_channel, offer, priority_offer, event, timer, signal, semaphore,
             reader, across):
    wins_and_loses(make)


# A lock that is won is given back; a barrier that is won is that of the one that comes.
sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=4)
lock = tickslot.Lock(sched)
barrier = tickslot.Barrier(sched, 2)
choice = sched.select(lock, barrier)
count = [0, 0, 0]


def selects():
    while True:
        if (yield choice.wait(1)) is TIMEOUT:
            count[2] += 1
        else:
            count[choice.index] += 1
            if choice.index == 0:
                lock.release()
        yield sched.sleep_ms(1)


def holds():
    while True:
        yield lock
        yield sched.sleep_ms(7)
        lock.release()
        yield sched.sleep_ms(3)


def meets():
    while True:
        yield barrier.wait(1)
        yield sched.sleep_ms(4)


for task in (holds(), meets(), selects()):
    sched.spawn(task)
tasks_allocate_nothing("a lock and a barrier", sched, count)


# Tasks: their generators are made beforehand.
def ends():
    yield sched.sleep_ms(1)
    return "result"


sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=4)
stop = tickslot.Event(sched)
generators = [ends() for _ in range(2 * check.ROUNDS + 8)]
count = [0, 0]


def joins():
    task = sched.spawn(generators[0])
    choice = sched.select(stop, task)
    while True:
        choice.watch(1, task)
        if (yield choice.wait(0)) is not TIMEOUT:
            raise RuntimeError("too early")
        stop.set()
        yield choice
        stop.clear()
        count[1] += choice.source is stop
        yield choice
        check.equal(choice.value, "result")
        count[0] += 1
        task = sched.spawn(generators[count[0]])


sched.spawn(joins())
tasks_allocate_nothing("a task", sched, count)
print("OK")
