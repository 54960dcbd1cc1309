# covers: problem:5828
"""#5828, #5858: no queue, semaphore, condition since 2020. They are there, bounded."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


# A queue: bounded, and `put` waits.
queue = sched.channel(2)


def puts():
    for item in range(5):
        yield queue.send(item)
    queue.close()


def gets():
    items = []
    while True:
        item = yield queue.recv()
        if item is tickslot.CLOSED:
            return items
        items.append(item)


check.equal(run(puts(), gets())[1], [0, 1, 2, 3, 4])

# A priority queue.
urgent = tickslot.PriorityChannel(sched, 4)
for item, priority in (("low", 0), ("high", 7), ("low too", 0), ("middle", 3)):
    check.same(urgent.try_send(item, priority), True)
check.same(urgent.try_send("no room"), False)
check.equal([urgent.try_recv() for _ in range(4)], ["high", "middle", "low", "low too"])
check.same(urgent.try_recv(), tickslot.EMPTY)
check.equal((urgent.high_water, len(urgent)), (4, 0))
for priority in (-1, 8):
    check.raises(ValueError, "0 to 7", urgent.try_send, "x", priority)
check.raises(RuntimeError, "try_send", urgent.send, "outside of a task")


def forgets():
    urgent.send("forgotten")
    try:
        urgent.send("next")
    except RuntimeError as error:
        check.says(error, "never yielded")
        return "told"
    yield


def urgent_closes():
    for item in range(5):
        got = yield urgent.send(item, item)
        if got is tickslot.CLOSED:
            return "closed"


def closes():
    yield
    urgent.close()
    check.equal((yield urgent.recv()), 1)  # what is there can still be taken
    while (yield urgent.recv()) is not tickslot.CLOSED:
        pass
    check.same(urgent.try_send(1), False)
    return "drained"


check.equal(run(urgent_closes(), closes()), ["closed", "drained"])
check.equal(run(forgets()), ["told"])

# A semaphore: see sync/semaphore.py.  A condition: wait until something is so, under a lock.
lock = tickslot.Lock(sched)
changed = tickslot.Event(sched)
stock = [0]


def takes():
    yield lock
    while stock[0] < 3:
        lock.release()
        yield changed
        yield lock
    stock[0] -= 3
    lock.release()
    return clock()


def fills():
    for _ in range(3):
        yield sched.sleep_ms(10)
        yield lock
        stock[0] += 1
        changed.set()
        changed.clear()
        lock.release()


check.equal(run(takes(), fills())[0], 30)

# A barrier, and the latest value of something, and one to many.
barrier = tickslot.Barrier(sched, 3)


def meets(ms):
    yield sched.sleep_ms(ms)
    number = yield barrier.wait()
    return number, clock()


began = clock()
check.equal(run(meets(5), meets(1), meets(3)),
            [(2, began + 5), (0, began + 5), (1, began + 5)])


def leaves_early():
    return (yield barrier.wait(1))


check.same(run(leaves_early())[0], tickslot.TIMEOUT)
check.equal(barrier.arrived, 0)
check.raises(ValueError, "1 task", tickslot.Barrier, sched, 0)

temperature = tickslot.Watch(sched)
reader = temperature.reader()


def measures():
    for value in (20, 21, 22):
        temperature.set(value)
    yield sched.sleep_ms(5)
    temperature.set(23)


def shows():
    shown = []
    while True:
        value = yield reader.changed(10)
        if value is tickslot.TIMEOUT:
            return shown
        shown.append(value)


check.equal(run(measures(), shows())[1], [22, 23])
check.equal(temperature.value, 23)
check.equal(tickslot.Watch(sched, "first").reader()._watch.value, "first")

topic = tickslot.PubSub(sched, 2, name="topic")
slow, quick = topic.subscribe("slow"), topic.subscribe("quick")


def publishes():
    for item in range(5):
        topic.publish(item)
        yield
        yield
    topic.close()


def reads(subscription, ms):
    items = []
    while True:
        yield sched.sleep_ms(ms)
        item = yield subscription.recv()
        if item is tickslot.CLOSED:
            return items
        items.append(item)


check.equal(run(publishes(), reads(slow, 50), reads(quick, 0))[1:], [[3, 4], [0, 1, 2, 3, 4]])
check.equal((slow.dropped, quick.dropped), (3, 0))
print("OK")
