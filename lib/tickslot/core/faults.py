"""What a scheduler does when a task raises: the error reaches a person, the others go on."""

from io import StringIO

from .block import get_byte, get_word, set_byte, set_word
from .layout import NONE, Block, Flag, Header, Slot, State
from .on_cpython import micropython, print_exception
from .outcomes import AllocationError
from .wait_queue import make_ready

_NOT_MINE = (
    "%r yielded an operation of another scheduler's channel or event: between schedulers,"
    " use a CrossChannel or a Signal"
)

_INTERRUPTS = (KeyboardInterrupt, SystemExit)  # these end `run` as well


def place_of(error):
    """Where an error was raised: (file, line), or (None, None) where MicroPython does not know.

    It is the innermost line of the program, where the traceback has one, and not of this package.
    Under a locked heap a traceback is kept only where the board has given it room
    (micropython.alloc_emergency_exception_buf).

    Alloc: some hundred bytes: call it with the heap unlocked.
    """
    text = StringIO()
    print_exception(error, text)
    file = line = None
    ours = True
    for entry in text.getvalue().split('File "')[1:]:  # the innermost comes last
        name = entry.split('"')[0]
        if ours or "tickslot/" not in name:
            ours = "tickslot/" in name
            digits = entry.split("line ")[1].split(",")[0]
            if digits.isdigit():
                file = name
                line = int(digits)
    return file, line


def _said(task):
    """The name of a task for people."""
    name = getattr(task, "name", None)
    return "task %r" % name if isinstance(name, str) and hasattr(task, "cancel") else repr(task)


def _at(error):
    """(file:line) of an error, or nothing where that is not known."""
    file, line = place_of(error)
    return "" if line is None else " (%s:%d)" % (file, line)


class Faults:
    """The part of a Scheduler that handles errors; its attributes are the Scheduler's."""

    def error(self, kind, text, subject):
        """An exception of `kind` whose text names `subject` by its one %r.

        Context: the scheduler's thread.  Alloc: the exception; sealed, the heap is unlocked for it.
        """
        if self._sealed:
            micropython.heap_unlock()
        try:
            return kind(text % (subject,))
        finally:
            if self._sealed:
                micropython.heap_lock()

    def _report(self, task, error, expected):
        """A task raised: count it, and tell `on_error`; without that, print it if it is unexpected.

        `task` is the Task, or whatever else the error belongs to: a Service, a mailbox.
        """
        self.errors += 1
        if isinstance(error, _INTERRUPTS):
            raise error
        if self._sealed:
            micropython.heap_unlock()
        try:
            if self.on_error is not None:
                self.on_error(task, error)
            elif not expected:
                print("Unhandled exception in %s%s:" % (_said(task), _at(error)))
                print_exception(error)
        except Exception as second:
            print("Unhandled exception in on_error%s:" % _at(second))
            print_exception(second)
        finally:
            if self._sealed:
                micropython.heap_lock()

    def _lasting(self, error, node):
        """The error as an object that may be kept.

        What is raised under a locked heap is one emergency object, which the next exception
        overwrites, on either core.  A MemoryError then proves that the task allocated.
        """
        if not self._sealed or isinstance(error, AllocationError):
            return error
        if isinstance(error, MemoryError):
            micropython.heap_unlock()
            try:
                return AllocationError(self.task_of(node).name or "#%d" % node, place_of(error)[1])
            finally:
                micropython.heap_lock()
        if error is self._emergency:
            micropython.heap_unlock()
            try:
                return type(error)(*error.args)
            finally:
                micropython.heap_lock()
        return error

    def forgot(self, node):
        """The error of a task that made an operation and did not yield it."""
        return self.error(
            RuntimeError,
            "%r made an operation and did not yield it: write `yield sched.sleep_ms(5)`",
            self.task_of(node),
        )

    def _odd(self, node):
        """The current task yielded something that cannot be done: its flags say why."""
        slot = self.address + Block.SLOTS + Slot.BYTES * node
        flags = get_byte(slot, Slot.FLAGS)
        set_byte(slot, Slot.FLAGS, 0)
        if flags & Flag.CANCEL:  # held back
            self._throw(node, self._cancel())
            set_byte(slot, Slot.FLAGS, Flag.THROWN)
        elif flags:
            self._throw(node, self.forgot(node))
        else:
            self._throw(node, self.error(RuntimeError, _NOT_MINE, self.task_of(node)))

    def _throw(self, node, error):
        """Have the current node, which has yielded, resumed with an exception at its next turn."""
        base = self.address
        self.store[node] = error
        set_byte(base + Block.SLOTS + Slot.BYTES * node, Slot.STATE, State.THROW)
        make_ready(base, node)
        set_word(base, Header.CURRENT, NONE)

    def _broke_out(self, node, error):
        """An exception left the run loop: of an operation, an endless task, or the clock."""
        base = self.address
        if node == NONE:
            if self.claim_error is not None and self.claim_error(error):
                return
            raise error
        if get_word(base, Header.YIELDED) == node:  # of an operation: the task made it and gets it
            set_word(base, Header.YIELDED, NONE)
            if isinstance(error, AttributeError) or isinstance(error, TypeError):
                error = self.error(
                    TypeError,
                    "a task yielded what is no operation (%s): yield None, sched.sleep_ms(ms),"
                    " channel.recv() and their like",
                    error,
                )
            set_byte(base + Block.SLOTS + Slot.BYTES * node, Slot.FLAGS, 0)
            self._throw(node, self._lasting(error, node))
            return
        if self.store[self._runners + node] is self._slot_runners[node]:
            self._slot_runners[node] = self._slot_runner(
                node
            )  # Ctrl-C in its own few lines ended it
            self.run_by(node, self._slot_runners[node])
        else:
            self.run_by(node, self._slot_runners[node])
            if isinstance(error, StopIteration):
                error = self.error(
                    RuntimeError,
                    "%r was spawned with endless=True and has returned",
                    self.task_of(node),
                )
        self.store[node] = error
        self._finish(node)

    def _seal(self):
        """The heap is locked: learn which object the exceptions of this thread are from now on."""
        self._sealed = True
        try:
            None.no_such_attribute  # noqa: B018
        except AttributeError as error:
            self._emergency = error
