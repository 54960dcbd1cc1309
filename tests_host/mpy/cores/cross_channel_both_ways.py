# needs: threads, time
"""A channel between two cores: order, exact counts, both ways at once, timeouts, close."""

import sys

import check
import tickslot

N = 5000 if sys.platform != "rp2" else 500
main = tickslot.Scheduler(8)
scheduler = tickslot.Scheduler(8)
worker = tickslot.Worker(scheduler)
there = tickslot.CrossChannel(4, name="there")
back = tickslot.CrossChannel(3, name="back")
there_main, there_worker = there.on(main), there.on(scheduler)
back_main, back_worker = back.on(main), back.on(scheduler)
check.same(there.on(main), there_main, "one end a scheduler")
check.raises(ValueError, "ends=", there.on, tickslot.Scheduler(1))
sums = [0, 0]


def relay():
    """Two of these: each item goes through one of them."""
    while True:
        item = yield there_worker.recv()
        if item is tickslot.CLOSED:
            back.close()
            return
        yield back_worker.send(item)


def sender(first):
    for i in range(first, N, 2):
        done = yield there_main.send(i)
        assert done is True, done
    sums[1] += 1
    if sums[1] == 2:
        there.close()


def receiver():
    count = 0
    while True:
        item = yield back_main.recv()
        if item is tickslot.CLOSED:
            return count
        if item == "late":
            continue
        count += 1
        sums[0] += item


def waits():
    check.same((yield back_main.recv(timeout_ms=3)), tickslot.TIMEOUT)
    for _ in range(4):
        check.same(there.try_send("late"), True)
    check.same(there.try_send("late"), False, "full")
    check.same((yield there_main.send("late", timeout_ms=3)), tickslot.TIMEOUT)
    check.equal(len(there), 4)


main.run_until(main.spawn(waits()))
scheduler.spawn(relay())
scheduler.spawn(relay())
worker.start()
main.spawn(sender(0))
main.spawn(sender(1))
count = main.run_until(main.spawn(receiver()))
worker.stop()
check.same(worker.join(), True)
while True:  # one relay may have closed it with the other's item on the way
    item = back.try_recv()
    if item is tickslot.EMPTY:
        break
    count += 1
    sums[0] += item
check.true(N - 1 <= count <= N, "%d items" % count)
check.true(there.high_water <= 4 and back.high_water <= 3, "never more than fit")
check.same(there.try_send(1), False, "closed")
check.equal((main.errors, scheduler.errors), (0, 0))

# What an end receives is a branch of a select as well.
clock = tickslot.ManualClock()
sched = tickslot.Scheduler(3, clock=clock, watchers=2)
across = tickslot.CrossChannel(1)
end = across.on(sched)
stop = tickslot.Event(sched)
choice = sched.select(stop, end.recv())
got = []


def selects():
    for _ in range(4):
        if (yield choice.wait(5)) is tickslot.TIMEOUT:
            got.append("TIMEOUT")
        else:
            got.append((choice.index, choice.value))


def settle():
    while sched.poll_once():
        pass


across.try_send("there")
sched.spawn(selects())
settle()
across.try_send("came")
settle()
stop.set()
across.try_send("kept")
settle()
check.equal((got, len(across)), ([(1, "there"), (1, "came"), (0, True), (0, True)], 1))
stop.clear()
got.clear()
sched.spawn(selects())
settle()
clock.advance(5)
settle()
across.close()
settle()
check.equal(got, [(1, "kept"), "TIMEOUT", (1, tickslot.CLOSED), (1, tickslot.CLOSED)])
check.raises(TypeError, "cannot select", sched.select, end)
print("OK")
