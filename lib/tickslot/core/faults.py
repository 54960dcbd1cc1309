"""What a scheduler does when a task raises: it reports the error, and the other tasks go on."""

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
    """Where an error was raised: (file, line), or (None, None) if MicroPython does not know.

    It is the innermost line that is not in this package, if the traceback has one.  Under a locked
    heap there is a traceback only if micropython.alloc_emergency_exception_buf gave it room.

    Alloc: a few hundred bytes, so call it with the heap unlocked.
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
    """The name of a task, for people."""
    name = getattr(task, "name", None)
    return "task %r" % name if isinstance(name, str) and hasattr(task, "cancel") else repr(task)


def _at(error):
    """(file:line) of an error, or "" if that is not known."""
    file, line = place_of(error)
    return "" if line is None else " (%s:%d)" % (file, line)


class Faults:
    """The part of a Scheduler that handles errors; its attributes are the Scheduler's."""

    def error(self, kind, text, subject):
        """Make an exception of `kind`; the %r in `text` becomes `subject`.

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
        """Count an error and call `on_error`; without `on_error`, print an unexpected error.

        `task` is the Task that raised, or another owner of the error: a Service, a mailbox.
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
        """The error as an object that can be kept.

        Under a locked heap every exception is the same emergency object: the next exception
        overwrites it, on either core.  A MemoryError then means that the task allocated.
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
        """Make the error of a task that made an operation and did not yield it."""
        return self.error(
            RuntimeError,
            "%r made an operation and did not yield it: write `yield sched.sleep_ms(5)`",
            self.task_of(node),
        )

    def _odd(self, node):
        """The current task yielded an operation that cannot be done: its flags say why."""
        slot = self.address + Block.SLOTS + Slot.BYTES * node
        flags = get_byte(slot, Slot.FLAGS)
        set_byte(slot, Slot.FLAGS, 0)
        if flags & Flag.CANCEL:  # the cancel that waited
            self._throw(node, self._cancel())
            set_byte(slot, Slot.FLAGS, Flag.THROWN)
        elif flags:
            self._throw(node, self.forgot(node))
        else:
            self._throw(node, self.error(RuntimeError, _NOT_MINE, self.task_of(node)))

    def _throw(self, node, error):
        """Throw an exception into the current node, which has yielded, at its next turn."""
        base = self.address
        self.store[node] = error
        set_byte(base + Block.SLOTS + Slot.BYTES * node, Slot.STATE, State.THROW)
        make_ready(base, node)
        set_word(base, Header.CURRENT, NONE)

    def _broke_out(self, node, error):
        """An exception left the run loop: from an operation, an endless task, or the clock."""
        base = self.address
        if node == NONE:
            if self.claim_error is not None and self.claim_error(error):
                return
            raise error
        if get_word(base, Header.YIELDED) == node:  # from an operation: its task gets it
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
            )  # Ctrl-C in the slot runner's own lines ended it
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
        """The heap is now locked: remember this thread's emergency exception."""
        self._sealed = True
        try:
            None.no_such_attribute  # noqa: B018
        except AttributeError as error:
            self._emergency = error
