"""Where tasks start."""

from .block import set_byte
from .layout import WIDE, MICROPYTHON, Block, Handle, Header, NONE, Slot, State, Status, Store
from .on_cpython import Runner, inline, micropython, ptr16, ptr32
from .outcomes import SlotsFull
from .task import Task

# the block's layout: see slot.py, whose constants these are


@inline
def runner(generator):
    """What a node is resumed by: on CPython it is given an exception for its next resume."""
    return generator if MICROPYTHON else Runner(generator)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())


def launch_of(place, store, full):
    """`launch` of the scheduler whose block is at `place`: a function, like `timer_of` in ticks.py.

    launch(generator, name) gives a generator a task slot, a handle, and its place
    in the ready ring: the handle.  When all slots are taken it calls `full`, which
    raises.  Alloc: 0.
    """

    @micropython.viper
    def launch(generator, name):  # hot
        a = int(place)
        w = ptr32(a)
        node = int(w[Header.FREE_TASKS])
        if node == NONE:
            return full()
        r = ptr16(a + Block.SLOTS + (node << Slot.BITS))
        w[Header.FREE_TASKS] = r[Slot.WAIT_NEXT]
        r[0] = Status.FRESH_READY
        w[Header.LIVE] = w[Header.LIVE] + 1
        tail = int(w[Header.TAIL])
        ptr16(a + w[Header.RING])[tail] = node
        w[Header.TAIL] = (tail + 1) & w[Header.MASK]
        outside = int(w[Header.OUTSIDE])
        handles = a + Block.SLOTS + (outside + 1 << Slot.BITS)
        i = int(w[Header.FREE_HANDLE])
        h = ptr16(handles + (i << 3))
        w[Header.FREE_HANDLE] = h[Handle.NEXT_FREE]
        ptr32(h)[0] = (r[Slot.GENERATION] << 14) | node
        ptr16(handles + (node << 3))[Handle.OF_NODE] = i
        i = outside + Store.HANDLES + 3 * i
        if WIDE:  # on a 64-bit machine
            store[node] = generator
            store[i + 1] = None
            store[i + 2] = name
            return store[i]
        # References as words: see `burst`. What is stored has the type of the last branch, too.
        references = int(w[Header.STORE_LOW])
        ptr32(references + (node << 2))[0] = generator if a else 0
        p = ptr32(references + (i << 2))
        p[1] = ptr32(references + (outside + Store.NONE << 2))[0]
        p[2] = name if a else 0
        i = p[0]
        task = i if a else store
        return task

    return launch


def spawn_of(scheduler):
    """`Scheduler.spawn`: a function that holds what it needs, like a channel's."""
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
        """Give a generator a slot and its turn behind the tasks that are ready now: its Task.

        `endless` promises that the generator never returns, and is kept to: it
        is resumed without the carrier that takes a result, which saves a
        fifth to a third of a switch, and when it returns all the same, that is an error.

        SlotsFull: no slot is free, and the generator is still yours, not
        started.  TypeError: it is no generator.
        Context: boot or task.  Alloc: 0, the generator apart.
        """
        if _type(generator) is _generator and not priority and not endless:
            return _launch(generator, name)
        return _launcher.spawn(generator, name, priority, endless)

    return spawn


class Launcher:
    """The unusual ways to spawn."""

    def __init__(self, scheduler):
        self._a = scheduler.address
        self._store = scheduler.store
        self._scheduler = scheduler
        self.launch = launch_of(scheduler.address, scheduler.store, self.full)

    def spawn(self, generator, name, priority, endless):
        """Spawn what is no plain generator, or has a priority, or is endless."""
        if type(generator) is not _GENERATOR:
            generator = self._generator_of(generator)
        if priority:
            self._check_priority(priority)
        task = self.launch(generator, name)
        if priority:
            set_byte(self._a + Block.SLOTS + Slot.BYTES * task._node, 13, priority)
        if endless:
            self._carry_not(task._node, generator)
        return task

    def full(self):
        raise self._scheduler.error(
            SlotsFull,
            "all %r slots have a task: give Scheduler() more slots=",
            self._scheduler.slots,
        )

    def _carry_not(self, node, generator):
        """Have a node that was just launched resumed without its carrier."""
        self._store[node] = None
        set_byte(self._a + Block.SLOTS + Slot.BYTES * node, 0, State.RUN)
        self._scheduler.run_by(node, runner(generator))

    def _check_priority(self, priority):
        if not 0 <= priority <= 7:
            raise self._scheduler.error(ValueError, "a priority is 0 to 7, not %r", priority)

    def _generator_of(self, thing):
        """The generator behind what is no plain generator, or a TypeError that names the fix."""
        wait = getattr(thing, "__await__", None)  # a coroutine, on CPython
        if wait is not None and type(thing) is not Task:
            return wait()
        raise self._scheduler.error(
            TypeError,
            "spawn() takes a generator, not %r: call the function (spawn(blink()), not"
            " spawn(blink)), and see that it yields",
            thing,
        )
