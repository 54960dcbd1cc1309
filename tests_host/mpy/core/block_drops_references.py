# covers: problem:261
"""A slot that is free refers to nothing: generator, name, result, item, argument, exception."""

import check
import gc
import tickslot

SIZE = 4000 if check.ROUNDS > 100 else 2000
ROUNDS = 10000 if check.ROUNDS > 100 else 300

clock = tickslot.ManualClock()
sched = tickslot.Scheduler(2, clock=clock, calls=2, handles=1)
channel = sched.channel(2)
sched.on_error = lambda task, error: None


def held_after(work):
    """Bytes that are held after `work`, beyond those before; it allocates several times SIZE."""
    for _ in range(2):
        work()
    stirs()
    gc.collect()
    before = gc.mem_alloc()
    work()
    stirs()
    gc.collect()
    return gc.mem_alloc() - before


def stirs():
    """Overwrite what the interpreter itself still holds of the last call."""
    for _ in range(3):
        sched.spawn(small())
        sched.run()
    [None] * 8  # noqa: B018


def small():
    yield


def keeps(data):
    yield sched.sleep_ms(len(data) and 1)


def returns(data):
    yield
    return data


def raises(data):
    yield
    raise ValueError(data)


def sends(data):
    yield channel.send(data)
    yield channel.send(data)
    yield channel.send(data)


def receives():
    for _ in range(3):
        yield channel.recv()


def a_task():
    sched.spawn(keeps(bytearray(SIZE)), name="n" * SIZE)
    sched.run()


def a_result():
    sched.run_until(sched.spawn(returns(bytearray(SIZE))))


def an_error():
    sched.spawn(raises(bytearray(SIZE)))
    sched.run()


def an_item():
    sched.spawn(sends(bytearray(SIZE)))
    sched.spawn(receives())
    sched.run()
    channel.try_send(bytearray(SIZE))
    channel.try_recv()


def a_call():
    sched.call_soon(len, bytearray(SIZE))
    sched.call_later(5, len, bytearray(SIZE))
    sched.run()


def a_cancelled_call():
    sched.call_soon(len, bytearray(SIZE)).cancel()
    sched.call_later(5, len, bytearray(SIZE)).cancel()
    sched.run()


def a_cancelled_task():
    task = sched.spawn(keeps(bytearray(SIZE)))
    sched.poll_once()
    task.cancel()
    sched.spawn(keeps(bytearray(SIZE))).cancel()
    sched.run()


def a_cancelled_sender():
    channel.try_send(1)
    channel.try_send(2)
    task = sched.spawn(sends(bytearray(SIZE)))
    sched.poll_once()
    task.cancel()
    sched.run()
    channel.try_recv()
    channel.try_recv()


# A dead handle keeps its name and an untaken result until it is handed out again: the handles
# of `stirs` push them out, as there is one spare.
for work in (a_task, a_result, an_error, an_item, a_call, a_cancelled_call, a_cancelled_task,
             a_cancelled_sender):
    for _ in range(6):
        work()
        stirs()
    held = held_after(work)
    check.true(held < SIZE, "%s holds %d bytes" % (work.__name__, held))


# The same slot reused again and again: flat. The collector is conservative: a stale word of the
# stack may keep what one round made, wherever a build happens to leave one, but never two.
def round_trip():
    sched.spawn(keeps(b"x"), "task")
    sched.run()


for _ in range(20):
    round_trip()
gc.collect()
before = gc.mem_alloc()
round_trip()
one = gc.mem_alloc() - before
for _ in range(ROUNDS):
    round_trip()
gc.collect()
grown = gc.mem_alloc() - before
check.true(grown <= one, "%d rounds left %d bytes, of %d each" % (ROUNDS, grown, one))
print("OK")
