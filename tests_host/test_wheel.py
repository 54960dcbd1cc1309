"""The timer wheel against a simple model, a sorted list, on CPython with every access checked."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tickslot import ManualClock, Scheduler
from tickslot.core.block import get_byte, get_half, get_word, set_byte, set_word
from tickslot.core.timer_wheel import MAX_TICKS, arm, disarm, expire, start

LAST, NOW_LO, NOW_HI, ARMED, HEAD, TAIL, STEPS = 0, 2, 3, 5, 6, 7, 12
MAP_AT, LISTS_AT, SLOTS_AT, RECORD = 128, 192, 960, 32
NONE = 0xFFFF
WAIT = 2
DAY = 24 * 60 * 60 * 1000
SLOTS = 12
EDGES = [1 << 6 * level for level in range(1, 6)]


class Wheel:
    """The wheel of a scheduler, driven without its tasks, and the model beside it."""

    def __init__(self, time=0, period=1 << 30):
        self.period = period
        self.scheduler = Scheduler(SLOTS, clock=lambda: self.time % period, period=period, calls=0)
        self.a = self.scheduler.address
        self.time = time  # for ever, as the model counts
        self.model = []  # (deadline, order, node)
        self.order = 0
        self.free = list(range(SLOTS))
        self.steps = 0
        self.moves = 0  # the lists that could have been handled: 6 a timer

    def record(self, node):
        return self.a + SLOTS_AT + RECORD * node

    def insert(self, ticks):
        if not self.free:
            return
        node = self.free.pop()
        start(self.a, self.time % self.period)
        # what `park` does: in ticks from LAST, where the wheel's time stands
        passed = (self.time - get_word(self.a, LAST)) % self.period
        if ticks + passed > MAX_TICKS:
            self.expire()
            passed = 0
        record = self.record(node)
        set_word(record, 2, (ticks + passed) & 0x3FFFFFFF)
        set_byte(record, 12, (ticks + passed) >> 30)
        set_byte(record, 0, WAIT)
        arm(self.a, node, 1)
        self.order += 1
        self.moves += 6
        self.model.append((self.time + ticks, self.order, node))

    def cancel(self, place):
        if self.model:
            entry = self.model.pop(place % len(self.model))
            disarm(self.a, entry[2])
            self.free.append(entry[2])

    def go(self, ticks):
        """Move the time on, a quarter of the period at a time, and check what fires."""
        while True:
            step = min(ticks, self.period // 4)
            self.time += step
            ticks -= step
            self.expire()
            if not ticks:
                return

    def expire(self):
        before = get_word(self.a, STEPS)
        if get_word(self.a, ARMED):
            expire(self.a, self.time % self.period)
        self.steps += get_word(self.a, STEPS) - before
        due = sorted(entry for entry in self.model if entry[0] <= self.time)
        assert self.fired() == [node for _, _, node in due]
        self.model = [entry for entry in self.model if entry[0] > self.time]
        self.free += [node for _, _, node in due]
        self.check()

    def fired(self):
        """Take the nodes that are in the ready ring."""
        ring = self.a + get_word(self.a, 9)
        mask = get_word(self.a, 8)
        nodes = []
        head = get_word(self.a, HEAD)
        while head != get_word(self.a, TAIL):
            nodes.append(get_half(ring, head))
            head = (head + 1) & mask
        set_word(self.a, HEAD, head)
        return nodes

    def check(self):
        """What holds at every moment: counts, bitmap, and a bounded number of steps."""
        assert get_word(self.a, ARMED) == len(self.model)
        assert self.steps <= self.moves
        armed = set()
        for where in range(384):
            first = get_half(self.a + LISTS_AT, where)
            bit = get_byte(self.a + MAP_AT, where >> 3) >> (where & 7) & 1
            assert bit == (first != NONE)
            node = first
            while node != NONE:
                assert get_half(self.record(node), 7) == where
                assert node not in armed
                armed.add(node)
                node = get_half(self.record(node), 2)
                if node == first:
                    break
        assert armed == {node for _, _, node in self.model}


# Lengths around each cascade boundary, and any.
near_edges = st.builds(lambda edge, d: max(0, edge + d), st.sampled_from(EDGES + [1 << 35]),
                       st.integers(-2, 2))
lengths = st.one_of(st.sampled_from([1, 64, 100]), st.integers(0, 70),
                    near_edges, st.integers(0, 1 << 20),
                    st.integers(0, MAX_TICKS), st.sampled_from([MAX_TICKS, MAX_TICKS - 1]))
jumps = st.one_of(st.integers(0, 70), near_edges.filter(lambda ticks: ticks < 1 << 31),
                  st.integers(0, 1 << 20), st.integers(0, 1 << 31))
commands = st.lists(st.one_of(st.tuples(st.just("insert"), lengths),
                              st.tuples(st.just("cancel"), st.integers(0, 100)),
                              st.tuples(st.just("go"), jumps)), max_size=30)
starts = st.one_of(st.integers(0, (1 << 30) - 1), st.integers((1 << 30) - 100, (1 << 30) - 1))


@settings(max_examples=150, derandomize=True)
@given(starts, commands)
@example((1 << 30) - 1, [("insert", 1), ("go", 1)])
@example(0, [("insert", 64), ("insert", 1), ("go", 1), ("insert", 63), ("go", 63)])
@example(0, [("insert", MAX_TICKS), ("go", 1 << 31), ("insert", MAX_TICKS), ("go", 5)])
def test_against_a_sorted_list(time, script):
    wheel = Wheel(time)
    for command, argument in script:
        getattr(wheel, command)(argument)
    for deadline, _, _ in sorted(wheel.model)[:4]:  # to the tick: nothing before, then it fires
        if deadline - wheel.time < 1 << 33:
            if deadline > wheel.time:
                wheel.go(deadline - wheel.time - 1)
                wheel.go(1)


@settings(max_examples=60, derandomize=True)
@given(st.sampled_from([64, 1000, 1 << 10, 12345, 1 << 16]), st.integers(0, 70000), commands)
def test_on_clocks_of_other_periods(period, time, script):
    wheel = Wheel(time, period)
    for command, argument in script:
        wheel_argument = argument % (period * 8) if command == "go" else argument
        getattr(wheel, command)(wheel_argument)


def test_equal_deadlines_fire_in_the_order_they_were_armed_in():
    """However far ahead each was armed, and so by however many levels it came down."""
    for far in [65, 4097, 262145, (1 << 24) + 1, (1 << 30) + 1]:
        wheel = Wheel(12345)
        deadline = wheel.time + far + 70
        for ahead in [far + 70, 70, 64, 63, 1]:
            wheel.go(deadline - ahead - wheel.time)
            wheel.insert(ahead)
            wheel.insert(ahead)
        wheel.go(1)
        assert wheel.model == [] and len(wheel.free) == SLOTS


def test_a_cancel_leaves_the_order_of_the_others():
    """At the head, in the middle and at the end of a list, on each level."""
    for ticks in [5, 100, 5000, 300000, 1 << 25, 1 << 31]:
        for places in [(0,), (1,), (3,), (0, 0), (3, 0), (1, 1), (0, 0, 0, 0)]:
            wheel = Wheel(777)
            wheel.insert(3)
            wheel.go(3)
            for _ in range(4):
                wheel.insert(ticks)
            for place in places:
                wheel.cancel(place)
                wheel.check()
            wheel.go(ticks - 1)
            wheel.go(1)
            assert wheel.model == []


def test_the_whole_range_from_any_time():
    """A deadline almost a lap ahead, whose digit on the highest level is that of the time."""
    for time in (1, 5, 64, 123456789, (1 << 30) - 1):
        wheel = Wheel()
        wheel.insert(time)
        wheel.go(time)
        for ticks in (MAX_TICKS, MAX_TICKS - 1, MAX_TICKS - time, MAX_TICKS - 64):
            wheel.insert(ticks)
        wheel.go(MAX_TICKS - time - 65)
        for _ in range(3):
            wheel.go(1)
        wheel.go(MAX_TICKS - (wheel.time - time) - 1)
        wheel.go(1)
        assert wheel.model == []


def test_every_boundary_from_every_side():
    for edge in EDGES + [1 << 35]:
        for time in (0, 1, edge - 1, edge, (1 << 30) - 1, (1 << 30) - edge % (1 << 30)):
            wheel = Wheel(time)
            for ticks in (edge - 1, edge, edge + 1):
                wheel.insert(ticks)
            for step in (edge - 2, 1, 1, 1):
                wheel.go(step)
            assert wheel.model == []


def test_days():
    for days in (1, 7, 30, 700):
        wheel = Wheel((1 << 30) - 5)
        wheel.insert(days * DAY)
        wheel.go(days * DAY - 1)
        assert len(wheel.model) == 1
        wheel.go(1)
        assert wheel.model == []
        assert wheel.steps <= 6


def test_a_gap_is_not_stepped_through():
    wheel = Wheel()
    wheel.insert(1)
    wheel.insert(DAY)
    wheel.go(DAY - 1)
    assert wheel.steps <= 7
    wheel.go(1)
    assert wheel.steps <= 12
    before = wheel.steps
    wheel.insert(2 * DAY)
    wheel.go(DAY)  # nothing is due in it: at most its own list moves down
    assert wheel.steps - before <= 6


def test_the_clock_going_back_stands_still_in_the_wheel():
    wheel = Wheel(1000)
    wheel.insert(100)
    now = get_word(wheel.a, NOW_LO), get_word(wheel.a, NOW_HI)
    for time in (999, 0, 900, (1 << 30) - 1):
        expire(wheel.a, time)
        assert (get_word(wheel.a, NOW_LO), get_word(wheel.a, NOW_HI)) == now
        assert wheel.fired() == []
    wheel.go(99)
    assert wheel.fired() == [] and len(wheel.model) == 1
    wheel.go(1)


@settings(max_examples=40, derandomize=True)
@given(starts, st.lists(lengths, min_size=1, max_size=8))
def test_sleeps_of_a_scheduler(time, ticks):
    """The same through the whole: each task wakes at its tick, in the order of the deadlines."""
    clock = ManualClock(start=time)
    scheduler = Scheduler(8, clock=clock)
    gone = [0, clock()]
    woke = []

    def moved(now):
        gone[0] += (now - gone[1]) % (1 << 30)
        gone[1] = now

    def task(number):
        yield scheduler.sleep(ticks[number])
        woke.append((ticks[number], number, gone[0]))

    clock.watch(moved)
    for number in range(len(ticks)):
        scheduler.spawn(task(number))
    scheduler.run()
    assert woke == sorted((length, number, length) for number, length in enumerate(ticks))
