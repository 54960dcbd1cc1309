# needs: threads, time
# covers: asyncrtos:forwarding
"""Main asks service 0, which asks service 1; the reply comes through 0, where no task waits."""

import check
import tickslot

main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
seen = []


def square(arg):
    seen.append(arg)
    return arg * arg


def ask_on(arg):
    return first.forward(to_second, 0, arg + 1)


def kept(arg):
    """The same by hand, with something done to the reply."""
    keep[0] = first.keep()
    to_second.call_back(0, arg, give_on)
    return LATER


def give_on(reply):
    first.reply(keep[0], -reply)


keep = [0]
LATER = tickslot.LATER  # loaded here: the worker is sealed
# Service 1 is on main's core, service 0 on the worker's: each request crosses twice.
second = tickslot.Service(main, {0: square}, requests=2, name="second")
first = tickslot.Service(scheduler, {0: ask_on, 1: kept}, requests=2, name="first")
third = tickslot.Service(scheduler, {0: lambda arg: third.forward(to_second, 0, arg)}, requests=2)
errors = []
third.on_error = lambda service, error: errors.append(error)
scheduler.on_error = lambda task, error: None
to_first = tickslot.Client(main, first)
to_third = tickslot.Client(main, third)
to_second = tickslot.Client(scheduler, second)


def program():
    check.equal((yield to_first.call(0, 4)), 25)
    check.equal((yield to_first.call(1, 4)), -16)
    second.stop()
    check.same((yield to_first.call(0, 4)), tickslot.STOPPED, "the reason comes through")
    second.start()
    check.equal((yield to_first.call(0, 9)), 100)
    # Replies would come to the wrong service if two shared a client.
    check.same((yield to_third.call(0, 4)), tickslot.RAISED)
    while not errors:
        yield main.sleep_ms(1)
    check.says(errors[0], "make a Client for each")
    return len(scheduler.tasks())


second.start()
first.start()
third.start()
worker.start()
check.equal(main.run_until(main.spawn(program())), 1, "the worker's tasks: its own alone")
worker.stop()
check.same(worker.join(), True)
check.equal(seen, [5, 4, 10])
check.equal((first.free, second.free, main.errors, scheduler.errors), (2, 2, 0, 1))
print("OK")
