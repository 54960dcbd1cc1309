"""A call between two schedulers is recorded by both, on one time: a line from end to end."""

import check
import tickslot
from tickslot.core.block import get_word
from tickslot.observe.trace import DELIVERED, REPLIED, SENT, TAKEN

TRACED = 29  # Header.TRACED of core/layout.py
clock = tickslot.ManualClock()


def traced():
    sched = tickslot.Scheduler(2, clock=clock)
    return sched, tickslot.Trace(sched, 16)


here, mine = traced()
there, its = traced()


def asks():
    mine.call(SENT, 7)
    yield here.sleep_ms(5)
    mine.call(DELIVERED, 7)
    yield here.sleep_ms(9)


def serves():
    yield there.sleep_ms(2)
    its.call(TAKEN, 7)
    yield there.sleep_ms(1)
    its.call(REPLIED, 7)
    yield there.sleep_ms(9)


here.spawn(asks(), name="asks")
there.spawn(serves(), name="serves")
for _ in range(8):
    here.poll_once()
    there.poll_once()
    clock.advance(1)
calls = [line for trace in (mine, its) for line in trace.lines() if "call" in line]
check.equal(sorted(calls), [
    "0 call 7 sent by asks",
    "2 call 7 taken by serves",
    "3 call 7 replied by serves",
    "5 call 7 delivered by asks",
])

# Outside of a task nobody is named; the largest number is whole; stopped, nothing is recorded.
mine.call(SENT, (1 << 30) - 1)
check.equal(list(mine.lines()), ["8 call 1073741823 sent"])
check.equal(get_word(here.address, TRACED), 1)
check.same(here.trace, mine)
mine.stop()
mine.call(SENT, 1)
check.equal((get_word(here.address, TRACED), mine.unread), (0, 0))
mine.start()
check.equal(get_word(here.address, TRACED), 1)


# It allocates nothing, and neither does reading it.
buffer = bytearray(12 * 4)


def a_call():
    for stage in range(4):
        mine.call(stage, 0x3FFF0001)
    check.equal(mine.drain(buffer), 4)


check.allocates_nothing(a_call, "a call's records")
print("OK")
