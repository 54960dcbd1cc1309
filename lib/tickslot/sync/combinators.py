"""Generators around another one: try it again, limit its time, restart it.

Use each by `yield from` in a task, or as a task's generator.
"""

from ..core.outcomes import FULL, REJECTED, TIMEOUT, Cancelled
from ..core.task import COLLECTED

FAILURES = (TIMEOUT, FULL, REJECTED)

# when `supervise` restarts
NEVER = "never"
ON_ERROR = "on-error"
ALWAYS = "always"


def retry(scheduler, times, make, pause_ms=0, errors=Exception, failures=FAILURES):
    """`yield from retry(sched, 3, attempt)`: up to 1 + 3 attempts, with a pause between.

    `make()` gives the attempt: a generator, or an operation.  The attempt has failed if
    it raises one of `errors` or gives one of `failures`.  The caller gets the outcome of the
    last attempt, whatever it is.

    Alloc: a generator, and what `make` allocates: none for an operation.
    """
    while True:
        try:
            attempt = make()
            if hasattr(attempt, "op"):
                outcome = yield attempt
            else:
                outcome = yield from attempt
            if times <= 0 or not is_one_of(outcome, failures):
                return outcome
        except errors:
            if times <= 0:
                raise
        times -= 1
        yield scheduler.sleep_ms(pause_ms)


def is_one_of(value, values):
    """True if the value is one of these objects; `in` would compare them.  Alloc: 0."""
    for other in values:
        if value is other:
            return True
    return False


def timeout(scheduler, ms, generator):
    """`yield from timeout(sched, 20, fetch())`: what `fetch` returns or raises, or TIMEOUT.

    The generator runs in a slot of its own.  At the deadline, or when the caller is
    cancelled, the generator is cancelled, and the caller waits for its end.  An operation needs
    none of this: it has a `timeout_ms`.

    SlotsFull: no slot is free.  Alloc: a generator.
    """
    task = scheduler.spawn(generator)
    generation = task.generation
    try:
        return (yield task.join(ms))
    finally:
        cancelled = None
        try:
            if task.generation == generation:
                task.cancel()
            while task.generation == generation and not task.done():
                try:
                    yield task.join()
                except Cancelled as error:
                    if task._node != COLLECTED:  # the caller was cancelled, not the generator
                        cancelled = error
        finally:
            if cancelled is not None:
                raise cancelled


def supervise(scheduler, make, restart=ON_ERROR, limit=5, pause_ms=100, longest_ms=10000):
    """`sched.spawn(supervise(sched, make))` runs the generator `make()`, and restarts it.

    restart     "never"; "on-error": when it raised; "always": when it returned too
    limit       restarts in all; after that its end ends `supervise` with the same outcome
    pause_ms    before the first restart, and twice as long before each further one
    longest_ms  the longest pause

    An error that is followed by a restart is counted in `errors` and given to `on_error`.
    A cancel is no error: it ends both.  Alloc: a generator, and one for each start.
    ValueError: no such `restart`.
    """
    if restart not in (NEVER, ON_ERROR, ALWAYS):
        raise ValueError('restart is "never", "on-error" or "always", not %r' % (restart,))
    return _supervise(scheduler, make, restart, limit, pause_ms, longest_ms)


def _supervise(scheduler, make, restart, limit, pause_ms, longest_ms):
    while True:
        try:
            result = yield from make()
            if restart != ALWAYS or limit <= 0:
                return result
        except Exception as error:
            if restart == NEVER or limit <= 0:
                raise
            scheduler._report(scheduler.current, error, False)
        limit -= 1
        yield scheduler.sleep_ms(pause_ms)
        pause_ms = min(2 * pause_ms, longest_ms)
