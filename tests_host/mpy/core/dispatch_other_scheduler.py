"""A task that yields another scheduler's channel or event is told so; nothing there has changed."""

import check
import tickslot

clock = tickslot.ManualClock()
mine = tickslot.Scheduler(2, clock=clock, watchers=4)
other = tickslot.Scheduler(2, clock=clock)
channel = other.channel(1, name="theirs")
event = tickslot.Event(other)
SAYS = ("'stray'", "another scheduler's channel or event", "CrossChannel")


def recv():
    yield channel.recv()


def send():
    yield channel.send("lost?")


def wait():
    yield event


def catches():
    try:
        yield channel.recv()
    except RuntimeError:
        return (yield from goes_on())


def goes_on():
    yield mine.sleep_ms(1)
    return "went on"


def stray(generator):
    task = mine.spawn(generator, "stray")
    check.raises(RuntimeError, SAYS, mine.run_until, task)


def takes():
    return (yield channel.recv())


def puts(item):
    return (yield channel.send(item))


# Nobody there, somebody who waits, a full one; the slots of both schedulers have the same numbers.
for state in ("empty", "awaited", "full"):
    waiter = other.spawn(takes()) if state == "awaited" else None
    if state == "full":
        check.equal(channel.try_send("first"), True)
    while other.poll_once():
        pass
    for generator in (recv, send, wait):
        stray(generator())
        check.equal(len(channel), 1 if state == "full" else 0)
    if waiter is not None:
        check.equal(waiter.done(), False)
        other.spawn(puts("theirs"))
        check.equal(other.run_until(waiter), "theirs")
    elif state == "full":
        check.equal(channel.try_recv(), "first")
    check.equal(other.run_until(other.spawn(puts("next"))), True)
    check.equal(channel.try_recv(), "next")

check.equal(mine.run_until(mine.spawn(catches())), "went on")
for source in (channel, event, other.spawn(recv(), "theirs")):
    check.raises(ValueError, "another scheduler's", tickslot.Select, mine, source)

event.set()
channel.close()
other.run()
check.equal(mine.tasks() + other.tasks(), [])
print("OK")
