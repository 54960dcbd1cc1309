"""A deadline that can be set, moved and waited for beside other things."""

from .event import Event


class Timer(Event):
    """An Event that is set when its time comes: for `select`, and for many tasks at once.

    It uses one of the scheduler's call slots while it runs.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, name)
        self._call = None
        self._generation = 0
        self._fires = self._fire

    def start(self, ms):
        """Clear it, and set it in `ms` milliseconds, whatever was set before.

        SlotsFull: no call slot is free.  ValueError: see `sleep_ms`.
        Context: boot or task.  Alloc: 0.
        """
        self.stop()
        self.clear()
        self._call = self._scheduler.call_later(ms, self._fires)
        self._generation = self._call.generation

    def stop(self):
        """Let it not be set any more: True if it was to be.  Context: boot or task.  Alloc: 0."""
        call = self._call
        self._call = None
        # a handle of another generation stands for somebody else's task by now
        return call is not None and call.generation == self._generation and call.cancel()

    def _fire(self, argument):
        self._call = None
        self.set()
