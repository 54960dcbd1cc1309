"""All orders in which what is waited for, the deadline and a cancel can fall, for each operation.

R: it becomes ready, D: the deadline comes, C: the task is cancelled.  What comes together, before
the task's next turn, has the outcome that lib/tickslot/README.md has in its table; tests_host/
test_tie_rules.py holds the two equal.  What comes after that turn finds the task elsewhere: then
nothing of it may be lost.
"""

import check
import tickslot
from tickslot.slot import NONE, set_word

TIMEOUT = tickslot.TIMEOUT

TOGETHER = {
    "R": "value",
    "D": "TIMEOUT",
    "C": "Cancelled",
    "RD": "value",
    "DR": "value",
    "RC": "value, Cancelled",
    "CR": "Cancelled",
    "DC": "Cancelled",
    "CD": "Cancelled",
    "RDC": "value, Cancelled",
    "RCD": "value, Cancelled",
    "DRC": "value, Cancelled",
    "DCR": "Cancelled",
    "CDR": "Cancelled",
    "CRD": "Cancelled",
}

# Each gives: the operation; what makes it ready; whether what did that is still to be had, for one
# that comes later (None: it is not of a kind that can be used up).


def event(sched):
    event = tickslot.Event(sched)
    return event.wait, event.set, None


def semaphore(sched):
    semaphore = tickslot.Semaphore(sched, 0)
    return semaphore.acquire, semaphore.release, semaphore.try_acquire


def lock(sched):
    lock = tickslot.Lock(sched)

    def holds():
        yield lock
        yield sched.sleep_ms(1000000)

    holder = sched.spawn(holds())
    sched.poll_once()

    def release():  # as its holder, but now, not in a turn of its own
        set_word(sched.address, 10, holder._node)
        lock.release()
        set_word(sched.address, 10, NONE)

    return lock.acquire, release, lambda: not lock.locked()


def recv(sched):
    channel = sched.channel(1)
    return channel.recv, lambda: channel.try_send("item"), lambda: channel.try_recv() == "item"


def send(sched):
    channel = sched.channel(1)
    channel.try_send("first")

    def room():
        check.equal(channel.try_recv(), "first")

    return lambda timeout_ms: channel.send("item", timeout_ms), room, lambda: len(channel) == 0


def priority_recv(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    return channel.recv, lambda: channel.try_send("item"), lambda: channel.try_recv() == "item"


def priority_send(sched):
    channel = tickslot.PriorityChannel(sched, 1)
    channel.try_send("first")

    def room():
        check.equal(channel.try_recv(), "first")

    return lambda timeout_ms: channel.send("item", 7, timeout_ms), room, lambda: len(channel) == 0


def watch(sched):
    watch = tickslot.Watch(sched)
    reader = watch.reader()
    return reader.changed, lambda: watch.set("new"), lambda: reader._seen != watch.version


def timer(sched):
    timer = tickslot.Timer(sched)
    return timer.wait, timer.set, None


def select_channel(sched):
    channel = sched.channel(1)
    event = tickslot.Event(sched)
    choice = sched.select(event, channel)
    return choice.wait, lambda: channel.try_send("item"), lambda: channel.try_recv() == "item"


def select_semaphore(sched):
    semaphore = tickslot.Semaphore(sched, 0)
    choice = sched.select(semaphore, sched.channel(1))
    return choice.wait, semaphore.release, semaphore.try_acquire


def closed(sched):
    channel = sched.channel(1)
    return channel.recv, channel.close, None


def turns(order):
    """All ways to split an order into turns: RDC gives RDC, RD C, R DC, R D C."""
    if len(order) < 2:
        return [[order]]
    ways = []
    for rest in turns(order[1:]):
        ways.append([order[0] + rest[0]] + rest[1:])
        ways.append([order[0]] + rest)
    return ways


def run(make, way):
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=2)
    operation, ready, left = make(sched)
    log = []

    def waits():
        try:
            log.append("TIMEOUT" if (yield operation(10)) is TIMEOUT else "value")
            yield sched.sleep_ms(100000)
        except tickslot.Cancelled:
            log.append("Cancelled")

    def settle():
        while sched.poll_once():
            pass

    task = sched.spawn(waits())
    settle()
    for together in way:
        for step in together:
            if step == "R":
                ready()
            elif step == "D":
                sched.clock.advance(10)
            else:
                task.cancel()
        settle()
    got = ", ".join(log)
    wanted = TOGETHER[way[0]]
    if "C" in "".join(way[1:]):
        wanted += ", Cancelled"
    what = "%s, %s" % (make.__name__, " | ".join(way))
    check.equal(got, wanted, what)
    if left is not None and "R" in "".join(way):
        check.same(left(), "value" not in got, what + ": is it left for the next")
    check.equal(sched.errors, 0, what + ": errors")
    return 1


count = 0
for make in (event, semaphore, lock, recv, send, priority_recv, priority_send, watch, timer,
             select_channel, select_semaphore, closed):
    for order in TOGETHER:
        for way in turns(order):
            count += run(make, way)
check.equal(count, 12 * 39)
print("OK")
