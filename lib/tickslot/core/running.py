"""How a scheduler runs its tasks: `run`, `run_until`, `poll_once`, and what is between turns.

`_turn` calls the run loop (run_loop.py), which resumes ready tasks.  If none is ready, `wait_ready`
(idle.py) waits for a timer or the bell.  Then `_turn` handles the reason why the run loop stopped.
"""

from .block import get_word, set_word
from .clock import sleep_ms, system_clock, wait_1ms
from .deadlock import waits_of
from .layout import NONE, Header, Why
from .on_cpython import micropython
from .outcomes import Deadlock
from .task_ends import TaskEnds
from .timer_wheel import expire


class Running(TaskEnds):
    """The part of a Scheduler that runs its tasks; its attributes are the Scheduler's."""

    def run(self, sealed=False):
        """Run until no task and no call is left.

        With `sealed` this thread's heap is locked meanwhile: a task that allocates ends with
        AllocationError, and the others go on.

        Deadlock: tasks are left, and nothing can ever wake one.  The tasks stay as they are.
        Context: outside of any task.  Alloc: 0, but for the report of an error.
        """
        self._loop(None, sealed)

    def run_until(self, task, sealed=False):
        """Run until `task` has ended: returns its result, or raises its exception.

        The other tasks keep their place.  See `run`.
        """
        self._until = task
        set_word(self.address, Header.UNTIL, NONE if task._node < 0 else task._node)
        try:
            self._loop(task, sealed)
        finally:
            self._until = None
            set_word(self.address, Header.UNTIL, NONE)
        return task.take()

    def poll_once(self):
        """Serve the timers that are due and give one ready task a turn.  False: none was ready.

        Context: outside of any task.  Alloc: 0, but for the report of an error.
        """
        base = self.address
        if get_word(base, Header.CURRENT) != NONE:
            raise self.error(RuntimeError, "%r runs already: spawn a task instead", self)
        if get_word(base, Header.ARMED):
            expire(base, self.now())
        before = self.switches
        try:
            return self._turn(1) or self.switches != before
        except BaseException as error:
            self._broke_out(get_word(base, Header.CURRENT), error)
            return True

    def _loop(self, until, sealed):
        if self._running or get_word(self.address, Header.CURRENT) != NONE:
            raise self.error(RuntimeError, "%r runs already: spawn a task instead", self)
        if sealed and not self._sealable:
            raise RuntimeError(
                "sealed=True needs RAM below 2**30: here an address is no small int, and allocates"
            )
        self._running = True
        if sealed:
            micropython.heap_lock()  # not in `_seal`: its frame would stay as garbage
            self._seal()
        stuck = True
        try:
            stuck = self._turns_on(until)
        finally:
            if sealed:
                self._sealed = False
                micropython.heap_unlock()
            self._running = False
            set_word(self.address, Header.CURRENT, NONE)
        if stuck:
            raise Deadlock(waits_of(self))

    def _turns(self, until):
        """Take turns until `until`, or all tasks, have ended.  True: that can never happen."""
        while until is None or until._node >= 0:
            if not self._turn(self.batch_limit):
                return get_word(self.address, Header.LIVE) != 0
        return False

    def _turns_on(self, until):
        """Call `_turns`, and again after each exception that leaves the run loop.

        The `try` is not in `_turns`: it makes a frame larger than 11 words, and such a frame
        comes from the heap at each call.
        """
        while True:
            try:
                return self._turns(until)
            except BaseException as error:
                self._broke_out(get_word(self.address, Header.CURRENT), error)

    def _turn(self, limit):
        """Call the run loop and handle why it stopped.  False: nothing can become ready."""
        base = self.address
        if get_word(base, Header.BELL):
            self._answer()  # before the clock is read: a ready value beats a deadline
        why = self._run_ready(
            base,
            limit,
            self.store,
            self.constants,
        )
        if why == Why.IDLE and limit > 1:
            why = self.wait_ready()
        if why == Why.ENDED:
            self._finish(get_word(base, Header.CURRENT))
        elif why == Why.ODD:
            self._odd(get_word(base, Header.CURRENT))
        return why != Why.IDLE or get_word(base, Header.BELL) != 0

    def _answer(self):
        """The bell rang: call all answers."""
        set_word(self.address, Header.BELL, 0)  # first: a ring after this is answered next time
        for answer in self._answers:  # no `try`: see `_turns_on`; an answer that raises rings again
            answer()

    def _wait(self, ticks):
        """Nothing is ready: wait up to `ticks`, or until the bell (-1); see `wait_ready_of`."""
        if ticks > 0 and self._manual is not None:
            self._manual.advance(ticks)
        elif self.idle is not None:
            self.idle(ticks)
        elif ticks > 0 and self.clock is system_clock and not self._answers:
            sleep_ms(ticks)
        elif ticks < 0 or ticks >= get_word(self.address, Header.TICKS_PER_MS):
            wait_1ms()  # a user's clock has any speed, and the bell may ring at any time

    def _clock_moved(self, time):
        """A ManualClock went on: serve the timers that are due."""
        if get_word(self.address, Header.ARMED):
            expire(self.address, time)
