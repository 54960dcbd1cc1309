# covers: asyncrtos:loops
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
    # At each multiple of the period, or as late as the messages in front: no drift, none left out.
    late = [tick - period * turn for turn, tick in enumerate(ticks[period])]
    check.equal(len(late), (999 + period) // period, "turns of every %d ms" % period)
    check.true(min(late) >= 0 and max(late) <= 3, "every %d ms was late by %r" % (period, late))
check.true(handled[0] > 9000, "%d messages" % handled[0])
check.equal(service.errors, 1)
for _ in range(4):
    sched.poll_once()
check.equal(len(sched.tasks()), 0, "its loops ended with it")
print("OK")
