"""How a task starts: a generator gets a slot, a handle, and a place in the ready ring."""

from .block import set_byte
from .inline import address_at, copy_reference, put_address, ready_append, slot_at, take_handle
from .layout import (
    MICROPYTHON,
    NONE,
    REFERENCE_BITS,
    REFERENCE_WORDS,
    Block,
    Header,
    Slot,
    State,
    Status,
    Store,
)
from .on_cpython import Runner, inline, micropython, ptr16, ptr32
from .outcomes import SlotsFull
from .task import Task


@inline
def runner(generator):
    """What resumes a node: on CPython a Runner, which can get an exception for its next resume."""
    return generator if MICROPYTHON else Runner(generator)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())


def launch_of(place, store, full):
    """Make `launch` of the scheduler whose block is at `place`: a closure, as in sleep.py.

    launch(generator, name) gives a generator a task slot, a handle, and a place in the ready ring.
    It returns the handle.  If no slot is free it calls `full`, which raises.  Alloc: 0.
    """

    @micropython.viper
    def launch(generator, name):  # hot
        base = int(place)
        header = ptr32(base)
        node = int(header[Header.FREE_TASKS])
        if node == NONE:
            return full()
        slot = ptr16(slot_at(base, node))
        header[Header.FREE_TASKS] = slot[Slot.WAIT_NEXT]
        slot[Slot.STATUS] = Status.FRESH_READY
        header[Header.LIVE] = header[Header.LIVE] + 1
        ready_append(base, header, node)
        outside = int(header[Header.OUTSIDE])
        handles = slot_at(base, outside + 1)
        handle = take_handle(header, handles, slot, node)
        # References are moved as words: see `turns` in run_loop.py.
        values = int(address_at(header, Header.STORE_LOW))
        none = ptr32(values + (outside + Store.NONE << REFERENCE_BITS))
        cell = ptr32(values + (node << REFERENCE_BITS))
        word = generator if base else 0
        put_address(cell, 0, word)
        cell = ptr32(values + (outside + Store.HANDLES + 3 * handle << REFERENCE_BITS))
        found = address_at(cell, 0)
        result = ptr32(int(cell) + (1 << REFERENCE_BITS))
        copy_reference(result, none)
        word = name if base else 0
        put_address(cell, 2 << REFERENCE_WORDS, word)
        task = found if base else store
        return task

    return launch


def spawn_of(scheduler):
    """Make `Scheduler.spawn`: a function whose defaults are what it needs, as in channel.py."""
    launcher = Launcher(scheduler)

    @micropython.native
    def spawn(  # hot
        generator,
        name=None,
        priority=0,
        endless=False,
        _launch=launcher.launch,
        _launcher=launcher,
        _type=type,
        _generator=_GENERATOR,
    ):
        """Give a generator a slot, and a turn after the tasks that are ready now.  Returns a Task.

        `endless` promises that the generator never returns.  It then runs without the slot runner,
        which takes a result.  That saves a fifth to a third of a switch; a return is an error.

        SlotsFull: no slot is free; the generator is still yours and has not started.
        TypeError: it is no generator.  Context: boot or task.  Alloc: 0, but for the generator.
        """
        if _type(generator) is _generator and not priority and not endless:
            return _launch(generator, name)
        return _launcher.spawn(generator, name, priority, endless)

    return spawn


class Launcher:
    """The unusual ways to spawn."""

    def __init__(self, scheduler):
        self._base = scheduler.address
        self._store = scheduler.store
        self._scheduler = scheduler
        self.launch = launch_of(scheduler.address, scheduler.store, self.full)

    def spawn(self, generator, name, priority, endless):
        """Spawn a coroutine, or with a priority, or an endless task."""
        if type(generator) is not _GENERATOR:
            generator = self._generator_of(generator)
        if priority:
            self._check_priority(priority)
        task = self.launch(generator, name)
        if priority:
            set_byte(self._base + Block.SLOTS + Slot.BYTES * task._node, Slot.PRIORITY, priority)
        if endless:
            self._run_bare(task._node, generator)
        return task

    def full(self):
        """No slot is free."""
        raise self._scheduler.error(
            SlotsFull,
            "all %r slots have a task: give Scheduler() more slots=",
            self._scheduler.slots,
        )

    def _run_bare(self, node, generator):
        """Make a node that was just launched run without its slot runner."""
        self._store[node] = None
        set_byte(self._base + Block.SLOTS + Slot.BYTES * node, Slot.STATE, State.RUN)
        self._scheduler.run_by(node, runner(generator))

    def _check_priority(self, priority):
        if not 0 <= priority <= 7:
            raise self._scheduler.error(ValueError, "a priority is 0 to 7, not %r", priority)

    def _generator_of(self, thing):
        """The generator of a coroutine; or raise a TypeError that names the fix."""
        wait = getattr(thing, "__await__", None)  # a coroutine, on CPython
        if wait is not None and type(thing) is not Task:
            return wait()
        raise self._scheduler.error(
            TypeError,
            "spawn() takes a generator, not %r: call the function (spawn(blink()), not"
            " spawn(blink)), and see that it yields",
            thing,
        )
