"""The core needs nothing of a board, not even the module time: the program supplies the clock."""

import tickslot
from tickslot.core.block import addresses_are_small

ticks = [0]


def clock():
    """Ten ticks pass from one look to the next."""
    ticks[0] += 10
    return ticks[0]


def sleeper(sched, ms, name, order):
    yield sched.sleep_ms(ms)
    order.append((name, sched.now() >= ms))


for sched in (tickslot.Scheduler(slots=3, clock=clock),
              tickslot.Scheduler(slots=3, clock=tickslot.ManualClock())):
    order = []
    for ms in (300, 100, 200):
        sched.spawn(sleeper(sched, ms, str(ms), order))
    sched.run()
    assert order == [("100", True), ("200", True), ("300", True)], order

# The same without a byte allocated from the start on, where that can be.
sched = tickslot.Scheduler(slots=2, clock=tickslot.ManualClock())
channel = sched.channel(2)
sums = bytearray(1)


def send():
    for value in range(10):
        yield channel.send(value)
        yield sched.sleep_ms(5)
    channel.close()


def add():
    while True:
        value = yield channel.recv()
        if value is tickslot.CLOSED:
            return
        sums[0] += value


sched.spawn(send())
sched.spawn(add())
sched.run(sealed=addresses_are_small())  # VIRT_RV32's RAM is too high for it
assert sums[0] == 45, sums[0]
print("OK")
