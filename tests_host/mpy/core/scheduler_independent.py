# covers: async:independent
"""Two schedulers in one program do not affect each other: slots, clocks, errors, deadlocks."""

import check
import tickslot

clock_a = tickslot.ManualClock()
clock_b = tickslot.ManualClock(start=777)
a = tickslot.Scheduler(1, clock=clock_a)
b = tickslot.Scheduler(2, clock=clock_b)
log = []


def sleeper(sched, name, ms):
    for _ in range(2):
        yield sched.sleep_ms(ms)
        log.append((name, sched.now(), sched.current.name))


def stuck(channel):
    yield channel.recv()


def raises():
    raise ValueError("a's")
    yield


a.spawn(sleeper(a, "a", 10), "in a")
b.spawn(sleeper(b, "b", 10), "in b")
a.run()
check.equal(log, [("a", 10, "in a"), ("a", 20, "in a")])
check.equal((clock_a(), clock_b()), (20, 777))
check.equal((len(a.tasks()), len(b.tasks())), (0, 1))
b.run()
check.equal(log[2:], [("b", 787, "in b"), ("b", 797, "in b")])
check.equal((clock_a(), clock_b()), (20, 797))

# A deadlock and an error in one leave the other alone.
log.clear()
a.on_error = lambda task, error: log.append(error)
a.spawn(raises())
a.run()
a.spawn(stuck(a.channel(1)))
check.raises(tickslot.Deadlock, "recv", a.run)
check.equal((a.errors, b.errors, len(log)), (1, 0, 1))
check.raises(tickslot.SlotsFull, "all 1 slots", a.spawn, raises())
b.spawn(sleeper(b, "b", 1), "in b")
b.spawn(sleeper(b, "c", 1), "in b")
b.run()
check.equal(len(log), 5)

# One scheduler's task steps another by hand.
log.clear()
inner = tickslot.Scheduler(1, clock=clock_b)
inner.spawn(sleeper(inner, "inner", 0), "in inner")


def drives():
    while inner.poll_once():
        log.append(b.current.name)
        yield sched_sleep(1)


sched_sleep = b.sleep_ms
b.spawn(drives(), "drives")
b.run()
check.equal([entry if type(entry) is str else entry[0] for entry in log],
            ["drives", "inner", "drives", "inner", "drives"])

# Two on one clock, of which one runs: both see the time pass.
x = tickslot.Scheduler(1, clock=clock_b)
y = tickslot.Scheduler(1, clock=clock_b)
log.clear()
x.spawn(sleeper(x, "x", 100), "in x")
y.spawn(sleeper(y, "y", 30), "in y")
y.poll_once()
x.run()
check.equal([entry[0] for entry in log], ["x", "x"])
y.run()
check.equal([entry[0] for entry in log], ["x", "x", "y", "y"])
print("OK")
