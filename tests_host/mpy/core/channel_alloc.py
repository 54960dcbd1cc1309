# also: unfrozen
# covers: ato:no_alloc
"""Every operation of a channel, hit and miss, with no byte allocated."""

import check
import tickslot

TIMEOUT = tickslot.TIMEOUT
CLOSED = tickslot.CLOSED
EMPTY = tickslot.EMPTY


def prove(what, *makes, steps=8, advance=1, capacity=1, overflow="block"):
    """Prove it for tasks that do `make(sched, channel, count)` for ever."""
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())
    channel = sched.channel(capacity, overflow=overflow)
    count = [0]
    for make in makes:
        sched.spawn(make(sched, channel, count))
    check.tasks_allocate_nothing(sched, count, what, steps=steps, advance=advance)


def sends(sched, channel, count):
    while True:
        if (yield channel.send("item")) is True:
            count[0] += 1


def receives(sched, channel, count):
    while True:
        if (yield channel.recv()) == "item":
            count[0] += 1


def receives_slowly(sched, channel, count):
    while True:
        if (yield channel.recv()) == "item":
            count[0] += 1
        yield sched.sleep_ms(1)


def sends_slowly(sched, channel, count):
    while True:
        if (yield channel.send("item")) is True:
            count[0] += 1
        yield sched.sleep_ms(1)


def sends_in_time(sched, channel, count):
    while True:
        if (yield channel.send("item", timeout_ms=50)) is True:
            count[0] += 1


def receives_in_time(sched, channel, count):
    while True:
        if (yield channel.recv(timeout_ms=50)) == "item":
            count[0] += 1


def receives_nothing(sched, channel, count):
    while True:
        if (yield channel.recv(timeout_ms=1)) is TIMEOUT:
            count[0] += 1


def polls_nothing(sched, channel, count):
    while True:
        if (yield channel.recv(timeout_ms=0)) is TIMEOUT:
            count[0] += 1


def polls_something(sched, channel, count):
    while True:
        if (yield channel.send("item", timeout_ms=0)) is True:
            if (yield channel.recv(timeout_ms=0)) == "item":
                count[0] += 1


def finds_it_full(sched, channel, count):
    yield channel.send("fills it")
    while True:
        if (yield channel.send("item", timeout_ms=1)) is TIMEOUT:
            if (yield channel.send("item", timeout_ms=0)) is TIMEOUT:
                count[0] += 1


def finds_it_closed(sched, channel, count):
    channel.close()
    while True:
        if (yield channel.recv()) is CLOSED:
            if (yield channel.send("item")) is CLOSED:
                if (yield channel.recv(timeout_ms=5)) is CLOSED:
                    if (yield channel.send("item", timeout_ms=5)) is CLOSED:
                        count[0] += 1


def drops_oldest(sched, channel, count):
    while True:
        if (yield channel.send("item")) is True:
            count[0] += 1


prove("send that waits and recv that finds", sends, receives_slowly, steps=4)
prove("recv that waits and send that hands over", receives, sends_slowly, steps=4)
prove("send and recv in turn", sends, receives)
prove("several of each", sends, receives, sends, receives, capacity=3)
prove("send and recv in time", sends_in_time, receives_in_time)
prove("recv in time from a slow sender", sends_slowly, receives_in_time)
prove("recv that times out", receives_nothing, receives_nothing, advance=2)
prove("recv with timeout 0, empty", polls_nothing)
prove("send and recv with timeout 0, ready", polls_something)
prove("send that times out", finds_it_full, finds_it_full, advance=2)
prove("on a closed channel", finds_it_closed)
prove("drop-oldest", drops_oldest, capacity=2, overflow="drop-oldest")

# Those that never wait, from outside of any task.
sched = tickslot.Scheduler(1, clock=tickslot.ManualClock())
channel = sched.channel(2)
dropping = sched.channel(2, overflow="drop-oldest")
closed = sched.channel(2)
closed.close()


def at_once():
    channel.try_send("a")
    channel.try_send("b")
    if channel.try_send("c"):
        raise AssertionError("it was full")
    if len(channel) != 2 or channel.closed or channel.high_water != 2 or channel.capacity != 2:
        raise AssertionError("what it says of itself")
    if channel.try_recv() != "a" or channel.try_recv(None) != "b":
        raise AssertionError("the items")
    if channel.try_recv() is not EMPTY or channel.try_recv(None) is not None:
        raise AssertionError("it was empty")
    dropping.try_send("a")
    dropping.try_send("b")
    dropping.try_send("c")
    if not dropping.dropped:
        raise AssertionError("nothing was dropped")
    closed.close()
    if closed.try_send("a") or closed.try_recv() is not EMPTY:
        raise AssertionError("it was closed")


check.allocates_nothing(at_once, "what never waits")


# Handing over to, and taking from, a task that waits, from outside.
def echoes(channel):
    while True:
        yield channel.recv()


def fills(channel):
    while True:
        yield channel.send("item")


def hand_over():
    if not channel.try_send("item"):
        raise AssertionError("nobody waits")
    sched.poll_once()


sched.spawn(echoes(channel))
sched.poll_once()
check.allocates_nothing(hand_over, "try_send to a waiting task")

sched = tickslot.Scheduler(1, clock=tickslot.ManualClock())
full = sched.channel(1)
sched.spawn(fills(full))
for _ in range(3):
    sched.poll_once()


def take_over():
    if full.try_recv() != "item":
        raise AssertionError("no item")
    sched.poll_once()
    sched.poll_once()


check.allocates_nothing(take_over, "try_recv from a waiting task")

# Closing under tasks that wait on either side, a fresh channel each time.
ROUNDS = check.ROUNDS // 10
sched = tickslot.Scheduler(2, clock=tickslot.ManualClock(), handles=1)
told = [0]


def waits_to_receive(channels):
    for channel in channels:
        if (yield channel.recv()) is CLOSED:
            told[0] += 1


def waits_to_send(channels):
    for channel in channels:
        yield channel.send("fills it")
        if (yield channel.send("one more")) is CLOSED:
            told[0] += 1


def prove_close(waits):
    channels = [sched.channel(1) for _ in range(2 * ROUNDS + 5)]
    told[0] = 0
    task = sched.spawn(waits(channels))

    def close():
        while sched.poll_once():
            pass
        place = told[0]
        channels[place].close()
        sched.poll_once()
        if told[0] != place + 1:
            raise AssertionError("the task was not told")

    check.allocates_nothing(close, "close", rounds=ROUNDS)
    task.cancel()
    sched.run()


prove_close(waits_to_receive)
prove_close(waits_to_send)
print("OK")
