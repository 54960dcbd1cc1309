# needs: host, threads
"""A job that raises does not end its worker; who joins it gets the exception."""

import check
import tickslot

main = tickslot.Scheduler(4)
pool = tickslot.Pool(2, jobs=8)
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
    for make in (raises, raises_later):
        for _ in range(10):
            try:
                yield pool.spawn(make, ValueError("one")).join(main)
                raise AssertionError("it was to raise")
            except ValueError as error:
                check.says(error, "one")
    check.equal((yield pool.spawn(abs, -3).join(main)), 3)


pool.on_error = lambda job, error: told.append(error)
pool.start()
main.run_until(main.spawn(program()))
check.raises(ValueError, "two", pool.spawn(raises, ValueError("two")).wait, 1000)
check.equal((pool.errors, len(told), pool.ran), (21, 21, 22))
check.equal([worker.state for worker in pool._workers], ["running"] * 2)
check.same(pool.stop(), True)
print("OK")
