"""Sealed, a task that allocates ends with AllocationError, which names it; the others go on."""

import check
import tickslot

check.skip_above_small_addresses()

AllocationError = tickslot.AllocationError
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
heard = []
sched.on_error = lambda task, error: heard.append((task.name, error))
turns = [0]
blamed = [None]


def careful():
    for _ in range(20):
        turns[0] += 1
        yield sched.sleep_ms(1)


def allocates(after):
    yield sched.sleep_ms(after)
    return [after] * 10


def asks_too_much():
    yield
    bytearray(100)


sched.spawn(careful(), "careful")
sched.spawn(allocates(3), "first")
sched.spawn(asks_too_much(), "second")
sched.spawn(allocates(5))
sched.run(sealed=True)
check.equal(turns[0], 20)
check.equal([name for name, _ in heard], ["second", "first", None])
check.equal([type(error) for _, error in heard], [AllocationError] * 3)
# each keeps its own name, though there is one heap for all
check.equal([error.task for _, error in heard][:2], ["second", "first"])
for name, error in heard[:2]:
    check.says(error, repr(name), "allocated in a sealed scheduler", "before run(sealed=True)")
check.equal(sched.errors, 3)

# Once: it ended.  The heap is unlocked again, and what follows may allocate.
check.equal(len(heard), 3)
check.equal(sched.tasks(), [])
check.equal(len([0] * 100), 100)


# The joiner gets it, can go on, and is not the one that is blamed.
def joins(task):
    try:
        yield task.join()
    except AllocationError as error:
        blamed[0] = error.task
    yield
    return "joiner goes on"


def falls(task):
    yield task.join()


heard.clear()
task = sched.spawn(allocates(1), "guilty")
check.equal(sched.run_until(sched.spawn(joins(task), "joiner"), sealed=True), "joiner goes on")
check.equal(blamed[0], "guilty")
task = sched.spawn(allocates(1), "guilty")
sched.spawn(falls(task), "falls")
sched.run(sealed=True)
check.equal([error.task for _, error in heard], ["guilty"] * 3)


# A task may catch it, as what it is there: a MemoryError.  Then it goes on, and is not blamed.
def catches():
    try:
        bytearray(100)
    except MemoryError:
        yield
        return "went on"


heard.clear()
check.equal(sched.run_until(sched.spawn(catches()), sealed=True), "went on")
check.equal(heard, [])


# Other exceptions under a locked heap reach on_error and the joiner as what they are.
def raises(kind):
    yield
    raise kind


for kind in (ValueError, OSError, KeyError):
    heard.clear()
    sched.spawn(raises(kind), "a")
    sched.spawn(raises(kind), "b")
    sched.spawn(careful())
    sched.run(sealed=True)
    check.equal([type(error) for _, error in heard], [kind] * 2)
    check.true(heard[0][1] is not heard[1][1], "two faults share one exception")

# A call is sealed as well, and so is what run_until runs.
heard.clear()
sched.call_soon(lambda _: bytearray(100))
sched.run(sealed=True)
check.equal([type(error) for _, error in heard], [AllocationError])


# Misuse in a sealed run still names the fix: that text is made with the heap unlocked.
def misuses():
    yield
    sched.sleep_ms(-5)


heard.clear()
sched.spawn(misuses(), "misuses")
sched.run(sealed=True)
check.equal(type(heard[0][1]), ValueError)
check.says(heard[0][1], "cannot wait -5 ticks")

# A deadlock ends a sealed run too, with the heap unlocked.
def stuck(channel):
    yield channel.recv()


task = sched.spawn(stuck(sched.channel(1, name="never")), "stuck")
try:
    sched.run(sealed=True)
    raise AssertionError("no Deadlock")
except tickslot.Deadlock as error:
    check.says(error, "stuck waits for recv on channel 'never'")
check.equal(len([0] * 100), 100)
print("OK")
