# needs: threads, time
# also: unfrozen
"""Posts, the cross-core channel and the pool allocate nothing: hit, miss, full, empty, timeout.

Here both schedulers are driven by one thread, so that each step can be proven alone; the last part
does it once more on two threads, sealed.
"""

import gc
import sys

import check
import tickslot
from tickslot.cores.mailbox_of import mailbox_of

TIMEOUT = tickslot.TIMEOUT


def prove(what, scheds, count, advance=0, also=None):
    """Prove it for what their tasks, and `also()`, do for ever; each round must add to count[0]."""
    clock = scheds[0].clock
    polls = [sched.poll_once for sched in scheds] * 4

    def a_round(least=1):
        before = count[0]
        if also is not None:
            also()
        for poll in polls:
            poll()
        if advance:
            clock.advance(advance)
        if count[0] < before + least:
            raise AssertionError("nothing was done")

    for _ in range(8):  # into a steady state
        a_round(0)
    check.allocates_nothing(a_round, what)
    check.equal([sched.errors for sched in scheds], [0] * len(scheds), what + ": errors")


def two():
    clock = tickslot.ManualClock()
    return tickslot.Scheduler(6, clock=clock), tickslot.Scheduler(6, clock=clock)


# A mailbox: posts that are called, one that finds it full, and a bare ring.
sched, _ = two()
mailbox = mailbox_of(sched, 2)
count = [0]


def called(argument):
    count[0] += argument


def posts():
    if mailbox.post(called, 1) and mailbox.post(called, 1) and not mailbox.post(called, 1):
        mailbox.post_last(called_last)
        mailbox.ring()


def called_last(_):
    count[0] += mailbox.high_water > 0 and mailbox.refused > 0


prove("posts", (sched,), count, also=posts)


# A channel between two schedulers.
def ends(capacity):
    scheds = two()
    channel = tickslot.CrossChannel(capacity)
    return scheds, channel, channel.on(scheds[0]), channel.on(scheds[1]), [0]


def sends(end, item, timeout=None):
    while True:
        yield end.send(item, timeout)


def receives(end, count, timeout=None):
    while True:
        if (yield end.recv(timeout)) is not TIMEOUT:
            count[0] += 1


for capacity in (1, 3):
    scheds, channel, here, there, count = ends(capacity)
    scheds[0].spawn(sends(here, count))
    scheds[0].spawn(sends(here, count, 50))
    scheds[1].spawn(receives(there, count))
    scheds[1].spawn(receives(there, count, 50))
    prove("a cross-core channel of %d" % capacity, scheds, count, advance=1)


def gives_up(operation, count):
    while True:
        if (yield operation(0)) is TIMEOUT and (yield operation(1)) is TIMEOUT:
            count[0] += 1


scheds, channel, here, there, count = ends(1)
scheds[0].spawn(gives_up(here.recv, count))
prove("an empty one", scheds, count, advance=2)
scheds, channel, here, there, count = ends(1)
check.same(channel.try_send(count), True)
scheds[0].spawn(gives_up(lambda ms: here.send(count, ms), count))
prove("a full one", scheds, count, advance=2)
scheds, channel, here, there, count = ends(2)


def tries():
    done = channel.try_send(count) and channel.try_send(count) and not channel.try_send(count)
    done = done and len(channel) == 2 == channel.high_water
    while channel.try_recv(None) is not None:
        pass
    count[0] += done and channel.try_recv() is tickslot.EMPTY


prove("tries", scheds, count, also=tries)
channel.try_send(count)
channel.close()


def closed(end, count):
    while True:
        if (yield end.recv()) is tickslot.CLOSED and (yield end.send(1)) is tickslot.CLOSED:
            count[0] += 1


scheds[1].spawn(closed(there, count))
prove("a closed one", scheds, count, also=channel.close)


# A pool: two workers of this one thread, so that what is spawned is the second's, and the first
# steals it.
def pool_of(jobs, slots=2):
    clock = tickslot.ManualClock()
    main = tickslot.Scheduler(8, clock=clock)
    pool = tickslot.Pool(1, jobs=jobs, slots=slots, main=main)
    return pool, pool.schedulers, [0]


def counts(count):
    count[0] += 1
    return count


def joins(pool, sched, count, worker=None):
    while True:
        job = pool.spawn(counts, count, worker)
        yield job.join(sched)
        yield pool.spawn(abs, -1, 0).join(sched, 0)  # it has not ended by then
        yield job.join(sched, 50)  # it has
        job.wait(0)
        count[0] += job.done() - job.cancelled() + pool.here() + pool.ran_by(0)


for worker in (None, 0, 1):
    pool, scheds, count = pool_of(8)
    scheds[0].spawn(joins(pool, scheds[0], count, worker))
    prove("jobs for worker %r" % (worker,), scheds, count, advance=1)


def spawns():
    for _ in range(4):
        pool.spawn(counts, count)
    count[0] += pool.spawned - pool.ran >= pool.errors + pool.cancelled


pool, scheds, count = pool_of(40)
prove("jobs that nobody joins", scheds, count, also=spawns)
check.true(pool.stolen > 0 and pool.parked > 0, "stolen and parked")
pool, scheds, count = pool_of(40)
pool._idents[0] = pool._idents[1] = -1  # whose thread this is, nobody knows


def injects():
    spawns()
    pool._idents[0] = pool._idents[1] = -1


prove("jobs from outside", scheds, count, also=injects)
check.true(pool.injected > 0, "injected")


# On two threads, both sealed.
N = 100 if sys.platform == "rp2" else 1000
main = tickslot.Scheduler(8)
pool = tickslot.Pool(1, jobs=8, slots=2, main=main, sealed=True)
used = [0, 0]


def program():
    for i in range(N + 10):
        if i == 10:
            used[0] = gc.mem_alloc()
        first = pool.spawn(abs, -1)
        second = pool.spawn(abs, -1, 1)
        yield pool.spawn(abs, -1).join(main, 60000)
        yield first.join(main)
        yield second.join(main)
    used[1] = gc.mem_alloc()


pool.start()
task = main.spawn(program())
gc.collect()
gc.disable()
main.run_until(task, sealed=True)
gc.enable()
check.equal(used[1] - used[0], 0, "bytes of %d jobs on two threads" % (3 * N))
check.equal((pool.errors, pool.spawned), (0, 3 * N + 30))
check.true(pool.ran_by(1) > N, "the other thread took part")
check.same(pool.stop(), True)
print("OK")
