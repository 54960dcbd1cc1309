"""From an interrupt to the task that waits for it, while nothing else runs: on a board only.

The second core raises a pin, which interrupts the first; the time is from there to the task.
asyncio: ThreadSafeFlag. With a mailbox tickslot idles until there is an event, without one it looks
each millisecond.
"""

import asyncio
import time

import harness
import tickslot
from tickslot.cores.mailbox_of import mailbox_of
from tickslot.sync.signal import Signal

ROUNDS = 20
IDLE_US = 3300


def ours(mailbox=False):
    sched = tickslot.Scheduler(slots=2)
    if mailbox:
        mailbox_of(sched)
    signal = Signal(sched)

    def main():
        for _ in range(ROUNDS):
            yield signal.wait()
            late.append(time.ticks_diff(time.ticks_us(), raised[0]))

    late = []
    interrupts(lambda _: signal.set())
    sched.run_until(sched.spawn(main()))
    return late


def theirs():
    flag = asyncio.ThreadSafeFlag()

    async def main():
        for _ in range(ROUNDS):
            await flag.wait()
            late.append(time.ticks_diff(time.ticks_us(), raised[0]))

    late = []
    asyncio.new_event_loop()
    interrupts(lambda _: flag.set())
    asyncio.run(main())
    return late


def interrupts(handler):
    """Have `handler` called in a hard interrupt, ROUNDS times, while the first core is idle."""
    pin.irq(handler, machine.Pin.IRQ_RISING, hard=True)
    _thread.start_new_thread(raise_pin, ())


def raise_pin():
    for turn in range(ROUNDS):
        time.sleep_us(IDLE_US + 37 * turn)  # at another place in a millisecond each time
        raised[0] = time.ticks_us()
        pin.value(1)
        pin.value(0)


def hand_in(name, steady, **late):
    unit = "us to the task"
    means = {peer: sum(us) / len(us) for peer, us in late.items()}
    harness.value(name + ", mean", unit, True, steady, **means)
    harness.value(
        name + ", worst", unit, False, steady, **{peer: max(us) for peer, us in late.items()}
    )


if harness.BOARD and not harness.PROFILE:
    import _thread

    import machine

    pin = machine.Pin(15, machine.Pin.OUT, value=0)
    raised = [0]
    with_mailbox = ours(mailbox=True)
    time.sleep_ms(5)  # the second core's thread ends
    without = ours()
    time.sleep_ms(5)
    hand_in("wake by interrupt, mailbox", True, tickslot=with_mailbox)
    hand_in("wake by interrupt", False, tickslot=without, asyncio=theirs())
