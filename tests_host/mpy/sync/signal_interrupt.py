# needs: threads
# covers: problem:5795
"""#5795: `Event.set` is unsafe in an ISR. A Signal is set by another thread, and by a callback.

(From a hard interrupt: tests_device/mpy/signal_hard_interrupt.py.)
"""

import _thread
import check
import micropython
import sys
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
            time.sleep(0.001)  # under a GIL, sleep_ms keeps it
        if value % 50 == 0:
            time.sleep(0.002)  # the scheduler goes idle, and has to wake
    done[0] = 1


def waits():
    while len(got) < POSTS:
        value = yield thread_signal.wait(60000)
        if value is tickslot.TIMEOUT:
            raise AssertionError("a post was lost: %d came" % len(got))
        got.append(value)


def callback(argument):
    callback_signal.set(argument)


def waits_for_callback():
    micropython.schedule(callback, 7)
    check.equal((yield callback_signal.wait(60000)), 7)


task = sched.spawn(waits(), name="waits")
_thread.start_new_thread(producer, ())
sched.run_until(task)
# The drops are those after which the producer tried again: the values are all there, in order.
check.equal(got, list(range(POSTS)))
sched.run_until(sched.spawn(waits_for_callback()))
while not done[0]:
    time.sleep(0.001)

# Several at once: each has a producer of its own, and each one's posts come in order.
THREADS = 1 if sys.platform == "rp2" else 3
many = tickslot.Signal(sched, 16, name="many")
producers = [many.producer(4) for _ in range(THREADS)]
left = [THREADS * POSTS]
latest = [-1] * (THREADS + 1)
own = [0]


def posts(number):
    post = producers[number].set
    for value in range(POSTS):
        while not post(1000 * number + value):
            time.sleep(0.001)


def waits_for_many():
    while left[0]:
        value = yield many.wait(60000)
        if value is tickslot.TIMEOUT:
            raise AssertionError("a post was lost: %d to come" % left[0])
        number = value // 1000
        check.equal(value % 1000, latest[number] + 1, "the next of producer %d" % number)
        latest[number] += 1
        left[0] -= 1
        if value % 20 == 0 and many.set(1000 * THREADS + own[0]):  # and this thread
            own[0] += 1
            left[0] += 1


for number in range(THREADS):
    _thread.start_new_thread(posts, (number,))
sched.run_until(sched.spawn(waits_for_many()))
check.equal((latest[:-1], len(many)), ([POSTS - 1] * THREADS, 0))
check.true(latest[-1] == own[0] - 1 > 1, "its own posts")
print("OK")
