# covers: ato:no_alloc
"""All of the seed's behaviours in one program, with 0 bytes after boot."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(6, clock=clock)
channel = sched.channel(2)
interval = sched.interval(4)
count = [0]


def producer():
    item = 0
    while True:
        yield channel.send(item)
        item = item + 1 & 1023
        yield sched.sleep_ms(2)


def consumer():
    want = 0
    while True:
        item = yield channel.recv()
        if item == want:
            count[0] += 1
        want = item + 1 & 1023


def ticker():
    while True:
        yield interval
        count[0] += 1


def giver():
    while True:
        yield
        yield sched.yield_now()
        yield sched.sleep_ms(1)
        channel.try_recv()


sched.spawn(producer())
sched.spawn(consumer())
sched.spawn(ticker())
sched.spawn(giver())
check.tasks_allocate_nothing(sched, count, "the program", steps=20, advance=5)
print("OK")
