"""The items of publishers, for every subscriber at its own pace."""

from ..core.channel import DROP_OLDEST


class PubSub:
    """Gives each subscriber a queue of its own of `capacity` items.

    Guarantees
     * Publishing never waits. A subscriber that is too slow loses its oldest items;
       `subscription.dropped` counts them. The other subscribers lose none.
     * Each subscriber gets its items in the order of publishing.
    """

    def __init__(self, scheduler, capacity, name=None):
        self._scheduler = scheduler
        self._capacity = capacity
        self._subscriptions = []
        self.name = name

    def subscribe(self, name=None):
        """Make a Channel that gets all that is published from now on.  Alloc: boot only.

        `recv` gives the items, `dropped` counts those that were lost, `close` ends it.
        """
        subscription = self._scheduler.channel(self._capacity, DROP_OLDEST, name or self.name)
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, item):  # hot
        """Put an item into each subscriber's queue.

        Context: task, call, or outside of `run`.  Alloc: 0.
        """
        for subscription in self._subscriptions:
            subscription.try_send(item)

    def close(self):
        """Close every subscription.  Context: task, call, or outside of `run`.  Alloc: 0."""
        for subscription in self._subscriptions:
            subscription.close()
