# needs: threads
"""#5795: `Event.set` is unsafe in an ISR. A Signal is set by another thread, and by a callback.

(From a hard interrupt: tests_device/mpy/signal_hard_interrupt.py.)
"""

import _thread
import check
import micropython
import tickslot
import time

sched = tickslot.Scheduler(3)
thread_signal = tickslot.Signal(sched, 64, name="thread")
callback_signal = tickslot.Signal(sched, 4, name="callback")
POSTS = 200
got = []
done = [0]


def producer():
    for value in range(POSTS):
        while not thread_signal.set(value):  # the ring is full: the tasks are behind
            time.sleep_ms(1)
        if value % 50 == 0:
            time.sleep_ms(2)  # the scheduler goes idle, and has to wake
    done[0] = 1


def waits():
    while len(got) < POSTS:
        value = yield thread_signal.wait(2000)
        if value is tickslot.TIMEOUT:
            raise AssertionError("a post was lost: %d came" % len(got))
        got.append(value)


def callback(argument):
    callback_signal.set(argument)


def waits_for_callback():
    micropython.schedule(callback, 7)
    check.equal((yield callback_signal.wait(2000)), 7)


task = sched.spawn(waits(), name="waits")
_thread.start_new_thread(producer, ())
sched.run_until(task)
# The drops are those after which the producer tried again: the values are all there, in order.
check.equal(got, list(range(POSTS)))
sched.run_until(sched.spawn(waits_for_callback()))
while not done[0]:
    time.sleep_ms(1)
print("OK")
