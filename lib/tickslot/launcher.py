"""Where tasks start."""

try:
    import micropython
    from micropython import const

    def runner(generator):
        return generator

except ImportError:
    from .plain import Runner as runner
    from .plain import const, micropython, ptr16, ptr32

from .slot import RECORD, RUN, SLOTS_AT, set_byte
from .task import Task
from .values import SlotsFull

# the block's layout: see slot.py, whose constants these are
_NONE = const(0xFFFF)
_SLOTS_AT = const(960)
_RECORD_BITS = const(5)
_FRESH_READY = const(1025)
_TAIL = const(7)
_MASK = const(8)
_RING = const(9)
_LIVE = const(11)
_FREE_TASKS = const(16)
_HANDLE = const(24)
_HANDLES = const(25)
_GENERATION = const(1)
_WAIT_NEXT = const(8)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())


@micropython.viper
def launch(a: int, generator, name, store, constants):
    """Give a generator a task slot, a handle, and its place in the ready ring: the handle, or None.

    `constants`: see burst.  Alloc: 0.
    """
    w = ptr32(a)
    node = int(w[_FREE_TASKS])
    if node == _NONE:
        return constants[0]
    r = a + _SLOTS_AT + (node << _RECORD_BITS)
    w[_FREE_TASKS] = ptr16(r)[_WAIT_NEXT]
    ptr16(r)[0] = _FRESH_READY
    w[_LIVE] = w[_LIVE] + 1
    store[node] = generator
    tail = int(w[_TAIL])
    ptr16(a + w[_RING])[tail] = node
    w[_TAIL] = (tail + 1) & w[_MASK]
    handle = int(w[_HANDLE])
    task = constants[6][handle]
    handle += 1
    if handle == w[_HANDLES]:
        handle = 0
    w[_HANDLE] = handle
    task._node = node
    task._outcome = constants[0]
    task.name = name
    task.generation = (ptr16(r)[_GENERATION] << 14) | node
    constants[5][node] = task
    return task


class Launcher:
    """What `Scheduler.spawn` is a method of: an object with few attributes, as Ticks is."""

    def __init__(self, scheduler):
        self._a = scheduler.address
        self._store = scheduler.store
        self._constants = scheduler.constants
        self._scheduler = scheduler

    @micropython.native
    def spawn(self, generator, name=None, priority=0, endless=False):  # hot
        """Give a generator a slot and its turn behind the tasks that are ready now: its Task.

        `endless` promises that the generator never returns, and is kept to: it
        is resumed without the carrier that takes a result, which saves a
        fifth to a third of a switch, and when it returns all the same, that is an error.

        SlotsFull: no slot is free, and the generator is still yours, not
        started.  TypeError: it is no generator.
        Context: boot or task.  Alloc: 0, the generator apart.
        """
        if type(generator) is not _GENERATOR:
            generator = self._generator_of(generator)
        if priority:
            self._check_priority(priority)
        task = launch(self._a, generator, name, self._store, self._constants)
        if task is None:
            raise self._scheduler.error(  # hot: allow a fault's report
                SlotsFull,
                "all %r slots have a task: give Scheduler() more slots=",
                self._scheduler.slots,
            )
        if priority:
            set_byte(self._a + SLOTS_AT + RECORD * task._node, 13, priority)
        if endless:
            self._carry_not(task._node, generator)
        return task

    def _carry_not(self, node, generator):
        """Have a node that was just launched resumed without its carrier."""
        self._store[node] = None
        set_byte(self._a + SLOTS_AT + RECORD * node, 0, RUN)
        self._scheduler.runners[node] = runner(generator)

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
