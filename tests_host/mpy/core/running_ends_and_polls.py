"""run() ends with the last task, run_until() with its own; poll_once() is one step; no mixing."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
log = []


def task(name, turns):
    for i in range(turns):
        log.append(name + str(i))
        yield
    return name


# run_until ends in the very turn in which its task does, and the others keep their place.
sched.spawn(task("a", 3))
b = sched.spawn(task("b", 2))
sched.spawn(task("c", 3))
check.equal(sched.run_until(b), "b")
check.equal(log, ["a0", "b0", "c0", "a1", "b1", "c1", "a2"])
sched.run()
check.equal(log[7:], ["c2"])

# Step by step the order is that of a run.
stepped = []
for by_hand in (False, True):
    log.clear()
    for name in "abc":
        sched.spawn(task(name, 2))
    if by_hand:
        steps = 0
        while sched.poll_once():
            steps += 1
            check.true(len(log) <= steps, "two turns in one step")
        check.equal(stepped, log)
    else:
        sched.run()
        stepped = list(log)

# Sleepers keep their deadlines across run_until.
log.clear()


def sleeper(name, ms):
    yield sched.sleep_ms(ms)
    log.append((name, clock()))


start = clock()
sched.spawn(sleeper("late", 30))
sched.run_until(sched.spawn(sleeper("early", 10)))
check.equal((log, clock()), ([("early", start + 10)], start + 10))
sched.run()
check.equal(log[1], ("late", start + 30))

# Neither inside of a task or a call.
errors = []
sched.on_error = lambda task, error: errors.append(error)


def nests(how):
    yield
    how()


for how in (sched.run, sched.poll_once, lambda: sched.run_until(b)):
    sched.spawn(nests(how))
    sched.run()
    sched.spawn(nests(how))
    while sched.poll_once():
        pass
    sched.call_soon(lambda _, how=how: how())
    sched.run()
    check.equal(len(errors), 3)
    for error in errors:
        check.equal(type(error), RuntimeError)
        check.says(error, "runs already", "spawn a task instead")
    errors.clear()

# And after all that it works.
log.clear()
sched.spawn(task("a", 2))
sched.run()
check.equal(log, ["a0", "a1"])
print("OK")
