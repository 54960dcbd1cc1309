# covers: nanorun:wake_while_running
"""A task that is woken while it runs gets one more turn, exactly one.

A task can only be woken for what it waits for, so the case is an item that comes before it waits,
from itself or from a call that it makes: the wait then ends at once, and once.
"""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock)
channel = sched.channel(4)
turns = []


def other():
    while True:
        turns.append("other")
        yield


def task():
    turns.append("task")
    channel.try_send("wake")
    channel.try_send("twice")
    turns.append((yield channel.recv()))  # goes on in one more turn
    turns.append((yield channel.recv()))
    turns.append((yield channel.recv(timeout_ms=0)))
    turns.append("end")


busy = sched.spawn(other())
main = sched.spawn(task())
sched.run_until(main)
own = [turn for turn in turns if turn != "other"]
check.equal(own, ["task", "wake", "twice", tickslot.TIMEOUT, "end"])
# one turn of the other between two of its own: woken twice, it did not run twice
check.equal(turns[:6], ["other", "task", "other", "wake", "other", "twice"])

# Both wakes of one wait at once, value and deadline: one turn.
turns.clear()


def waits():
    while True:
        turns.append((yield channel.recv(timeout_ms=10)))


def sends():
    yield sched.sleep_ms(10)
    channel.try_send("value")
    turns.append("sent")


busy.cancel()
sched.run()
waiter = sched.spawn(waits())
sched.poll_once()
channel.try_send("value")
clock.advance(10)  # the deadline passes while it is ready
while sched.poll_once():
    pass
check.equal(turns, ["value"])
waiter.cancel()
sched.run()
print("OK")
