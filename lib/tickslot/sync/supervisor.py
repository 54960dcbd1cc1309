"""A task that is made anew when it ends."""

NEVER = "never"
ON_ERROR = "on-error"
ALWAYS = "always"


def supervise(scheduler, make, restart=ON_ERROR, limit=5, pause_ms=100, longest_ms=10000):
    """`sched.spawn(supervise(sched, make))` runs `make()`, and runs it again by the policy.

    restart     "never", "on-error": when it raised, "always": when it returned too
    limit       restarts in all; the next end is the supervisor's own
    pause_ms    before the first restart, twice as long before each further one
    longest_ms  but not longer

    An error that is followed by a restart is counted and told to `on_error`.
    A cancel is not an error: it ends both.  Alloc: a generator, and one a start.
    ValueError: no such policy.
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
