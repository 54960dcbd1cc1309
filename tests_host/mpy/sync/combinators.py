# covers: async:timeout_retry
"""10/50 ms gives the value, 100/20 ms times out; retry(n) makes n+1 attempts; supervise."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT
clock = sched = None
told = []
log = []


def fetch(ms, value="value"):
    try:
        yield sched.sleep_ms(ms)
        return value
    finally:
        log.append(clock())


def fresh():
    global clock, sched
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(4, clock=clock)
    sched.on_error = lambda task, error: told.append(str(error))
    log.clear()
    told.clear()


def run(make):
    fresh()
    return sched.run_until(sched.spawn(make()))


# timeout
check.equal(run(lambda: tickslot.timeout(sched, 50, fetch(10))), "value")
check.equal(clock(), 10)
check.same(run(lambda: tickslot.timeout(sched, 20, fetch(100))), TIMEOUT)
check.equal((clock(), log, sched.tasks()), (20, [20], []))  # it was cancelled, and has ended


def raises():
    yield
    raise ValueError("mine")


try:
    run(lambda: tickslot.timeout(sched, 20, raises()))
    raise AssertionError("the error was lost")
except ValueError:
    pass


# retry: 3 attempts for retry(2), 100 ms between; the last one's outcome counts
def failing(times, outcome=None):
    def attempt():
        log.append(clock())
        yield sched.sleep_ms(1)
        if len(log) <= times:
            if outcome is not None:
                return outcome
            raise ValueError(str(len(log)))
        return "made it"

    return attempt


check.equal(run(lambda: tickslot.retry(sched, 2, failing(2), 100)), "made it")
check.equal(log, [0, 101, 202])
try:
    run(lambda: tickslot.retry(sched, 2, failing(9), 100))
    raise AssertionError("the last error was lost")
except ValueError as error:
    check.equal(str(error), "3")
check.equal(log, [0, 101, 202])
check.equal(run(lambda: tickslot.retry(sched, 2, failing(1, TIMEOUT), 100)), "made it")
check.same(run(lambda: tickslot.retry(sched, 1, failing(9, TIMEOUT), 100)), TIMEOUT)
check.equal(len(log), 2)
check.equal(run(lambda: tickslot.retry(sched, 5, failing(0))), "made it")
try:  # other errors are not its business
    run(lambda: tickslot.retry(sched, 5, failing(9), 0, errors=KeyError))
    raise AssertionError("it was retried")
except ValueError:
    check.equal(len(log), 1)


# An operation is an attempt too: no generator is made.
def receives():
    channel = sched.channel(1)
    sched.call_later(25, channel.try_send, "item")
    return (yield from tickslot.retry(sched, 4, lambda: channel.recv(10), 1))


check.equal(run(receives), "item")
check.equal(clock(), 25)

# supervise
supervise = tickslot.supervise
check.equal(run(lambda: supervise(sched, failing(2))), "made it")
check.equal((log, told), ([0, 101, 302], ["1", "2"]))  # 100 ms, then 200
try:
    run(lambda: supervise(sched, failing(9), limit=2))
    raise AssertionError("the limit")
except ValueError as error:
    check.equal(str(error), "3")
try:
    run(lambda: supervise(sched, failing(9), restart="never"))
    raise AssertionError("never")
except ValueError:
    check.equal(len(log), 1)
check.equal(run(lambda: supervise(sched, failing(1), "always", 3, 10, 15)), "made it")
check.equal(log, [0, 11, 27, 43])  # pauses of 10, 15 and 15
check.raises(ValueError, "never", lambda: supervise(sched, failing(1), "sometimes"))


# A cancel ends both, and is no error.
def cancelled():
    task = sched.spawn(supervise(sched, lambda: fetch(100)))
    yield sched.sleep_ms(5)
    task.cancel()
    try:
        yield task.join()
    except tickslot.Cancelled:
        return log[:]


check.equal(run(cancelled), [5])
print("OK")
