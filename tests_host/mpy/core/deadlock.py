# covers: async:deadlock
"""When nothing can wake a task any more, `run` says so: each task, and what it waits for."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
orders = sched.channel(1, name="orders")
unnamed = sched.channel(3)
got = []


def receiver(channel):
    got.append((yield channel.recv()))


def sender():
    yield orders.send(1)
    yield orders.send(2)
    got.append("sent")


def joiner(task):
    got.append((yield task.join()))


def fine():
    yield sched.sleep_ms(10)


waiter = sched.spawn(receiver(unnamed), "waiter")
sched.spawn(joiner(waiter), "joiner")
sched.spawn(sender(), "sender")
sched.spawn(fine(), "fine")
error = check.raises(
    tickslot.Deadlock,
    (
        "nothing can wake a task",
        "waiter waits for recv on channel of 3",
        "joiner waits for the end of <task 'waiter' waiting>",
        "sender waits for send on channel 'orders'",
    ),
    sched.run,
)
check.true("fine" not in str(error), "it names a task that ended: %s" % error)
check.equal(clock(), 10)

# They stay as they are: a value from outside, and they go on.
check.equal(len(sched.tasks()), 3)
check.raises(tickslot.Deadlock, "waiter", sched.run)
check.same(unnamed.try_send("late"), True)
check.raises(tickslot.Deadlock, "sender waits", sched.run)
check.equal(got, ["late", None])
check.equal(orders.try_recv(), 1)
sched.run()
check.equal(got, ["late", None, "sent"])

# run_until finds it too, also when the task it waits for is not the one that is stuck.
main = sched.spawn(receiver(unnamed))
check.raises(tickslot.Deadlock, "#", sched.run_until, main)
main.cancel()
sched.run()

# A task with a timeout is no deadlock.
def patient():
    got.append((yield unnamed.recv(timeout_ms=5)))


sched.spawn(patient())
sched.run()
check.same(got[-1], tickslot.TIMEOUT)
print("OK")
