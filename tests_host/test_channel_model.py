"""Channels with timeouts, cancels and closing: no item lost, none doubled, all in order.

Random programs run on CPython, with every access of the hot files checked.
"""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tickslot import CLOSED, EMPTY, TIMEOUT, Cancelled, ManualClock, Scheduler
from tickslot.core import on_cpython

SLOTS = 6


class Channels(RuleBasedStateMachine):
    """One channel, tasks that send and receive, and a step at a time.

    An item is a number that counts up, and each is in one place: with its sender (`owned`), in the
    channel or under way (`sent`), or with a receiver (`received`).
    """

    @initialize(capacity=st.integers(1, 3), start=st.integers((1 << 30) - 20, (1 << 30) - 1))
    def begin(self, capacity, start):
        self.clock = ManualClock(start=start)
        self.scheduler = Scheduler(SLOTS, clock=self.clock, calls=0, handles=1)
        self.channel = self.scheduler.channel(capacity)
        self.tasks = []
        self.next = 0
        self.accepted = []  # items whose send gave True, in the order in which it was decided
        self.returned = []  # items that stayed with their sender
        self.received = []
        self.kept = deque()  # in the order in which their sends were made
        self.raised = []
        self.scheduler.on_error = lambda task, error: self.raised.append(error)

    def sender(self, item, timeout):
        try:
            result = yield self.channel.send(item, timeout_ms=timeout)
        except Cancelled:
            self.returned.append(item)
            raise
        if result is True:
            self.accepted.append(item)
        else:
            assert result in (TIMEOUT, CLOSED)
            assert result is CLOSED or timeout is not None
            self.returned.append(item)

    def receiver(self, timeout):
        result = yield self.channel.recv(timeout_ms=timeout)
        if result is TIMEOUT:
            assert timeout is not None
        elif result is CLOSED:
            assert self.channel.closed and len(self.channel) == 0
        else:
            self.received.append(result)

    def free(self):
        return len(self.scheduler.tasks()) < SLOTS

    def start(self, generator):
        self.tasks = [task for task in self.tasks if not task.done()]
        self.tasks.append(self.scheduler.spawn(generator))

    @precondition(free)
    @rule(timeout=st.none() | st.integers(0, 3))
    def send(self, timeout):
        self.start(self.sender(self.next, timeout))
        self.next += 1

    @precondition(free)
    @rule(timeout=st.none() | st.integers(0, 3))
    def receive(self, timeout):
        self.start(self.receiver(timeout))

    @rule()
    def step(self):
        self.scheduler.poll_once()

    @rule()
    def drain(self):
        while self.scheduler.poll_once():
            pass

    @rule(ticks=st.integers(1, 3))
    def pass_time(self, ticks):
        self.clock.advance(ticks)

    @precondition(lambda self: self.tasks)
    @rule(place=st.integers(0, SLOTS))
    def cancel(self, place):
        self.tasks[place % len(self.tasks)].cancel()

    @rule()
    def try_receive(self):
        item = self.channel.try_recv()
        if item is not EMPTY:
            self.received.append(item)

    @rule()
    def try_send(self):
        if self.channel.try_send(self.next):
            self.accepted.append(self.next)
        else:
            self.returned.append(self.next)
        self.next += 1

    @rule(really=st.integers(0, 15))
    def close(self, really):
        if really == 0:
            self.channel.close()

    @invariant()
    def nothing_is_doubled(self):
        if hasattr(self, "channel"):
            gone = self.received + self.returned
            assert len(gone) == len(set(gone))
            assert not set(self.accepted) & set(self.returned)
            assert self.raised == []
            assert 0 <= len(self.channel) <= self.channel.capacity

    def teardown(self):
        """Let everything end, and account for every item."""
        if not hasattr(self, "channel"):
            return
        try:
            self.end()
        finally:
            on_cpython.forget()

    def end(self):
        while self.scheduler.poll_once():
            pass
        self.channel.close()
        self.scheduler.run()
        while True:
            item = self.channel.try_recv()
            if item is EMPTY:
                break
            self.received.append(item)
        never_started = set(range(self.next)) - set(self.accepted) - set(self.returned)
        assert sorted(self.received) == sorted(self.accepted), "an item was lost or doubled"
        assert not never_started & set(self.received)
        assert self.scheduler.tasks() == []


Channels.TestCase.settings = settings(max_examples=200, stateful_step_count=40,
                                      derandomize=True)
TestChannels = Channels.TestCase


def test_items_keep_the_order_of_their_sends():
    """FIFO through waiting senders, waiting receivers, and the buffer, with timeouts among them."""
    clock = ManualClock()
    scheduler = Scheduler(8, clock=clock)
    channel = scheduler.channel(2)
    got = []

    def sender(item, timeout=None):
        yield channel.send(item, timeout_ms=timeout)

    def receiver():
        got.append((yield channel.recv()))

    for item, timeout in (("a", None), ("b", None), ("c", None), ("x", 5), ("d", None)):
        scheduler.spawn(sender(item, timeout))
    while scheduler.poll_once():
        pass
    clock.advance(5)  # x goes home
    for _ in range(3):
        scheduler.spawn(receiver())
    while scheduler.poll_once():
        pass
    channel.try_send("e")
    got.append(channel.try_recv())
    got.append(channel.try_recv())
    assert got == ["a", "b", "c", "d", "e"]
