"""The same work on both cores takes hardly longer than on one."""

import _thread
import time

ROUNDS = 20000
done = _thread.allocate_lock()


def work():
    for _ in range(ROUNDS):
        pass


def other_core():
    work()
    done.release()


start = time.ticks_us()
work()
alone = time.ticks_diff(time.ticks_us(), start)

done.acquire()
start = time.ticks_us()
_thread.start_new_thread(other_core, ())
work()
done.acquire()
together = time.ticks_diff(time.ticks_us(), start)

print("alone", alone, "us, together", together, "us")
assert together < alone * 1.2, (alone, together)
print("OK")
