# covers: problem:5828
"""Each subscriber gets what is published, at its own pace; the slow one loses the oldest."""

import check
import tickslot

sched = tickslot.Scheduler(6, clock=tickslot.ManualClock())


def run(*generators):
    tasks = [sched.spawn(generator) for generator in generators]
    sched.run()
    return [task.take() for task in tasks]


topic = tickslot.PubSub(sched, 2, name="topic")
slow, quick = topic.subscribe("slow"), topic.subscribe("quick")


def publishes():
    for item in range(5):
        topic.publish(item)
        yield
        yield
    topic.close()


def reads(subscription, ms):
    items = []
    while True:
        yield sched.sleep_ms(ms)
        item = yield subscription.recv()
        if item is tickslot.CLOSED:
            return items
        items.append(item)


check.equal(run(publishes(), reads(slow, 50), reads(quick, 0))[1:], [[3, 4], [0, 1, 2, 3, 4]])
check.equal((slow.dropped, quick.dropped), (3, 0))
print("OK")
