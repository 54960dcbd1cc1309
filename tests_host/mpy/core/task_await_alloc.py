"""What each operation allocates: `yield op` nothing, `await op` the same few bytes a wait.

`await` makes a generator of the operation each time.  Sealed, that is an AllocationError.
"""

import check
import gc
import sys
import tickslot

check.skip_above_small_addresses()

ROUNDS = check.ROUNDS
WIDE = sys.maxsize > 1 << 32

# bytes of one `await`: the documentation's figure
AWAIT = 96 if WIDE else 48


class Made:
    """What is no part of the operation."""

    interval = None


def measure(work):
    """Bytes a round of `work(sched, channel)`, a generator or coroutine of ROUNDS rounds."""
    sched = tickslot.Scheduler(3, clock=tickslot.ManualClock())
    channel = sched.channel(2)
    Made.interval = sched.interval(5)
    for _ in range(2):
        task = sched.spawn(work(sched, channel))
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        result = sched.run_until(task)
        used = gc.mem_alloc() - before
        gc.enable()
        if result is not None:
            raise AssertionError("it gave %r" % (result,))
    return used // ROUNDS


async def awaits_sleep(sched, channel):
    for _ in range(ROUNDS):
        await sched.sleep_ms(1)


def yields_sleep(sched, channel):
    for _ in range(ROUNDS):
        yield sched.sleep_ms(1)


async def awaits_yield_now(sched, channel):
    for _ in range(ROUNDS):
        await sched.yield_now()


def yields_yield_now(sched, channel):
    for _ in range(ROUNDS):
        yield sched.yield_now()


async def awaits_recv(sched, channel):
    for i in range(ROUNDS):
        channel.try_send(i)
        if await channel.recv() != i:
            return "another item"


def yields_recv(sched, channel):
    for i in range(ROUNDS):
        channel.try_send(i)
        if (yield channel.recv()) != i:
            return "another item"


async def awaits_recv_that_times_out(sched, channel):
    for _ in range(ROUNDS):
        if await channel.recv(timeout_ms=1) is not tickslot.TIMEOUT:
            return "an item"


def yields_recv_that_times_out(sched, channel):
    for _ in range(ROUNDS):
        if (yield channel.recv(timeout_ms=1)) is not tickslot.TIMEOUT:
            return "an item"


async def awaits_send(sched, channel):
    for i in range(ROUNDS):
        if await channel.send(i) is not True:
            return "not sent"
        channel.try_recv()


def yields_send(sched, channel):
    for i in range(ROUNDS):
        if (yield channel.send(i)) is not True:
            return "not sent"
        channel.try_recv()


async def awaits_interval(sched, channel):
    interval = Made.interval
    for _ in range(ROUNDS):
        await interval


def yields_interval(sched, channel):
    interval = Made.interval
    for _ in range(ROUNDS):
        yield interval


def result(sched, channel):
    return 1
    yield


async def awaits_join(sched, channel):
    for _ in range(ROUNDS):
        if await sched.spawn(generators.pop_one()).join() != 1:
            return "another result"


def yields_join(sched, channel):
    for _ in range(ROUNDS):
        if (yield sched.spawn(generators.pop_one()).join()) != 1:
            return "another result"


class Generators:
    """Made beforehand: they are no part of the join."""

    def __init__(self, count):
        self.made = [result(None, None) for _ in range(count)]
        self.next = 0

    def pop_one(self):
        self.next += 1
        return self.made[self.next - 1]


generators = Generators(4 * ROUNDS)
for yields, awaits in (
    (yields_sleep, awaits_sleep),
    (yields_yield_now, awaits_yield_now),
    (yields_recv, awaits_recv),
    (yields_recv_that_times_out, awaits_recv_that_times_out),
    (yields_send, awaits_send),
    (yields_interval, awaits_interval),
    (yields_join, awaits_join),
):
    check.equal(measure(yields), 0, "bytes of " + yields.__name__)
    check.equal(measure(awaits), AWAIT, "bytes of " + awaits.__name__)


# Sealed, the one that yields works and the one that awaits is told so.
def main(sched, tasks):
    yield tasks[0].join()
    try:
        yield tasks[1].join()
    except tickslot.AllocationError as error:
        return error


ROUNDS = 1
sched = tickslot.Scheduler(3, clock=tickslot.ManualClock())
channel = sched.channel(1)
sched.on_error = lambda task, error: None
tasks = [sched.spawn(yields_recv(sched, channel))]
tasks.append(sched.spawn(awaits_sleep(sched, channel), "awaits"))
error = sched.run_until(sched.spawn(main(sched, tasks)), sealed=True)
check.equal(error.task, "awaits")
print("OK")
