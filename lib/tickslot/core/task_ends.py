"""How a task ends: it returns, raises, or is cancelled."""

from .block import free_slot, get_byte, get_half, get_word, set_byte, set_half, set_word
from .faults import Faults
from .layout import MEMBER, NONE, Block, Flag, Handle, Header, Slot, State
from .outcomes import Cancelled
from .task import FAILED, COLLECTED
from .timer_wheel import disarm
from .wait_queue import wake


class TaskEnds(Faults):
    """The part of a Scheduler that ends tasks; its attributes are the Scheduler's."""

    def _cancel_slowly(self, node):
        """`cancel_handle` for all but a call that waits for its time and that no task joins."""
        base = self.address
        slot = base + Block.SLOTS + Slot.BYTES * node
        if node == get_word(base, Header.CURRENT):
            raise self._cancel()
        state = get_byte(slot, Slot.STATE)
        flags = get_byte(slot, Slot.FLAGS)
        if node >= self.slots:
            joiner = get_half(slot, Slot.JOINER)
            if joiner != NONE:
                self.store[joiner] = self._cancel()
                wake(base, joiner, State.THROW)
            if state == State.WAIT:
                return self.cancel_handle(self.task_of(node).op)
            self.store[node] = self._arguments[node - self.slots] = None
        elif flags & Flag.FRESH:
            generator = self.store[node]
            self.store[node] = None
            if generator is not None:
                generator.close()
            else:  # maybe an endless one
                self.run_by(node, self._slot_runners[node])
        elif (state == State.WAIT or state == State.DUE) and not (
            self.cancel_deferred and self.cancel_deferred[node]
        ):
            self.store[node] = self._cancel()
            wake(base, node, State.THROW)
            set_byte(slot, Slot.FLAGS, flags | Flag.THROWN)
        elif state == State.RUN:
            self.store[node] = self._cancel()
            set_byte(slot, Slot.STATE, State.THROW)
            set_byte(slot, Slot.FLAGS, flags | Flag.THROWN)
        elif (
            not flags & Flag.THROWN
        ):  # READY, TOLD, THROW of a task that it joined, or it leaves a scope
            set_byte(slot, Slot.FLAGS, flags | Flag.CANCEL)
        return True

    def _cancel(self):
        """The Cancelled to throw.

        If sealed, it was made at boot.  Otherwise it is new, because each raise of the same
        exception makes its traceback longer.
        """
        if not self._sealed:
            try:
                return Cancelled()
            except MemoryError:
                pass  # somebody else has locked the heap
        return self._cancelled

    def _finish(self, node):
        """The current node's generator has raised, or returned with an operation not yielded.

        A plain return is `retire` in dispatch.py.
        """
        base = self.address
        slot = base + Block.SLOTS + Slot.BYTES * node
        outcome = self.store[node]
        self.store[node] = None
        set_word(base, Header.CURRENT, NONE)
        if isinstance(outcome, BaseException):
            outcome = self._lasting(outcome, node)
        elif get_byte(slot, Slot.FLAGS) & (Flag.TIMED | Flag.ASLEEP):
            outcome = self.forgot(node)
        if self.on_task_error is not None:
            self.on_task_error(node, outcome)
        disarm(base, node)  # for an operation that it made and did not yield
        joiner = get_half(slot, Slot.JOINER)
        if joiner == NONE:
            task = self._release(node, FAILED, outcome)
        elif joiner >= MEMBER:
            set_half(slot, Slot.JOINER, NONE)
            task = self._release(node, COLLECTED, None)
            self.member_ended(joiner, outcome, 1)
        else:
            self.store[joiner] = outcome
            wake(base, joiner, State.THROW)
            task = self._release(node, COLLECTED, None)
        if not isinstance(outcome, Cancelled):
            self._report(task, outcome, joiner != NONE or task is self._until)

    def _release(self, node, how, outcome):
        """Free the slot of a task that has ended: the scheduler keeps no reference to it."""
        base = self.address
        task = self.task_of(node)
        handle = task.op >> 3
        self.end(handle, how, outcome)
        last = self.handles_at + Handle.BYTES * get_word(base, Header.LAST_HANDLE)
        set_half(last, Handle.NEXT_FREE, handle)
        set_word(base, Header.LAST_HANDLE, handle)
        free_slot(base, Header.FREE_TASKS if node < self.slots else Header.FREE_CALLS, node)
        return task

    def end(self, handle, how, outcome):
        """Write into a handle how its task ended, and the outcome.  Returns the old outcome."""
        words = self.handles_at + Handle.BYTES * handle
        set_word(words, 0, get_word(words, 0) & 0xFFFFFFF | -how << Handle.END_SHIFT)
        cell = self.handles + 3 * handle + 1
        before = self.store[cell]
        self.store[cell] = outcome
        return before
