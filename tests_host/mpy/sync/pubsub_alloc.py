# also: unfrozen
"""What is published and what a subscriber receives, with no byte allocated."""

import check
import tickslot


def pubsub(sched, count):
    topic = tickslot.PubSub(sched, 2)
    subscriptions = topic.subscribe(), topic.subscribe()

    def reads():
        while True:
            yield subscriptions[0].recv(50)
            count[0] += 1

    def publishes():
        while True:
            topic.publish(count)
            yield

    return reads(), publishes()


check.operations_allocate_nothing("pubsub", pubsub)
print("OK")
