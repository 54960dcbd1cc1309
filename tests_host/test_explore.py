"""All interleavings of small programs on the real scheduler, up to a bound, and what must hold.

The explorer is the scheduler's policy: at each step any task that is ready may have the turn, or
the clock may go on, or a task may be cancelled. It goes through the tree of choices depth first,
and runs the program anew for each path.
"""

import pytest
import tickslot
from tickslot import CLOSED, TIMEOUT, Cancelled

STEPS = 60  # more than any of the programs takes


class Chosen(tickslot.Policy):
    """Gives the node that the explorer has chosen."""

    def attach(self, scheduler):
        super().attach(scheduler)
        self.ready = []
        self.choice = 0

    def put(self, node):
        self.ready.append(node)

    def get(self):
        return self.ready.pop(min(self.choice, len(self.ready) - 1))


class World:
    """One run of a program: its scheduler, and what it is to tell."""

    def __init__(self):
        self.clock = tickslot.ManualClock()
        self.policy = Chosen()
        self.sched = tickslot.Scheduler(5, clock=self.clock, policy=self.policy, watchers=2)
        self.sched.on_error = self.raised
        self.victims = []  # tasks that may be cancelled, each once
        self.ticks = 0  # ticks that may pass
        self.errors = []
        self.check = lambda: None  # after every step

    def raised(self, task, error):
        self.errors.append(error)

    def moves(self):
        found = [("run", i) for i in range(len(self.policy.ready) + self.in_ring())]
        if self.ticks and any(task for task in self.sched.tasks()):
            found.append(("tick",))
        return found + [("cancel", task) for task in self.victims if not task.done()]

    def in_ring(self):
        get_word = tickslot.scheduler.get_word
        a = self.sched.address
        return (get_word(a, 7) - get_word(a, 6)) & get_word(a, 8)

    def make(self, move):
        if move[0] == "run":
            self.policy.choice = move[1]
            self.sched.poll_once()
        elif move[0] == "tick":
            self.ticks -= 1
            self.clock.advance(1)
        else:
            self.victims.remove(move[1])
            move[1].cancel()
        self.check()


def explore(program, limit):
    """Run every interleaving of `program(world)`, at most `limit`; return how many there were."""
    path = []
    runs = 0
    while runs < limit:
        world = World()
        finish = program(world)
        widths = []
        for step in range(STEPS):
            moves = world.moves()
            if not moves:
                break
            if step == len(path):
                path.append(0)
            widths.append(len(moves))
            world.make(moves[path[step]])
        else:
            raise AssertionError(f"still going on after {STEPS} steps: {path}")
        try:
            assert not world.errors
            finish()
        except BaseException:
            print("the choices were", path)
            raise
        runs += 1
        while path and path[-1] + 1 == widths[len(path) - 1]:
            path.pop()
        if not path:
            return runs
        path[-1] += 1
    return runs


def nobody_left(world):
    assert world.sched.tasks() == [], "a waiter was forgotten"


def lock_program(timeout_ms, victims, ticks):
    def program(world):
        lock = tickslot.Lock(world.sched)
        inside, asked, granted, gone = [], [], [], []

        def takes(name):
            asked.append(name)
            try:
                got = yield lock.acquire(timeout_ms)
            except Cancelled:
                gone.append(name)
                raise
            if got is TIMEOUT:
                gone.append(name)
                return
            try:
                assert not inside, "two hold it"
                inside.append(name)
                yield
            finally:
                if name in inside:
                    inside.remove(name)
                lock.release()

        def holders():
            word = tickslot.scheduler.get_word(lock._at, 1)
            node = (word - 1) & 0x3FFF
            if word and (not granted or granted[-1] != node):
                granted.append(node)

        tasks = [world.sched.spawn(takes(node)) for node in range(3)]
        world.victims = [tasks[i] for i in victims]
        world.ticks = ticks
        world.check = holders

        def finish():
            nobody_left(world)
            assert not lock.locked()
            # handed on in the order of asking; those that left without it are not in between
            assert granted == [name for name in asked if name in granted]
            assert set(asked) == set(granted) | set(gone)

        return finish

    return program


def semaphore_program(timeout_ms, victims, ticks):
    def program(world):
        semaphore = tickslot.Semaphore(world.sched, 1, limit=1)
        inside = []

        def takes(name):
            if (yield semaphore.acquire(timeout_ms)) is TIMEOUT:
                return
            try:
                assert not inside
                inside.append(name)
                yield
            finally:
                if name in inside:
                    inside.remove(name)
                semaphore.release()

        tasks = [world.sched.spawn(takes(name)) for name in range(3)]
        world.victims = [tasks[i] for i in victims]
        world.ticks = ticks

        def finish():
            nobody_left(world)
            assert semaphore.permits == 1, "a permit was lost, or doubled"

        return finish

    return program


