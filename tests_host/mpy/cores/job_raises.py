# needs: threads, time
# covers: nanorun:panic
"""A job that raises, whatever it is, does not end its worker; who joins it gets the exception."""

import sys

import check
import tickslot

board = sys.platform == "rp2"
main = tickslot.Scheduler(4)
pool = tickslot.Pool(1 if board else 2, jobs=8, slots=2, sealed=board)
pool.on(main)
told = []


class Odd(BaseException):
    pass


def raises(error):
    raise error


def raises_later(error):
    yield
    raise error


def program():
    for kind in (ValueError, Odd, SystemExit):
        for later in (False, True):
            for _ in range(4):  # more than there are slots: a slot that were lost would be missed
                error = kind("one")
                job = pool.spawn(raises_later(error)) if later else pool.spawn(raises, error)
                try:
                    yield job.join(main)
                    raise AssertionError("it was to raise")
                except kind as error:
                    check.says(error, "one")
    # Who cancels itself is cancelled, and that is all.
    for _ in range(4):
        job = pool.spawn(raises_later(tickslot.Cancelled()))
        check.same((yield job.join(main)), None)
        check.true(job.cancelled() and job.done(), "cancelled")
    check.equal((yield pool.spawn(abs, -3).join(main)), 3)


def hear(job, error):
    told.append(error)
    raise RuntimeError("on_error raises too")


pool.start()
main.run_until(main.spawn(program()))
pool.on_error = hear
check.raises(ValueError, "two", pool.spawn(raises, ValueError("two")).wait)
check.raises(ValueError, "three", pool.spawn(raises_later(ValueError("three"))).wait)
check.equal((pool.errors, len(told), pool.cancelled, pool.ran), (26, 2, 4, 31))
check.equal([worker.state for worker in pool._workers], ["running"] * len(pool._workers))
check.same(pool.stop(), True)
print("OK")
