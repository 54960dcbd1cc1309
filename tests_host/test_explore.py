"""All interleavings of small programs on the real scheduler, and what must hold in each of them.

At each step any task that is ready may have its turn, or the clock goes on, or a task is cancelled.
The explorer goes through the whole tree of these choices, depth first, and runs the program anew
for each branch; where it comes to a state in which it has been, it turns back. A program here ends
after a few steps whatever is chosen: so the exploration is complete, and one that goes on for more
than STEPS is an error.
"""

import pytest
import tickslot
from tickslot import CLOSED, TIMEOUT, Cancelled
from tickslot.core import on_cpython, wait_queue
from tickslot.core.block import get_byte, get_half, set_half, set_word
from tickslot.core.layout import NONE, Block, Flag, Header, Slot, State

STEPS = 40
SLOTS = 4

# words of the block's header that tell how it came to a state, and not what comes of it: the ready
# ring's two ends, counts of resumes, the pace, the order of the free slots and handles
HISTORY = (
    Header.HEAD, Header.TAIL, Header.SWITCHES, Header.PACE, Header.SEEN, Header.FREE_TASKS,
    Header.FREE_TASKS + 1, Header.FREE_CALLS, Header.FREE_CALLS + 1, Header.FREE_HANDLE,
    Header.TO_LOOK)


