"""Control loop: how late is each turn of a 10 ms loop, while another task is always busy?

With asyncio both loops make garbage, as programs do, and the collector stops them to find it.
With tickslot, sealed, they do the same work in memory that was allocated before the start.
"""

import asyncio
import gc
import time

import tickslot
from micropython import const

PERIOD_MS = const(10)
TURNS = const(300)
NO_BOUND = const(0x3FFFFFFF)  # the largest small int of a board
BINS_US = (500, 1000, 2000, 4000, 8000, NO_BOUND)

# Objects that a larger program would keep: each collection looks at every one of them.
kept = [[i, str(i)] for i in range(1500)]


class Lateness:
    """Counts turns by how many microseconds late they began."""

    def __init__(self):
        self.counts = [0] * len(BINS_US)
        self.worst = 0
        self.start = 0

    def begin(self):
        self.start = time.ticks_us()

    def turn(self, number):
        due = time.ticks_add(self.start, number * (PERIOD_MS * 1000))
        late = max(time.ticks_diff(time.ticks_us(), due), 0)
        if late > self.worst:
            self.worst = late
        index = 0
        while late >= BINS_US[index]:
            index += 1
        self.counts[index] += 1

    def show(self, title):
        print(title)
        for index, count in enumerate(self.counts):
            below = BINS_US[index]
            bound = "  or more " if below == NO_BOUND else "< %5.1f ms" % (below / 1000)
            print(" ", bound, "%4d" % count, "#" * (count * 40 // TURNS + (count > 0)))
        print("  worst: %d us" % self.worst)


# With asyncio

async def asyncio_control(lateness):
    lateness.begin()
    for number in range(1, TURNS + 1):
        due = time.ticks_add(lateness.start, number * (PERIOD_MS * 1000))
        await asyncio.sleep_ms(max(time.ticks_diff(due, time.ticks_us()) // 1000, 0))
        lateness.turn(number)


async def asyncio_busy():
    while True:
        message = "t=%d" % time.ticks_ms()
        sum([ord(letter) for letter in message])
        await asyncio.sleep_ms(0)


async def asyncio_main(lateness):
    busy = asyncio.create_task(asyncio_busy())
    await asyncio_control(lateness)
    busy.cancel()


# With tickslot: the same work, in buffers made before the start

sched = tickslot.Scheduler(slots=2, clock=time.ticks_us, ticks_per_ms=1000)
tick = sched.interval(PERIOD_MS)
message = bytearray(b"t=000000000")


def tickslot_control(lateness):
    yield tick  # the first tick comes at once
    lateness.begin()
    for number in range(1, TURNS + 1):
        yield tick
        lateness.turn(number)


def tickslot_busy(control):
    while not control.done():
        rest = time.ticks_ms()
        for place in range(10, 1, -1):
            message[place] = 48 + rest % 10
            rest //= 10
        total = 0
        for letter in message:
            total += letter
        yield sched.yield_now()


def main():
    with_asyncio, with_tickslot = Lateness(), Lateness()
    asyncio.run(asyncio_main(with_asyncio))
    gc.collect()
    control = sched.spawn(tickslot_control(with_tickslot), name="control")
    sched.spawn(tickslot_busy(control), name="busy")
    sched.run(sealed=True)
    print("How late a %d ms loop is beside a busy task, in %d turns" % (PERIOD_MS, TURNS))
    with_asyncio.show("asyncio, with garbage collection")
    with_tickslot.show("tickslot, sealed")


main()
