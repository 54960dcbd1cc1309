# covers: nanorun:panic
"""A raising task does not end its scheduler (in the original it ends its worker)."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(8, clock=clock)
heard = []
sched.on_error = lambda task, error: heard.append((task.name, type(error), str(error)))


class Mine(Exception):
    pass


class Worse(BaseException):
    pass


def at_once():
    raise Mine("at once")
    yield


def later():
    yield sched.sleep_ms(5)
    raise ValueError("later")


def base():
    yield
    raise Worse("not even an Exception")


def in_finally():
    try:
        yield
        raise ValueError("first")
    finally:
        raise KeyError("second")


def goes_on(log):
    for i in range(10):
        log.append(i)
        yield sched.sleep_ms(1)


log = []
for generator in (at_once(), later(), goes_on(log), base(), in_finally()):
    sched.spawn(generator, generator.__name__ if hasattr(generator, "__name__") else None)
sched.run()
check.equal(log, list(range(10)))
check.equal([kind for _, kind, _ in heard], [Mine, Worse, KeyError, ValueError])
check.equal(sched.errors, 4)

# It reaches on_error with the task, the joiner, and the counter.
heard.clear()


def joins(task):
    try:
        yield task.join()
    except Mine as error:
        return "joiner got " + str(error)


task = sched.spawn(at_once(), "panics")
check.equal(sched.run_until(sched.spawn(joins(task))), "joiner got at once")
check.equal(heard, [("panics", Mine, "at once")])
check.equal(sched.errors, 5)


# A joiner that does not catch it falls as well, and no one else.
def falls(task):
    yield task.join()


task = sched.spawn(at_once(), "first")
log.clear()
sched.spawn(falls(task), "second")
sched.spawn(goes_on(log), "third")
sched.run()
check.equal([name for name, _, _ in heard[1:]], ["first", "second"])
check.equal(len(log), 10)

# An on_error that raises is reported, and changes nothing.
def broken(task, error):
    raise RuntimeError("on_error itself")


sched.on_error = broken
log.clear()
sched.spawn(at_once())
sched.spawn(goes_on(log))
sched.run()
check.equal(len(log), 10)

# Every slot is free again.
check.equal(sched.tasks(), [])
for _ in range(8):
    sched.spawn(goes_on(log))
sched.run()

# KeyboardInterrupt is the user's: it ends run(), and run() can be called again.
def interrupted():
    yield
    raise KeyboardInterrupt


log.clear()
sched.spawn(interrupted())
sched.spawn(goes_on(log))
check.raises(KeyboardInterrupt, "", sched.run)
sched.run()
check.equal(len(log), 10)
print("OK")
