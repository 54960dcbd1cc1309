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
_OUTSIDE = const(28)
_STORE_LO = const(44)
_STORE_HI = const(45)
_SHIFT = const(46)
_NONE_AT = const(1)  # of `store`, behind OUTSIDE
_RING_AT = const(6)
_GENERATION = const(1)
_WAIT_NEXT = const(8)


def _a_generator():
    yield


_GENERATOR = type(_a_generator())


def launch_of(place, store):
    """`launch` of the scheduler whose block is at `place`: a function, like `timer_of` in ticks.py.

    launch(generator, name) gives a generator a task slot, a handle, and its place
    in the ready ring: the handle, or None when all slots are taken.  Alloc: 0.
    """

    @micropython.viper
    def launch(generator, name):  # hot
        a = int(place)
        w = ptr32(a)
        outside = int(w[_OUTSIDE])
        none = store[outside + _NONE_AT]
        node = int(w[_FREE_TASKS])
        if node == _NONE:
            return none
        r = ptr16(a + _SLOTS_AT + (node << _RECORD_BITS))
        w[_FREE_TASKS] = r[_WAIT_NEXT]
        r[0] = _FRESH_READY
        w[_LIVE] = w[_LIVE] + 1
        store[node] = generator
        tail = int(w[_TAIL])
        ptr16(a + w[_RING])[tail] = node
        w[_TAIL] = (tail + 1) & w[_MASK]
        handle = int(w[_HANDLE])
        outside += _RING_AT
        task = store[outside + handle]
        # the same as words, to the node: see `exchange` in burst.py
        shift = int(w[_SHIFT])
        references = w[_STORE_LO] | ((w[_STORE_HI] << 16) << 16)
        to = ptr32(references + (outside + int(w[_HANDLES]) + node << shift))
        ring = ptr32(references + (outside + handle << shift))
        to[0] = ring[0]
        if shift & 1:
            to[1] = ring[1]
        handle += 1
        if handle == w[_HANDLES]:
            handle = 0
        w[_HANDLE] = handle
        task._node = node
        task._outcome = none
        task.name = name
        task.generation = (r[_GENERATION] << 14) | node
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
        if priority or endless or _type(generator) is not _generator:
            return _launcher.spawn(generator, name, priority, endless)
        task = _launch(generator, name)
        if task is None:
            _launcher.full()
        return task

    return spawn


class Launcher:
    """The unusual ways to spawn."""

    def __init__(self, scheduler):
        self._a = scheduler.address
        self._store = scheduler.store
        self._scheduler = scheduler
        self.launch = launch_of(scheduler.address, scheduler.store)

    def spawn(self, generator, name, priority, endless):
        """Spawn what is no plain generator, or has a priority, or is endless."""
        if type(generator) is not _GENERATOR:
            generator = self._generator_of(generator)
        if priority:
            self._check_priority(priority)
        task = self.launch(generator, name)
        if task is None:
            self.full()
        if priority:
            set_byte(self._a + SLOTS_AT + RECORD * task._node, 13, priority)
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
        set_byte(self._a + SLOTS_AT + RECORD * node, 0, RUN)
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
