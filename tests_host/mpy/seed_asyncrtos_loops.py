"""Periodic functions at 100 and 150 ms over a second, on time under a load of messages."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(8, clock=clock)
ticks = {100: [], 150: []}
handled = [0]


def every_100():
    ticks[100].append(clock())


def every_150():
    ticks[150].append(clock())
    if len(ticks[150]) == 3:
        raise ValueError("a loop that raises goes on")


def handler(arg):
    handled[0] += 1
    if handled[0] % 10 == 0:
        clock.advance(1)  # ten messages take a millisecond
    client.post(0)  # and for each that is handled another one comes


service = tickslot.Service(
    sched, {0: handler}, requests=16, loops=((100, every_100), (150, every_150))
)
client = tickslot.Client(sched, service)


def program():
    service.start()
    for _ in range(12):
        assert client.post(0) is True
    yield sched.sleep_ms(1000)
    service.stop()


sched.run_until(sched.spawn(program()))
for period in ticks:
    first = ticks[period][0]
    check.true(first <= 3, "the first tick came at %d" % first)
    start = ticks[period][1] - period  # its first turn; the call of `every` came behind messages
    check.true(0 <= start <= first, "the second tick came at %d" % ticks[period][1])
    expected = [first] + list(range(start + period, 1000, period))
    check.equal(ticks[period], expected, "every %d ms" % period)
check.true(handled[0] > 9000, "%d messages" % handled[0])
check.equal(service.errors, 1)
for _ in range(4):
    sched.poll_once()
check.equal(len(sched.tasks()), 0, "its loops ended with it")
print("OK")
