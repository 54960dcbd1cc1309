# also: unfrozen
"""Every operation of every primitive, hit and miss, with no byte allocated."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT


def prove(what, make, steps=6, advance=1):
    """`make(sched, count)` gives the tasks, which go on for ever."""
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=6)
    count = [0]
    for task in make(sched, count):
        sched.spawn(task)
    check.tasks_allocate_nothing(sched, count, what, steps=steps, advance=advance)


def never(sched, count, thing, operation):
    """It is waited for in vain, with timeouts of 0 and 1."""

    def waits():
        while True:
            if (yield operation(0)) is TIMEOUT and (yield operation(1)) is TIMEOUT:
                count[0] += 1

    cancelled_while_sealed(sched, thing, operation)
    return [waits()]


def cancelled_while_sealed(sched, thing, operation):
    """Cancelled while it waits, in a sealed run: an allocation would be an error of the task."""
    cancels = [0]

    def waits():
        while cancels[0] < 20:
            try:
                yield operation(1000)
                raise RuntimeError("it was not to come")
            except tickslot.Cancelled:
                cancels[0] += 1

    def cancel(task):
        while not task.done():
            yield sched.sleep_ms(2)
            task.cancel()

    task = sched.spawn(waits())
    sched.spawn(cancel(task))
    sched.run(sealed=True)
    check.equal((cancels[0], sched.errors), (20, 0), "cancels of %r, and errors" % thing)


def event(sched, count):
    event = tickslot.Event(sched)

    def waits():
        while True:
            yield event.wait(50)
            yield event
            count[0] += 1

    def sets():
        while True:
            event.set()
            event.set()
            yield
            if event.is_set():
                event.clear()
            yield

    return waits(), waits(), sets()


def event_never(sched, count):
    event = tickslot.Event(sched)
    return never(sched, count, event, event.wait)


def lock(sched, count):
    lock = tickslot.Lock(sched)

    def takes():
        while True:
            yield lock.acquire(50)
            with lock:
                lock.try_acquire()
                yield
                count[0] += 1
            if lock.try_acquire():
                lock.release()

    return takes(), takes(), takes()


def lock_never(sched, count):
    lock = tickslot.Lock(sched)

    def takes():
        yield lock  # and does not give it back

    sched.spawn(takes())
    sched.run()
    return never(sched, count, lock, lock.acquire)


def semaphore(sched, count):
    semaphore = tickslot.Semaphore(sched, 2)

    def takes():
        while True:
            yield semaphore.acquire(50)
            yield
            semaphore.try_acquire() and semaphore.release()
            semaphore.release()
            count[0] += semaphore.permits >= 0

    return takes(), takes(), takes()


def semaphore_never(sched, count):
    semaphore = tickslot.Semaphore(sched, 0)
    return never(sched, count, semaphore, semaphore.acquire)


def barrier(sched, count):
    barrier = tickslot.Barrier(sched, 3)

    def meets():
        while True:
            count[0] += (yield barrier.wait(50)) + 1

    return meets(), meets(), meets()


def barrier_never(sched, count):
    barrier = tickslot.Barrier(sched, 3)
    return never(sched, count, barrier, barrier.wait)


def watch(sched, count):
    watch = tickslot.Watch(sched)
    readers = watch.reader(), watch.reader()

    def reads(reader):
        while True:
            yield reader
            count[0] += 1

    def sets():
        while True:
            watch.set(count)
            yield
            watch.set(sched)
            watch.set(count)
            yield

    return reads(readers[0]), reads(readers[1]), sets()


def watch_never(sched, count):
    reader = tickslot.Watch(sched).reader()
    return never(sched, count, reader, reader.changed)


def pubsub(sched, count):
    topic = tickslot.PubSub(sched, 2)
    subscriptions = topic.subscribe(), topic.subscribe()

    def reads():
        while True:
            yield subscriptions[0].recv(50)
            count[0] += 1

    def publishes():
        while True:
            topic.publish(count)
            yield

    return reads(), publishes()


def priority_channel(sched, count):
    channel = tickslot.PriorityChannel(sched, 2)

    def sends(priority):
        while True:
            yield channel.send(count, priority, 50)
            yield channel.send(count)
            channel.try_send(count, 3)

    def receives():
        while True:
            yield channel.recv(50)
            yield channel
            channel.try_recv()
            count[0] += 1

    return sends(7), sends(0), receives()


def priority_channel_never(sched, count):
    channel = tickslot.PriorityChannel(sched, 1)
    return never(sched, count, channel, channel.recv)


def priority_channel_full(sched, count):
    channel = tickslot.PriorityChannel(sched, 1)
    channel.try_send(1)
    return never(sched, count, channel, lambda ms: channel.send(count, 3, ms))


def signal(sched, count):
    signal = tickslot.Signal(sched, 2)
    producer = signal.producer()

    def waits():
        while True:
            yield signal.wait(50)
            count[0] += 1

    def sets():
        while True:
            for value in range(4):
                signal.set(value)
                producer.set(value)
            yield
            yield
            if signal.dropped and len(signal) + len(producer):
                signal.clear()

    return waits(), waits(), sets()


def signal_never(sched, count):
    signal = tickslot.Signal(sched, 2)
    return never(sched, count, signal, signal.wait)


def timer(sched, count):
    timer = tickslot.Timer(sched)

    def waits():
        while True:
            timer.start(100)
            timer.start(1)
            yield timer.wait(50)
            timer.stop()
            count[0] += 1

    return (waits(),)


def select(sched, count):
    channel = sched.channel(1)
    event = tickslot.Event(sched)
    semaphore = tickslot.Semaphore(sched, 0)
    choice = sched.select(channel, event, semaphore)

    def waits():
        while True:
            if (yield choice.wait(50)) is not TIMEOUT:
                count[0] += choice.index + 1
                count[0] += choice.source is not None and choice.value is not None

    def feeds():
        while True:
            yield channel.send(count)
            semaphore.release()
            yield
            event.set()
            yield
            event.clear()
            yield
            semaphore.release()
            channel.try_send(count)
            yield
            yield sched.sleep_ms(1)

    return waits(), feeds()


def select_never(sched, count):
    choice = sched.select(sched.channel(1), tickslot.Event(sched),
                          tickslot.Semaphore(sched, 0))
    return never(sched, count, choice, choice.wait)


def scope(sched, count):
    scope = tickslot.Scope(sched, 2)

    def waits():
        while True:
            yield scope.join_all(1)
            yield scope.join_next(0)
            yield scope.race(1, 0)
            yield scope.race(2, 0)
            yield scope.close()
            count[0] += 1

    return (waits(),)


for make in (event, event_never, lock, lock_never, semaphore, semaphore_never, barrier,
             barrier_never, watch, watch_never, pubsub, priority_channel, priority_channel_never,
             priority_channel_full, signal, signal_never, timer, select, select_never, scope):
    never_like = make.__name__.endswith("never") or make.__name__.endswith("full")
    prove(make.__name__, make, 6, 2 if never_like else 1)


# Members that end: their generators are made beforehand.
def member():
    yield
    return "result"


def scope_round(what, times, wait, sealed=False):
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())
    scope = tickslot.Scope(sched, 3)
    rounds = 2 * check.ROUNDS + 8
    fresh = [member() for _ in range(3 * rounds)]
    count = [0]

    def waits():
        place = 0
        while place < len(fresh):
            for _ in range(3):
                scope.spawn(fresh[place])
                place += 1
            for _ in range(times):
                yield wait(scope)
            yield scope.close()
            count[0] += 1

    def a_round():
        before = count[0]
        while count[0] == before:
            sched.poll_once()

    sched.spawn(waits())
    if sealed:
        sched.run(sealed=True)
        check.equal(count[0], rounds)
    else:
        check.allocates_nothing(a_round, what)
    check.equal(sched.errors, 0)


scope_round("join_all", 1, lambda scope: scope.join_all())
scope_round("join_next", 4, lambda scope: scope.join_next())
scope_round("a race that all win", 1, lambda scope: scope.race(3))
# A cancel makes its exception, but not in a sealed run: there a byte would be an error.
scope_round("race", 1, lambda scope: scope.race(), True)
scope_round("close", 0, None, True)
print("OK")