class World:
    """One run of a program: its scheduler, who waits for what, and what was done."""

    def __init__(self):
        self.clock = tickslot.ManualClock()
        self.sched = tickslot.Scheduler(SLOTS, clock=self.clock, calls=0, handles=1, watchers=2)
        self.sched.on_error = lambda task, error: self.errors.append(error)
        self.words = memoryview(self.sched._block).cast("I")
        self.halves = memoryview(self.sched._block).cast("H")
        self.errors = []
        self.tasks = {}
        self.generators = {}
        self.victims = []  # names of tasks that may be cancelled, each once
        self.ticks = 0  # ticks that may pass
        self.things = []  # blocks and lists that belong to the state
        self.lines = {}  # name: the queues in which it waits, in the order of asking
        self.granted = lambda queue, name, value: None
        self.withdrawn = lambda name: None
        self.won = lambda name: 0  # in which of its queues it was served
        self.check = lambda: None  # after every step
        self.facts = list  # what the program keeps beside all that

    def spawn(self, name, generator):
        self.generators[name] = generator
        self.tasks[name] = self.sched.spawn(generator, name=name)

    def asks(self, name, *queues):
        """Called by a task right before it yields an operation."""
        self.lines[name] = queues

    def leaves(self, name):
        """Its wait ends without what it waited for."""
        if self.lines.pop(name, None):
            self.withdrawn(name)

    def record(self, node):
        return self.sched._block[Block.SLOTS + Slot.BYTES * node :][:Slot.BYTES]

    def line(self, queue):
        return [name for name, queues in self.lines.items() if queue in queues]

    # -- steps

    def ring(self):
        head, tail, mask, at = self.words[6:10]
        return [self.halves[at // 2 + (head + i & mask)] for i in range(tail - head & mask)]

    def moves(self):
        found = [("run", node) for node in self.ring()]
        if self.ticks and self.sched.tasks():
            found.append(("tick",))
        return found + [("cancel", name) for name in self.victims if not self.tasks[name].done()]

    def make(self, move):
        if move[0] == "run":
            for node in self.ring()[: self.ring().index(move[1])]:  # the others keep their order
                self.words[6] = self.words[6] + 1 & self.words[8]
                wait_queue.make_ready(self.sched.address, node)
            self.sched.poll_once()
        elif move[0] == "tick":
            self.ticks -= 1
            self.clock.advance(1)
        else:
            self.victims.remove(move[1])
            self.leaves(move[1])
            self.tasks[move[1]].cancel()
        self.serve()
        assert not self.errors
        self.check()

    def serve(self):
        """Who has been served in this step must have been the first in line."""
        served = {}
        for name, queues in list(self.lines.items()):
            node = self.tasks[name]._node
            assert node >= 0, f"{name} has ended, and waits"
            state, flags = self.record(node)[:2]
            if flags & Flag.THROWN:
                self.leaves(name)  # a cancel that was held back came before its operation
            elif state not in (State.WAIT, State.DUE):
                served.setdefault(queues[self.won(name) if len(queues) > 1 else 0], []).append(name)
        for queue, names in served.items():
            assert names == self.line(queue)[: len(names)], f"{names} overtook in {queue}"
        for queue, names in served.items():
            for name in names:
                del self.lines[name]
                self.granted(queue, name, self.sched.store[self.tasks[name]._node])

    def abandon(self):
        """End its generators here, for the collector would in the middle of another run."""
        for generator in self.generators.values():
            generator.close()
        for runner in self.sched.store[-self.sched.nodes :]:
            runner.send(None)  # it was in that generator, and goes back to where it waits for one

    # -- where it is

    def state(self):
        """All that decides what can come; two runs with the same state have the same future."""
        header = [self.words[i] for i in range(32) if i not in HISTORY]
        records = [self.of_record(node) for node in range(SLOTS + 2)]
        frames = [(g.gi_frame.f_lasti, *map(plainly, g.gi_frame.f_locals.items())) if g.gi_frame
                  else None for g in self.generators.values()]
        things = [thing() if callable(thing) else repr(thing) for thing in self.things]
        wheel = self.sched._block[Block.TIMER_MAP:Block.SLOTS]
        return repr((header, wheel, self.ring(), records, frames, things,
                     [plainly(item) for item in enumerate(self.sched.store)], self.victims,
                     self.ticks, list(self.lines.items()), self.facts()))

    def of_record(self, node):
        record = self.record(node)
        if node < SLOTS and record[0] == State.FREE:
            return State.FREE
        if record[20:28] == bytes(8):  # in no queue: what the links held before is history
            record[16:20] = bytes(4)
        if node < SLOTS and record[14:16] == b"\xff\xff":  # and so is the timer
            record[4:13] = bytes(9)
        return bytes(record)


def plainly(item):
    """A name and a value, if that is one that counts; objects are the same in all runs."""
    name, value = item
    if isinstance(value, BaseException):
        return name, type(value).__name__
    return (name, repr(value)) if isinstance(value, (int, str, tuple, list)) or value in (
        None, TIMEOUT, CLOSED) else name


def explore(program):
    """Every interleaving of `program(world)`: how many states there are, and how many ends."""
    ends = 0
    seen = set()
    stack = [()]
    while stack:
        path = stack.pop()
        world = World()
        finish = program(world)
        try:
            for i in path:
                world.make(world.moves()[i])
            while (state := world.state()) not in seen:
                seen.add(state)
                moves = world.moves()
                if not moves:
                    finish()
                    ends += 1
                    break
                assert len(path) < STEPS, "it goes on: the exploration would not be complete"
                stack += [(*path, i) for i in range(1, len(moves))]
                path += (0,)
                world.make(moves[0])
        except BaseException:
            print("the choices were", path)
            raise
        finally:
            world.abandon()
            on_cpython.forget()
    return len(seen), ends


def nobody_left(world):
    assert world.sched.tasks() == [] and not world.lines, "a waiter was forgotten"


def holders_program(make, free, timeout_ms, victims, ticks):
    """Three tasks that hold a lock, or a permit, for a turn each."""

    def program(world):
        thing = make(world.sched)
        inside = []

        def takes(name):
            world.asks(name, "line")
            if (yield thing.acquire(timeout_ms)) is TIMEOUT:
                world.leaves(name)
                return
            inside.append(name)
            assert len(inside) == 1, "two hold it"
            try:
                yield
            except Cancelled:
                pass
            inside.remove(name)
            thing.release()

        def check():
            assert not (world.line("line") and free(thing)), "it is free, and somebody waits"

        def finish():
            nobody_left(world)
            assert free(thing)

        for name in "abc":
            world.spawn(name, takes(name))
        world.victims, world.ticks = list(victims), ticks
        world.things = [thing._block]
        world.check, world.facts = check, lambda: inside
        return finish

    return program


def a_lock(sched):
    return tickslot.Lock(sched)


def a_semaphore(sched):
    return tickslot.Semaphore(sched, 1, limit=1)


def lock_is_free(lock):
    return not lock.locked()


def permit_is_free(semaphore):
    return semaphore.permits == 1


class Flow:
    """The items of a channel: out in the order in which their senders asked, each once."""

    def __init__(self, world, channels):
        self.world = world
        self.channels = channels  # by name
        self.items = []  # all that were offered
        self.asked = {name: [] for name in channels}  # those that are on their way, in that order
        self.offered = {}  # by sender: (channel, item)
        self.owed = {}  # by receiver: what it was served
        self.taken = []
        self.kept = []
        world.granted, world.withdrawn = self.granted, self.withdrawn
        world.check = self.check
        world.facts = lambda: (self.asked, self.offered, self.owed, sorted(self.taken),
                               sorted(self.kept))
        for channel in channels.values():
            world.things += [channel._block, lambda channel=channel: [
                (name, value) for name, value in vars(channel).items()
                if isinstance(value, (int, list, bytearray)) and name != "_store"]]

    def offers(self, name, channel, item, *others):
        self.items.append(item)
        self.asked[channel].append(item)
        self.offered[name] = channel, item
        self.world.asks(name, "send " + channel, *others)

    def granted(self, queue, name, value):
        kind, channel = queue.split()
        if kind == "send":
            del self.offered[name]
            return
        self.withdrawn(name)  # a select that offered too
        assert self.asked[channel], "an item out of nothing"
        self.owed[name] = self.asked[channel].pop(0)

    def withdrawn(self, name):
        if name in self.offered:
            channel, item = self.offered.pop(name)
            self.asked[channel].remove(item)
            self.kept.append(item)

    def sends(self, name, channel, item, timeout_ms=None):
        """What a task does to send an item."""
        self.offers(name, channel, item)
        if (yield self.channels[channel].send(item, timeout_ms=timeout_ms)) is TIMEOUT:
            self.world.leaves(name)

    def receives(self, name, channel, timeout_ms=None):
        """What a task does to receive one."""
        self.world.asks(name, "recv " + channel)
        item = yield self.channels[channel].recv(timeout_ms)
        if item is TIMEOUT:
            self.world.leaves(name)
        else:
            self.takes(name, item)

    def takes(self, name, item):
        assert self.owed.pop(name) == item, "not the first, or doubled"
        self.taken.append(item)

    def check(self):
        for name, channel in self.channels.items():
            assert not (len(channel) and self.world.line("recv " + name)), "an item, and one waits"
            room = len(channel) < channel.capacity
            assert not (room and self.world.line("send " + name)), "room, and one waits"

    def finish(self):
        world = self.world
        for name in world.lines:  # whoever waits for ever had nothing to be served
            world.tasks[name].cancel()
        for name in list(world.lines):
            world.leaves(name)
        while world.sched.poll_once():
            pass
        assert world.sched.tasks() == [] and not world.errors and not self.owed
        for name, channel in self.channels.items():
            left = [channel.try_recv() for _ in range(len(channel))]
            assert left == self.asked[name], "lost, doubled or out of order"
            self.kept += left
        assert sorted(self.kept + self.taken) == sorted(self.items), "lost or doubled"


def channel_program(make, senders, receivers, timeout_ms, victims, ticks):
    """Tasks that send so many items each, and tasks that receive so many."""

    def program(world):
        flow = Flow(world, {"c": make(world.sched)})

        def sends(name, count):
            for number in range(count):
                yield from flow.sends(name, "c", name + str(number), timeout_ms)

        def receives(name, count):
            for _ in range(count):
                yield from flow.receives(name, "c", timeout_ms)

        for name, count in senders.items():
            world.spawn(name, sends(name, count))
        for name, count in receivers.items():
            world.spawn(name, receives(name, count))
        world.victims, world.ticks = list(victims), ticks
        return flow.finish

    return program


def contest(flow, choice, selects, receives):
    """Spawn one that selects, a sender to each of the two channels, and one that receives alone."""
    world = flow.world
    world.won = lambda name: choice.index
    world.things.append(choice._block)
    world.spawn("sel", selects)
    world.spawn("s", flow.sends("s", "1", "a"))
    world.spawn("t", flow.sends("t", "2", "b"))
    world.spawn("r", receives)


def select_program(timeout_ms, victims, ticks):
    """One that receives from two channels, twice; a sender to each; and one that receives alone."""

    def program(world):
        first, second = world.sched.channel(1), world.sched.channel(1)
        choice = world.sched.select(first, second)
        flow = Flow(world, {"1": first, "2": second})

        def selects():
            for _ in range(2):
                world.asks("sel", "recv 1", "recv 2")
                if (yield choice.wait(timeout_ms)) is TIMEOUT:
                    world.leaves("sel")
                    return
                flow.takes("sel", choice.value)

        contest(flow, choice, selects(), flow.receives("r", "2", timeout_ms))
        world.victims, world.ticks = list(victims), ticks
        return flow.finish

    return program


def offer_program(timeout_ms, victims, ticks):
    """One that sends to a full channel or receives from another, whichever comes first."""

    def program(world):
        first, second = world.sched.channel(1), world.sched.channel(1)
        offer = tickslot.Offer(second, "o")
        choice = world.sched.select(first, offer)
        flow = Flow(world, {"1": first, "2": second})
        flow.items.append("full")
        flow.asked["2"].append("full")
        second.try_send("full")

        def selects():
            flow.offers("sel", "2", "o")
            world.asks("sel", "recv 1", "send 2")
            if (yield choice.wait(timeout_ms)) is TIMEOUT:
                world.leaves("sel")
            elif choice.source is first:
                flow.takes("sel", choice.value)
            else:
                assert choice.value is True and offer.item == "o"

        def receives():
            yield from flow.receives("r", "2")
            yield from flow.receives("r", "2")

        contest(flow, choice, selects(), receives())
        world.victims, world.ticks = list(victims), ticks
        return flow.finish

    return program


CASES = [(None, "", 0), (None, "ab", 0), (1, "", 1), (1, "c", 1)]


@pytest.mark.parametrize("timeout_ms, victims, ticks", CASES)
@pytest.mark.parametrize("make, free", [(a_lock, lock_is_free), (a_semaphore, permit_is_free)],
                         ids=["lock", "semaphore"])
def test_lock_and_semaphore(make, free, timeout_ms, victims, ticks):
    states, ends = explore(holders_program(make, free, timeout_ms, victims, ticks))
    assert states > 50 and ends


def a_channel(sched):
    return sched.channel(1)


def a_priority_channel(sched):
    return tickslot.PriorityChannel(sched, 1)


SENDERS_WAIT = {"s": 1, "t": 2}, {"r": 2}
RECEIVERS_WAIT = {"s": 2}, {"q": 1, "r": 2}


@pytest.mark.parametrize("timeout_ms, victims, ticks", [(None, "", 0), (None, "sr", 0), (1, "", 1)])
@pytest.mark.parametrize("senders, receivers", [SENDERS_WAIT, RECEIVERS_WAIT],
                         ids=["senders wait", "receivers wait"])
@pytest.mark.parametrize("make", [a_channel, a_priority_channel])
def test_channels(make, senders, receivers, timeout_ms, victims, ticks):
    states, ends = explore(channel_program(make, senders, receivers, timeout_ms, victims, ticks))
    assert states > 30 and ends


@pytest.mark.parametrize("timeout_ms, victims, ticks", [
    (None, [], 0), (None, ["sel"], 0), (1, [], 1), (None, ["r"], 0)])
@pytest.mark.parametrize("program", [select_program, offer_program])
def test_select(program, timeout_ms, victims, ticks):
    states, ends = explore(program(timeout_ms, victims, ticks))
    assert states > 100 and ends


# What the explorer is worth: variants that are wrong in one way, and that it must catch.

def last_first(sched):
    """A semaphore that serves the one that came last."""
    semaphore = a_semaphore(sched)
    begin = semaphore.begin

    def wrong(node):
        parked = begin(node)
        if parked:
            set_half(semaphore._at, 0, node)
        return parked

    semaphore.begin = wrong
    return semaphore


def forgets_the_late(sched):
    """One that takes a waiter for gone whose deadline has come, and that has not run yet."""
    semaphore = a_semaphore(sched)
    release = semaphore.release

    def wrong():
        node = get_half(semaphore._at, 0)
        slot = sched.address + Block.SLOTS + Slot.BYTES * node
        if node != NONE and get_byte(slot, Slot.STATE) == State.DUE:
            set_word(semaphore._at, 1, 1)
        else:
            release()

    semaphore.release = wrong
    return semaphore


class GivesTwice(tickslot.PriorityChannel):
    """Keeps the item that it gives when a sender waits."""

    def try_recv(self, default=tickslot.EMPTY):
        waits = get_half(self._at, 1) != NONE
        item = super().try_recv(default)
        if waits:
            self.try_recv()
            self.try_send(item)
        return item


@pytest.mark.parametrize("make, timeout_ms, message", [
    (last_first, None, "overtook"), (forgets_the_late, 1, "free, and somebody waits")])
def test_a_wrong_semaphore_is_caught(make, timeout_ms, message):
    with pytest.raises(AssertionError, match=message):
        explore(holders_program(make, permit_is_free, timeout_ms, "", 1))


def test_a_doubled_item_is_caught():
    with pytest.raises(AssertionError, match="doubled"):
        explore(channel_program(lambda sched: GivesTwice(sched, 1), *SENDERS_WAIT, None, "", 0))


def test_a_select_that_keeps_its_other_branches_is_caught(monkeypatch):
    monkeypatch.setattr(wait_queue, "unwatch", lambda a, node: None)
    with pytest.raises(AssertionError):
        explore(select_program(None, [], 0))


def test_a_program_that_goes_on_is_not_called_explored():
    def program(world):
        def for_ever():
            turn = 0
            while True:
                turn += 1
                yield

        world.spawn("a", for_ever())

    with pytest.raises(AssertionError, match="not be complete"):
        explore(program)
