# covers: async:metrics_tracing_backpressure
"""Counters, trace, and a full channel that slows its producer."""

import check
import tickslot

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(4, clock=clock)
channel = sched.channel(2, name="items")
ready = tickslot.Event(sched, "ready")
trace = tickslot.Trace(sched, 8)
metrics = tickslot.Metrics(sched, clock=lambda: clock() * 1000)
sent = []


def produces():
    for item in range(6):
        yield channel.send(item)
        sent.append((item, clock()))


def consumes():
    for _ in range(6):
        yield sched.sleep_ms(10)
        yield channel.recv()


# Backpressure: two fit; from then on each send waits for a receive.
producer = sched.spawn(produces(), name="producer")
consumer = sched.spawn(consumes(), name="consumer")
sched.run()
check.equal(sent, [(0, 0), (1, 0), (2, 10), (3, 20), (4, 30), (5, 40)])
check.equal((channel.high_water, channel.dropped, len(channel)), (2, 0, 0))

# The trace kept the last 8 records, and says how many are lost.
lines = list(trace.lines())
check.equal(len(lines), 8)
check.true(trace.lost > 10, "lost %d" % trace.lost)
check.equal(trace.unread, 0)


# Metrics, while the tasks live.
def works():
    clock.advance(3)
    yield
    clock.advance(7)
    yield
    yield ready


def wakes_late():
    yield sched.sleep_ms(1)
    yield ready


worker = sched.spawn(works(), name="worker")
late = sched.spawn(wakes_late(), name="late")


def look():
    yield sched.sleep_ms(40)
    check.equal((metrics.runs(worker), metrics.cpu_us(worker), metrics.longest_us(worker)),
                (3, 10000, 7000))
    check.equal((metrics.cpu_ms(worker), metrics.missed(worker)), (10, 0))
    check.equal(metrics.runs(late), 2)
    check.equal(metrics.latest_us(late), 6000, "due at 64, it ran at 70")
    check.equal(metrics.high_water, 3)
    table = []
    tickslot.report(sched, table.append)
    text = "\n".join(table)
    for word in ("worker", "late", "items", "idle", "3 of 4 slots", "missed"):
        check.true(word in text, "no %r in\n%s" % (word, text))
    check.allocates_nothing(read_all, "reading the metrics")
    trace.mark(42)
    ready.set()


def read_all():
    for task in tasks:
        metrics.runs(task)
        metrics.cpu_us(task)
        metrics.cpu_ms(task)
        metrics.longest_us(task)
        metrics.latest_us(task)
        metrics.missed(task)
    seen[0] = metrics.high_water
    seen[0] = metrics.idle_permille
    seen[0] = metrics.idle_ms
    seen[0] = metrics.busy_ms
    seen[0] = channel.high_water
    seen[0] = channel.dropped


seen = [0]
tasks = (worker, late)
sched.spawn(look(), name="look")
sched.run()
text = "\n".join(trace.lines())
for words in ("mark 42", "wake", "end"):
    check.true(words in text, "no %r in\n%s" % (words, text))
# idle: 60 ms of the first part, and 33 of the second
check.equal((metrics.idle_ms, metrics.busy_ms), (93, 10))
check.equal(metrics.idle_permille, 902)

# What is waited for has its name; a mark of an interrupt comes before the next turns.
sched = tickslot.Scheduler(4, clock=clock)
ready = tickslot.Event(sched, "ready")
other = sched.channel(1, name="other")
trace = tickslot.Trace(sched, 64)


def sleeps():
    yield sched.sleep_ms(100)


def waits():
    yield ready.wait(5)
    yield other.recv(5)
    yield producer.join(5)


producer = sched.spawn(sleeps(), name="producer")
sched.spawn(waits(), name="waiter")
trace.mark_from_irq(7)
sched.call_later(12, lambda _: lines.extend(trace.lines()))
lines.clear()
sched.run()
text = "\n".join(lines)
for words in ("waiter for event 'ready'", "waiter for recv on channel 'other'", "mark 7",
              "waiter for the end of producer", "spawn producer", "sleep producer"):
    check.true(words in text, "no %r in\n%s" % (words, text))
# Stopped, it records nothing.
trace.stop()
before = trace.unread
trace.mark(1)
check.equal(trace.unread, before)
for records in (0, 1, 1 << 21):
    check.raises(ValueError, "records", tickslot.Trace, sched, records)


# With all of it on, a switch allocates nothing, and neither does draining.
sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())
channel = sched.channel(1)
trace = tickslot.Trace(sched, 32)
metrics = tickslot.Metrics(sched)
calls = [0]


def hook(slot, time, reason):
    calls[0] += 1


tickslot.Hooks(sched, *[hook] * 6)
buffer = bytearray(12 * 40)
count = [0]


def sends():
    while True:
        yield channel.send(count)
        yield sched.sleep_ms(1)


def receives():
    while True:
        yield channel.recv(1)
        count[0] += 1
        trace.mark(3)
        trace.drain(buffer)


sched.spawn(sends(), name="sends")
sched.spawn(receives(), name="receives")
check.tasks_allocate_nothing(sched, count, "observed tasks", steps=6, advance=1)


def stop_and_start():
    trace.stop()
    trace.start()


check.allocates_nothing(stop_and_start, "to stop and start a trace")
check.true(calls[0] > count[0], "hooks were called")
print("OK")
