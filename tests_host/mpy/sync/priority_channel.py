# covers: problem:5828
"""The most urgent item comes out first, bounded; closing it; misuse."""

import check
import tickslot

sched = tickslot.Scheduler(6, clock=tickslot.ManualClock())


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


# A priority queue.
urgent = tickslot.PriorityChannel(sched, 4)
for item, priority in (("low", 0), ("high", 7), ("low too", 0), ("middle", 3)):
    check.same(urgent.try_send(item, priority), True)
check.same(urgent.try_send("no room"), False)
check.equal([urgent.try_recv() for _ in range(4)], ["high", "middle", "low", "low too"])
check.same(urgent.try_recv(), tickslot.EMPTY)
check.equal((urgent.high_water, len(urgent)), (4, 0))
for priority in (-1, 8):
    check.raises(ValueError, "0 to 7", urgent.try_send, "x", priority)
check.raises(RuntimeError, "try_send", urgent.send, "outside of a task")


def forgets():
    urgent.send("forgotten")
    try:
        urgent.send("next")
    except RuntimeError as error:
        check.says(error, "never yielded")
        return "told"
    yield


def urgent_closes():
    for item in range(5):
        got = yield urgent.send(item, item)
        if got is tickslot.CLOSED:
            return "closed"


def closes():
    yield
    urgent.close()
    check.equal((yield urgent.recv()), 1)  # what is there can still be taken
    while (yield urgent.recv()) is not tickslot.CLOSED:
        pass
    check.same(urgent.try_send(1), False)
    return "drained"


check.equal(run(urgent_closes(), closes()), ["closed", "drained"])
check.equal(run(forgets()), ["told"])
print("OK")
