"""A task is a generator that yields operations, or an `async def` that awaits them: the same."""

import check
import tickslot


def program(mixed):
    """The log of the same small program, of generators or of coroutines."""
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(4, clock=clock)
    channel = sched.channel(1)
    interval = sched.interval(10)
    log = []

    def yields_producer():
        for i in range(3):
            yield interval
            log.append(("sent", (yield channel.send(i)), clock()))
        yield sched.yield_now()
        channel.close()

    async def awaits_producer():
        for i in range(3):
            await interval
            log.append(("sent", await channel.send(i), clock()))
        await sched.yield_now()
        channel.close()

    def yields_consumer():
        while True:
            item = yield channel.recv(timeout_ms=4)
            log.append((item, clock()))
            if item is tickslot.CLOSED:
                return "done"
            yield sched.sleep_ms(3)

    async def awaits_consumer():
        while True:
            item = await channel.recv(timeout_ms=4)
            log.append((item, clock()))
            if item is tickslot.CLOSED:
                return "done"
            await sched.sleep_ms(3)

    def yields_main(task):
        return (yield task.join())

    async def awaits_main(task):
        return await task.join()

    sched.spawn((awaits_producer if mixed & 1 else yields_producer)())
    task = sched.spawn((awaits_consumer if mixed & 2 else yields_consumer)())
    main = sched.spawn((awaits_main if mixed & 4 else yields_main)(task))
    log.append(sched.run_until(main))
    return log


expected = program(0)
check.true(len(expected) > 8 and expected[-1] == "done", "the program does too little")
for mixed in range(1, 8):
    check.equal(program(mixed), expected)

# Both reach through helpers of their kind.
sched = tickslot.Scheduler(1, clock=tickslot.ManualClock())


def inner():
    yield sched.sleep_ms(5)
    return 20


def outer():
    return (yield from inner()) + (yield from inner()) + 2


async def coroutine():
    await sched.sleep_ms(5)
    return 20


async def coroutines():
    return await coroutine() + await coroutine() + 2


check.equal(sched.run_until(sched.spawn(outer())), 42)
check.equal(sched.run_until(sched.spawn(coroutines())), 42)

# An exception reaches both the same way, and so does a cancel.
log = []


def catches():
    try:
        yield sched.sleep_ms(5)
    except tickslot.Cancelled:
        log.append("yield")
        raise


async def awaits_and_catches():
    try:
        await sched.sleep_ms(5)
    except tickslot.Cancelled:
        log.append("await")
        raise


for make in (catches, awaits_and_catches):
    task = sched.spawn(make())
    sched.poll_once()
    task.cancel()
    check.raises(tickslot.Cancelled, "", sched.run_until, task)
check.equal(log, ["yield", "await"])
print("OK")
