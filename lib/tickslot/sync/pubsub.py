"""One publisher's items, to every subscriber at its own pace."""

from ..core.channel import DROP_OLDEST


class PubSub:
    """Each subscriber has a queue of its own of `capacity` items.

    Guarantees
     * publishing never waits: a subscriber that lags behind loses its oldest
       items, and `subscription.dropped` counts them, while the others lose none;
     * each subscriber gets what it gets in the order of publishing.
    """

    def __init__(self, scheduler, capacity, name=None):
        self._scheduler = scheduler
        self._capacity = capacity
        self._subscriptions = []
        self.name = name

    def subscribe(self, name=None):
        """A Channel that gets all that is published from here on.  Alloc: boot only.

        `recv` from it; `dropped` is its lag so far, and `close` ends it.
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
        """Close every subscription.  Alloc: 0."""
        for subscription in self._subscriptions:
            subscription.close()
