# covers: nanorun:join_handle
"""A result is given once; a handle that is dropped detaches; one read twice is an error."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
log = []
errors = []
sched.on_error = lambda task, error: errors.append(error)


def result(value, ms=10):
    yield sched.sleep_ms(ms)
    log.append(value)
    return value


def main():
    # Once, by waiting for it.
    task = sched.spawn(result("a"), "a")
    check.equal((yield task.join()), "a")
    try:
        yield task.join()
    except RuntimeError as error:
        check.says(error, "result of <task 'a' ended> has been taken")
        log.append("twice is an error")
    # Once, after it has ended.
    task = sched.spawn(result("b"), "b")
    yield sched.sleep_ms(100)
    check.true(task.done(), "b has not ended")
    check.equal((yield task.join()), "b")
    try:
        yield task.join()
    except RuntimeError as error:
        check.says(error, "taken")
        log.append("twice is an error")
    # A timeout takes nothing.
    task = sched.spawn(result("c"), "c")
    check.same((yield task.join(timeout_ms=5)), tickslot.TIMEOUT)
    check.equal((yield task.join(timeout_ms=50)), "c")
    # Dropping the handle detaches.
    sched.spawn(result("d"), "d")
    # Two that wait for one: a result is given once.
    task = sched.spawn(result("e"), "e")
    sched.spawn(second(task), "second")
    check.equal((yield task.join()), "e")
    return "main"


def second(task):
    yield task.join()


check.equal(sched.run_until(sched.spawn(main())), "main")
sched.run()
check.equal(log, ["a", "twice is an error", "b", "twice is an error", "c", "d", "e"])
check.equal(len(errors), 1)
check.says(errors[0], "another task joins <task 'e' ", "given once")

# Read without waiting.
task = sched.spawn(result("f"), "f")
check.raises(RuntimeError, ("has not ended", "yield task.join()"), task.take)
sched.run()
check.equal(task.take(), "f")
check.raises(RuntimeError, "taken", task.take)
check.raises(RuntimeError, "taken", sched.run_until, task)


# What a task raises is given to the one that joins it, waiting or late, and to nobody else.
class Mine(Exception):
    pass


def raises(kind, ms):
    yield sched.sleep_ms(ms)
    raise kind("raised")


def joins(task, wait):
    yield sched.sleep_ms(wait)
    try:
        yield task.join()
    except Exception as error:
        return error


for kind in (Mine, ValueError, TypeError, AttributeError):
    for wait in (0, 50):
        task = sched.spawn(raises(kind, 10), "raises")
        error = sched.run_until(sched.spawn(joins(task, wait)))
        check.equal(type(error), kind)
        check.equal(error.args, ("raised",), "what reached the joiner")
print("OK")
