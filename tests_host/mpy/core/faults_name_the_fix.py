"""Bad input and misuse: each has a defined outcome, and a sentence that names the fix."""

import check
import tickslot

clock = tickslot.ManualClock()


def scheduler(slots, calls=4, handles=4):
    return tickslot.Scheduler(slots, clock=clock, calls=calls, handles=handles)


# Sizes.
for slots in (0, -1):
    check.raises(ValueError, ("needs slots", "Scheduler(slots=%d)" % slots), scheduler, slots)
check.raises(ValueError, "16384 at most", scheduler, 16385)
check.raises(ValueError, "16384 at most", scheduler, 1, 16384)
check.raises(ValueError, "at most", scheduler, 1, -1)
check.raises(ValueError, "handles: 1 at least", scheduler, 1, 4, 0)

sched = scheduler(3)
channel = sched.channel(1)
errors = []
log = []
sched.on_error = lambda task, error: errors.append(error)


def run(*generators):
    """Run them as tasks; the exceptions that ended them."""
    errors.clear()
    for generator in generators:
        sched.spawn(generator, "task")
    sched.run()
    return errors


def good():
    for _ in range(3):
        log.append("good")
        yield


# What is no generator.
class Iterable:
    def __iter__(self):
        return self

    def __next__(self):
        return None


for thing in (good, None, 5, "text", [], iter([1]), Iterable(), scheduler, sched, clock):
    check.raises(TypeError, ("spawn() takes a generator", "blink()"), sched.spawn, thing)
check.equal(sched.tasks(), [])
for priority in (-1, 8, 100):
    check.raises(ValueError, "a priority is 0 to 7", sched.spawn, good(), "name", priority)
check.equal(sched.tasks(), [])


# A task that raises at once: it ends alone, in its first turn.
def at_once():
    raise ValueError("at once")
    yield


log.clear()
check.equal([str(error) for error in run(at_once(), good())], ["at once"])
check.equal(log, ["good"] * 3)


# A task that yields what is no operation: TypeError right there, and it may go on.
def yields(thing, catch):
    try:
        yield thing
    except TypeError as error:
        if not catch:
            raise
        log.append(error)
        log.append((yield sched.sleep_ms(0)))


class Liar:
    op = "no number"


for thing in (5, "text", object(), (), clock, good(), good, Liar()):
    log.clear()
    run(yields(thing, True), yields(thing, False), good())
    check.equal(len(errors), 1)
    check.equal(log.count("good"), 3)
    for error in (errors[0], [entry for entry in log if isinstance(entry, TypeError)][0]):
        check.says(error, "no operation", "sched.sleep_ms(ms)", "channel.recv()")


# Spawning from inside the last free slot.
def spawns_one_too_many():
    generator = good()
    try:
        sched.spawn(generator)
    except tickslot.SlotsFull as error:
        log.append(str(error))
        yield
        yield from generator  # it is the caller's still


log.clear()
one = scheduler(1)
sched, several = one, sched
one.run_until(one.spawn(spawns_one_too_many()))
check.equal(log, ["all 1 slots have a task: give Scheduler() more slots="] + ["good"] * 3)
sched = several


# Joining oneself.
def joins_itself(timeout):
    yield sched.current.join(timeout_ms=timeout)


for timeout in (None, 5):
    run(joins_itself(timeout))
    check.equal(type(errors[0]), RuntimeError)
    check.says(errors[0], "joins itself", "let another task join it")

# Cancelling a finished task.
task = sched.spawn(good())
sched.run()
check.equal([task.cancel(), task.cancel()], [False, False])
check.same(task.take(), None)


# A forgotten `yield` before each kind of operation, before the end, and before a raise.
def forgets_and(operation):
    sched.sleep_ms(5)
    yield operation()
    log.append("never")


def forgets_a_timeout():
    channel.recv(timeout_ms=5)
    yield
    log.append("never")


def forgets_at_the_end():
    yield
    sched.sleep_ms(5)


def forgets_and_raises():
    yield
    sched.sleep_ms(5)
    raise ValueError("its own")


log.clear()
for generator in (
    forgets_and(lambda: None),
    forgets_and(lambda: sched.sleep_ms(1)),
    forgets_and(lambda: sched.sleep(1)),
    forgets_and(lambda: sched.yield_now()),
    forgets_and(lambda: channel.recv()),
    forgets_and(lambda: channel.recv(timeout_ms=1)),
    forgets_and(lambda: channel.send("x")),
    forgets_and(lambda: sched.interval(5)),
    forgets_a_timeout(),
    forgets_at_the_end(),
):
    start = clock()
    run(generator)
    check.equal((len(errors), type(errors[0])), (1, RuntimeError))
    check.says(errors[0], "<task 'task' ", "did not yield it", "yield sched.sleep_ms(5)")
    check.equal(clock(), start, "the clock after what was never waited for")
run(forgets_and_raises())
check.equal([str(error) for error in errors], ["its own"])
check.equal(log, [])
check.equal((len(channel), channel.try_recv()), (0, tickslot.EMPTY))


# A send that is never yielded: the next one says so, and then the channel works again.
def forgets_send():
    channel.send("lost")
    yield sched.yield_now()


def sends(item):
    yield channel.send(item)
    log.append(item)


run(forgets_send())
run(sends("a"))
check.equal(type(errors[0]), RuntimeError)
check.says(errors[0], "never yielded", "yield channel.send(item)", "try_send")
run(sends("b"))
check.equal((errors, log, channel.try_recv()), ([], ["b"], "b"))

# Other policies than there are, and an interval beyond its range: see interval.py.
check.raises(AttributeError, "tickslot has no 'no_such_name'", getattr, tickslot, "no_such_name")
print("OK")
