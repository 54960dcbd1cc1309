"""A time to wait for together with other things."""

from .event import Event


class Timer(Event):
    """An Event that is set when its time comes: for `select`, and for many tasks at once.

    It uses one of the scheduler's call slots while it runs.
    """

    def __init__(self, scheduler, name=None):
        super().__init__(scheduler, name)
        self._call = None
        self._generation = 0
        self._fires = self._fire  # a bound method would be allocated each time

    def start(self, ms):
        """Clear the event, and set it in `ms` milliseconds.  A start before this one is undone.

        SlotsFull: no call slot is free.  ValueError: see `sleep_ms`.
        Context: boot or task.  Alloc: 0.
        """
        self.stop()
        self.clear()
        self._call = self._scheduler.call_later(ms, self._fires)
        self._generation = self._call.generation

    def stop(self):
        """Undo `start`: True if the time had not come.  Context: boot or task.  Alloc: 0."""
        call = self._call
        self._call = None
        # if the generation is another, the handle stands for a later task or call
        return call is not None and call.generation == self._generation and call.cancel()

    def _fire(self, argument):
        self._call = None
        self.set()