def conserved(sent, kept, taken, channel):
    """Each item is in one place; and those of one sender came in their order to each taker."""
    left = []
    while len(channel):
        left.append(channel.try_recv())
    everywhere = kept + left + [item for items in taken for item in items]
    assert sorted(everywhere) == sorted(sent), "lost or doubled"
    for items in taken:
        for name in {item[0] for item in items}:
            own = [item for item in items if item[0] == name]
            assert own == sorted(own)


def channel_program(make_channel, victims, ticks, timeout_ms):
    def program(world):
        channel = make_channel(world.sched)
        sent, kept = [], []
        taken = [[], []]

        def sends(name):
            for number in range(2):
                item = (name, number)
                sent.append(item)
                done = False
                try:
                    done = yield channel.send(item, timeout_ms=timeout_ms)
                finally:
                    if done is not True:
                        kept.append(item)

        def receives(items):
            for _ in range(2):
                item = yield channel.recv(timeout_ms)
                if item in (TIMEOUT, CLOSED):
                    return
                items.append(item)

        tasks = [world.sched.spawn(sends("a")), world.sched.spawn(receives(taken[0])),
                 world.sched.spawn(receives(taken[1]))]
        world.victims = [tasks[i] for i in victims]
        world.ticks = ticks

        def finish():
            for task in world.sched.tasks():  # who waits for ever was not to be served
                assert len(channel) in (0, channel.capacity)
                task.cancel()
            while world.sched.poll_once():
                pass
            conserved(sent, kept, taken, channel)

        return finish

    return program


def select_program(victims, ticks, timeout_ms):
    def program(world):
        first, second = world.sched.channel(1), world.sched.channel(1)
        choice = world.sched.select(first, second)
        sent, kept = [], []
        taken = [[], []]

        def sends(channel, name):
            item = (name, 0)
            sent.append(item)
            done = False
            try:
                done = yield channel.send(item)
            finally:
                if done is not True:
                    kept.append(item)

        def selects():
            for _ in range(2):
                if (yield choice.wait(timeout_ms)) is TIMEOUT:
                    return
                taken[0].append(choice.value)

        def receives():
            item = yield second.recv(timeout_ms)
            if item is not TIMEOUT:
                taken[1].append(item)

        tasks = [world.sched.spawn(selects()), world.sched.spawn(sends(first, "a")),
                 world.sched.spawn(sends(second, "b")), world.sched.spawn(receives())]
        world.victims = [tasks[i] for i in victims]
        world.ticks = ticks

        def finish():
            for task in world.sched.tasks():
                task.cancel()
            while world.sched.poll_once():
                pass
            left = [channel.try_recv() for channel in (first, second) if len(channel)]
            assert sorted(sent) == sorted(kept + left + taken[0] + taken[1])

        return finish

    return program


LIMIT = 800


@pytest.mark.parametrize("timeout_ms, victims, ticks", [(None, (), 0), (None, (1,), 0), (1, (), 1),
                                                        (1, (2,), 1), (None, (0, 1), 0)])
@pytest.mark.parametrize("program", [lock_program, semaphore_program])
def test_lock_and_semaphore(program, timeout_ms, victims, ticks):
    assert explore(program(timeout_ms, victims, ticks), LIMIT) > 5


@pytest.mark.parametrize("timeout_ms, victims, ticks", [(None, (), 0), (None, (0,), 0),
                                                        (None, (1,), 0), (1, (), 1), (1, (1,), 1)])
@pytest.mark.parametrize("make", [lambda sched: sched.channel(1),
                                  lambda sched: tickslot.PriorityChannel(sched, 1)],
                         ids=["channel", "priority"])
def test_channels(make, timeout_ms, victims, ticks):
    assert explore(channel_program(make, victims, ticks, timeout_ms), LIMIT) > 5


@pytest.mark.parametrize("timeout_ms, victims, ticks", [(None, (), 0), (None, (0,), 0), (1, (), 1),
                                                        (1, (0,), 1), (None, (0, 3), 0)])
def test_select(timeout_ms, victims, ticks):
    assert explore(select_program(victims, ticks, timeout_ms), LIMIT) > 5


def test_the_explorer_finds_a_lost_item():
    """A program that loses an item in one interleaving of many is caught."""

    def program(world):
        box = []
        taken = []

        def puts():
            yield
            box.append("item")

        def takes():
            yield
            if box:
                taken.append(box.pop())

        world.sched.spawn(puts())
        world.sched.spawn(takes())
        return lambda: taken.index("item")

    with pytest.raises(ValueError):
        explore(program, LIMIT)
