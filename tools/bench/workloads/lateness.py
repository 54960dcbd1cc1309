"""How late a loop of 10 ms wakes beside others, in emulated microseconds: on a board only.

holders  ten tasks that each keep the processor for 5 ms and then yield. Whoever shares it fairly
         is late by up to 50 ms; a task with a higher priority, by the one turn under way.
garbage  a task that allocates 64 bytes each 250 us, and so makes the collector run, at each 32 KiB:
         as often for whoever schedules, as it has a turn more often than that with either.
"""

import asyncio
import gc
import time

import harness
import tickslot

PERIOD_MS = 10
HOLDERS = 10
HOLD_US = 5000
WAKES = 100
LITTER_US = 250
COLLECT_EACH = 1 << 15  # else it is chance whether a second has one collection or two
littered = [0]


def hold():
    begin = time.ticks_us()
    while time.ticks_diff(time.ticks_us(), begin) < HOLD_US:
        pass


def litter():
    now = time.ticks_us()
    if time.ticks_diff(now, littered[0]) >= LITTER_US:
        littered[0] = now
        bytearray(64)


def ours(burden, burdens, priority=0):
    late = []
    options = {}
    if priority:
        from tickslot.observe.priorities import Priorities

        options = {"policy": Priorities()}
    sched = tickslot.Scheduler(slots=burdens + 1, **options)

    def burdened():
        while len(late) < WAKES:
            burden()
            yield

    def loop():
        for _ in range(WAKES):
            due = time.ticks_add(time.ticks_us(), PERIOD_MS * 1000)
            yield sched.sleep_ms(PERIOD_MS)
            late.append(time.ticks_diff(time.ticks_us(), due))

    for _ in range(burdens):
        sched.spawn(burdened())
    sched.spawn(loop(), priority=priority)
    gc.collect()
    sched.run()
    return late


def theirs(burden, burdens):
    late = []

    async def burdened():
        while len(late) < WAKES:
            burden()
            await asyncio.sleep_ms(0)

    async def main():
        for _ in range(burdens):
            asyncio.create_task(burdened())
        for _ in range(WAKES):
            due = time.ticks_add(time.ticks_us(), PERIOD_MS * 1000)
            await asyncio.sleep_ms(PERIOD_MS)
            late.append(time.ticks_diff(time.ticks_us(), due))

    asyncio.new_event_loop()
    gc.collect()
    asyncio.run(main())
    return late


def hand_in(name, steady=True, **late):
    """Mean, 99th percentile and worst."""
    for peer in late:
        late[peer].sort()
    for what, pick in (
        ("mean", lambda values: sum(values) / len(values)),
        ("p99", lambda values: values[len(values) * 99 // 100 - 1]),
        ("worst", lambda values: values[-1]),
    ):
        harness.value(
            "late %s, %s" % (name, what),
            "us late",
            what == "worst",
            steady,
            **{peer: pick(values) for peer, values in late.items()}
        )


if harness.BOARD and not harness.PROFILE:
    hand_in(
        "beside holders", tickslot=ours(hold, HOLDERS), asyncio=theirs(hold, HOLDERS)
    )
    hand_in("beside holders, priority", tickslot=ours(hold, HOLDERS, priority=1))
    gc.threshold(COLLECT_EACH)
    hand_in("beside garbage", False, tickslot=ours(litter, 1), asyncio=theirs(litter, 1))
