"""What a service counts and measures, and the trace of its calls on both sides."""

import check
import tickslot

clock = tickslot.ManualClock()
here = tickslot.Scheduler(2, clock=clock)
there = tickslot.Scheduler(2, clock=clock)


def slow(arg):
    clock.advance(arg)
    return arg


def raises(arg):
    raise ValueError


def waits(arg):
    yield there.sleep_ms(arg)


service = tickslot.Service(
    there, {0: slow, 1: raises, 2: waits, 3: tickslot.TAKEN}, requests=4, name="s"
)
far = tickslot.Client(here, service)
near = tickslot.Client(there, service)
statistics = tickslot.Statistics(service, clock)
check.raises(ValueError, "has statistics", tickslot.Statistics, service)
check.equal((statistics.longest, statistics.percentile(99)), (0, 0))
there.on_error = lambda task, error: None


def turns(n=6):
    for _ in range(n):
        here.poll_once()
        there.poll_once()


def asks(client, method, arg):
    yield client.call(method, arg)


def round_trips():
    return [
        (bucket, statistics.round_trips(bucket))
        for bucket in range(24)
        if statistics.round_trips(bucket)
    ]


here.spawn(asks(far, 0, 1))
turns()
check.equal(far.refused, 1, "it does not run: that is no round trip")
service.start()
for arg in (0, 1, 2, 3, 1000):
    here.spawn(asks(far, 0, arg))
    turns()
check.equal(round_trips(), [(0, 2), (1, 2), (9, 1)])
check.equal(
    (statistics.longest, statistics.percentile(50), statistics.percentile(99)), (1000, 4, 1024)
)
there.spawn(asks(near, 0, 5000))
turns()
check.equal((statistics.longest, round_trips()[-1]), (5000, (12, 1)))

# Whatever a request ends with is a round trip; a handler that is a task is timed until its reply.
for client, method in ((far, 1), (far, 9), (near, 1)):
    client.scheduler.spawn(asks(client, method, 0))
    turns()
here.spawn(asks(far, 2, 9000))
turns()
clock.advance(9000)
turns()
check.equal(statistics.longest, 9000)
check.equal(round_trips(), [(0, 5), (1, 2), (9, 1), (12, 1), (13, 1)])
far.post(3)
far.call_back(0, 1, lambda reply: None)
turns()
service.stop()
turns()
check.equal(sum(count for _, count in round_trips()), service.accepted)
check.equal(
    service.summary(),
    "<service 's' stopped>: 12 requests, 1 refused, at most 2 held, 8 results,"
    " 1 UNKNOWN_METHOD, 1 STOPPED, 2 RAISED; longest 9000, half of the calls"
    " below 2, 99 % below 16384",
)
lines = []
tickslot.report(there, lines.append)
check.true(service.summary() in lines, "it is in the report")
statistics.reset()
check.equal((statistics.longest, round_trips()), (0, []))
# Far beyond the last bucket.
service.start()
far.post(0, 1 << 24)
turns()
check.equal(round_trips(), [(23, 1)])
check.raises(ValueError, "0 to 23", statistics.round_trips, 24)

# One timeline of a call that crosses, with its number; and of one that does not.
mine = tickslot.Trace(here, 64)
its = tickslot.Trace(there, 64)


def crossings():
    found = []
    for trace in (mine, its):
        for line in trace.lines():
            words = line.split()
            if words[1] == "call":
                found.append((int(words[0]), int(words[2]) & 0x3FFF, words[3]))
    start = min(time for time, _, _ in found)
    return sorted((time - start, stage, rid) for time, rid, stage in found)


free = service.free
here.spawn(asks(far, 0, 7), name="asks")
turns()
stages = crossings()
rid = stages[0][2]
check.equal(
    sorted(stages),
    sorted([(0, "sent", rid), (0, "taken", rid), (7, "replied", rid), (7, "delivered", rid)]),
)
there.spawn(asks(near, 0, 3))
turns()
check.equal([stage for _, stage, _ in crossings()], ["sent", "taken", "delivered", "replied"])
here.spawn(asks(far, 2, 4))
turns()
clock.advance(4)
turns()
check.equal([time for time, _, _ in crossings()], [0, 0, 4, 4])
here.spawn(asks(far, 1, 0))
turns()
check.equal(len(crossings()), 4)
mine.stop()
its.stop()
check.equal(service.free, free)


# Measured and traced, a call allocates nothing.
def calls(client, count):
    while True:
        yield client.call(0, 0)
        yield client.call(3, 0, 1)
        client.post(0, 0)
        yield
        count[0] += 1


def takes():
    while True:
        service.reply((yield service.take()))


counts = [[0], [0]]
there.spawn(takes())
there.spawn(calls(near, counts[0]))
here.spawn(calls(far, counts[1]))
buffer = bytearray(12 * 64)


def step():
    before_near = counts[0][0]
    before_far = counts[1][0]
    turns(12)
    mine.drain(buffer)
    if counts[0][0] == before_near or counts[1][0] == before_far:
        raise AssertionError("nothing was done")


def reads():
    statistics.round_trips(3) + statistics.percentile(90) + statistics.longest


for traced in (False, True):
    if traced:
        mine.start()
        its.start()
    check.allocates_nothing(step, "calls that are measured")
check.allocates_nothing(reads, "reading them")
print("OK")
