"""Another attempt, after a pause, when one has failed."""

from ..core.outcomes import FULL, REJECTED, TIMEOUT

FAILURES = (TIMEOUT, FULL, REJECTED)


def retry(scheduler, times, make, pause_ms=0, errors=Exception, failures=FAILURES):
    """`yield from retry(sched, 3, attempt)`: up to 1 + 3 attempts, with a pause between.

    `make()` gives the attempt: a generator, or an operation.  It has failed if
    it raises one of `errors` or gives one of `failures`; the last one's outcome
    is the caller's, whatever it is.

    Alloc: a generator, and what `make` allocates: none for an operation.
    """
    while True:
        try:
            attempt = make()
            if hasattr(attempt, "op"):
                outcome = yield attempt
            else:
                outcome = yield from attempt
            if times <= 0 or not any_is(outcome, failures):
                return outcome
        except errors:
            if times <= 0:
                raise
        times -= 1
        yield scheduler.sleep_ms(pause_ms)


def any_is(value, values):
    """True if the value is one of those very objects.  Alloc: 0."""
    for other in values:
        if value is other:
            return True
    return False
