# needs: host, threads
"""Many senders and receivers on four threads: each item to one of them, in its sender's order."""

import check
import tickslot

ITEMS = 500
PRODUCERS = 4
main = tickslot.Scheduler(8)
others = [tickslot.Scheduler(8) for _ in range(3)]
workers = [tickslot.Worker(scheduler) for scheduler in others]
channel = tickslot.CrossChannel(5, ends=4, name="many")
ends = [channel.on(scheduler) for scheduler in [main] + others]
got = [[-1] * (PRODUCERS * ITEMS) for _ in range(4)]  # for each consumer what it got, in order


def produces(end, number, timeout):
    for i in range(number * ITEMS, (number + 1) * ITEMS):
        while (yield end.send(i, timeout)) is not True:
            pass


def consumes(end, number, timeout):
    place = 0
    mine = got[number]
    while True:
        item = yield end.recv(timeout)
        if item is tickslot.CLOSED:
            return
        if item is not tickslot.TIMEOUT:
            mine[place] = item
            place += 1


# Two producers and a consumer on each of two schedulers, one more consumer on the others.
tasks = []
for number in range(PRODUCERS):
    scheduler = ([main] + others)[number % 2]
    tasks.append(scheduler.spawn(produces(ends[number % 2], number, 1 if number > 1 else None)))
consumers = [scheduler.spawn(consumes(ends[number], number, 1 if number & 1 else None))
             for number, scheduler in enumerate([main] + others)]


def closes():
    while not all([task.done() for task in tasks]):
        yield main.sleep_ms(1)
    channel.close()
    while not all([task.done() for task in consumers]):
        yield main.sleep_ms(1)


for worker in workers:
    worker.start()
main.run_until(main.spawn(closes()))
for worker in workers:
    worker.stop()
for worker in workers:
    check.same(worker.join(), True)
received = [[item for item in mine if item >= 0] for mine in got]
print("received", [len(mine) for mine in received], "high water", channel.high_water)
check.equal(sorted(sum(received, [])), list(range(PRODUCERS * ITEMS)), "each item once")
for mine in received:
    for number in range(PRODUCERS):
        of_one = [item for item in mine if item // ITEMS == number]
        check.equal(of_one, sorted(of_one), "in its sender's order")
check.true(channel.high_water <= 5 and len(channel) == 0, "never more than fit")
check.equal([scheduler.errors for scheduler in [main] + others], [0] * 4)
check.raises(ValueError, "ends=", channel.on, tickslot.Scheduler(1))


# A send that is not yielded is told by the next.
def forgets():
    ends[0].send(1)
    yield ends[0].send(2)


check.raises(RuntimeError, "never yielded", main.run_until, main.spawn(forgets()))
print("OK")
