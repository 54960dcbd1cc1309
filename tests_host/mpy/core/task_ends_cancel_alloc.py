# also: unfrozen
"""Cancel, in each state of a task: no byte in a sealed run, and no more than the exception else.

Raising an exception that a program can catch by name leaves a traceback in it, for which a locked
heap has no room.  So the two proofs are made in a sealed run; outside of one, a cancel makes its
exception, and nothing of it stays.
"""

import check
import gc
import tickslot

check.skip_above_small_addresses()

ROUNDS = check.ROUNDS
LIMIT = 200  # six blocks of 32 bytes on a 64-bit machine, and less on a board


def asleep(sched, channel):
    yield sched.sleep_ms(1000)


def asleep_with_finally(sched, channel):
    try:
        yield sched.sleep_ms(1000)
    finally:
        yield sched.sleep_ms(0)


def asleep_and_swallows(sched, channel):
    try:
        yield sched.sleep_ms(1000)
    except tickslot.Cancelled:
        pass


def in_a_queue(sched, channel):
    yield channel.recv()
    yield


def in_a_queue_with_a_timeout(sched, channel):
    yield channel.recv(timeout_ms=500)


def in_a_full_queue(sched, channel):
    yield channel.send("fills it")
    yield channel.send("waits")


def ready(sched, channel):
    while True:
        yield


def itself(sched, channel):
    task = sched.current
    yield
    task.cancel()


def ends(sched, channel):
    return "result"
    yield


# What the driver does with a task that was just spawned, until it has ended.


def at_once(sched, channel, spawned, count):
    task = spawned[0]
    count[0] += task.cancel()
    yield


def after_a_turn(sched, channel, spawned, count):
    task = spawned[0]
    yield
    count[0] += task.cancel()
    yield
    yield
    yield


def twice(sched, channel, spawned, count):
    task = spawned[0]
    yield
    count[0] += task.cancel()
    task.cancel()
    yield
    yield


def after_its_timeout(sched, channel, spawned, count):
    task = spawned[0]
    yield
    sched.clock.advance(600)
    count[0] += task.cancel()
    yield


def with_its_value(sched, channel, spawned, count):
    task = spawned[0]
    yield
    channel.try_send("value")
    count[0] += task.cancel()
    yield
    yield


def drains(sched, channel, spawned, count):
    task = spawned[0]
    yield
    yield
    count[0] += task.cancel()
    yield
    channel.try_recv()


def joins(sched, channel, spawned, count):
    task = spawned[0]
    yield
    task.cancel()
    try:
        yield task.join()
    except tickslot.Cancelled:
        count[0] += 1


def joins_late(sched, channel, spawned, count):
    task = spawned[0]
    yield
    task.cancel()
    yield
    yield
    try:
        yield task.join()
    except tickslot.Cancelled:
        count[0] += 1


def when_ended(sched, channel, spawned, count):
    task = spawned[0]
    yield
    yield
    if not task.cancel():
        count[0] += 1


def leaves_it(sched, channel, spawned, count):
    yield
    yield
    count[0] += 1


def driver(sched, fresh, steps, first, spawned):
    for i in range(first, first + ROUNDS):
        spawned[0] = sched.spawn(fresh[i])
        yield from steps[i]
        if not spawned[0].done():
            raise AssertionError("it lives")


def prove(make, drive):
    what = "cancel of one %s, %s" % (make.__name__, drive.__name__)
    sched = tickslot.Scheduler(2, clock=tickslot.ManualClock(), handles=1)
    channel = sched.channel(1)
    spawned = [None]
    count = [0]
    everything = range(3 * ROUNDS)
    fresh = [make(sched, channel) for _ in everything]
    steps = [drive(sched, channel, spawned, count) for _ in everything]
    drivers = [driver(sched, fresh, steps, i * ROUNDS, spawned) for i in range(3)]
    sched.run_until(sched.spawn(drivers[0]), sealed=True)  # the first proof
    gc.collect()
    gc.disable()
    task = sched.spawn(drivers[1])
    before = gc.mem_alloc()
    sched.run_until(task, sealed=True)  # the second
    used = gc.mem_alloc() - before
    task = sched.spawn(drivers[2])
    before = gc.mem_alloc()
    sched.run_until(task)
    unsealed = (gc.mem_alloc() - before) // ROUNDS
    gc.enable()
    check.equal(used, 0, what + ": bytes in a sealed run")
    check.equal((count[0], sched.errors), (3 * ROUNDS, 0), what)
    limit = 1 if drive in (at_once, when_ended) else LIMIT
    check.true(unsealed <= limit, "%s: %d bytes in a run that is not sealed" % (what, unsealed))


for make in (asleep, asleep_with_finally, in_a_queue, in_a_queue_with_a_timeout, in_a_full_queue,
             ready):
    prove(make, at_once)
    prove(make, after_a_turn)
    prove(make, twice)
for make in (asleep, in_a_queue, ready):
    prove(make, joins)
    prove(make, joins_late)
prove(asleep_and_swallows, after_a_turn)
prove(in_a_queue_with_a_timeout, after_its_timeout)
prove(in_a_queue, with_its_value)
prove(in_a_queue_with_a_timeout, with_its_value)
prove(in_a_full_queue, drains)
prove(ends, when_ended)
prove(itself, leaves_it)
print("OK")
