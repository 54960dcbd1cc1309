"""What the workloads share. Runs on MicroPython, beside the workload: Unix port or board.

A workload calls `compare` with a function for each peer. The function gets a count of turns, makes
everything that they need, and returns what is then timed: a call that takes these turns.

    Unix   each peer's turns are chosen so that a round takes ROUND_US; the peers take their rounds
           in turn, after a gc.collect() each
    board  one run of N turns and one of 2 N, with the collector off: their difference is the cost
           of N turns without what it costs to start. The virtual Pico's time is exact: no rounds

Bytes per operation are such a difference in both places.

Where a peer makes garbage, that is half of the truth: its allocator has fresh memory, and nobody
collects. What a program sees is measured as well, with the collector at work as ever: in rounds so
long that the heap fills COLLECTIONS times. What that costs is less the collecting than the search
for free blocks, which is the longer the larger the heap is: see bench_run.HEAP.
"""

import gc
import io
import json
import sys
import time

import micropython

BOARD = sys.platform == "rp2"
BOARD_OPERATIONS = 64
FEW_ON_BOARD = 16  # of whoever makes garbage: so much is found a place at once
AHEAD_MS = 1 << 22

# What the tools set:
ROUND_US = 2000  # long enough for the clock, short enough that few are interrupted
ROUNDS = 51
COLLECTED_ROUNDS = 7  # on a board there is one, or none
COLLECTIONS = 2 if BOARD else 3  # in such a round
COLLECTED_US = 300000  # such a round's, at most
FEW = 500  # turns of whoever makes garbage, where the collector is not to run
QUICK = False  # only what is a headline
PROFILE = None  # (beginning of a name, or None: all; peer) whose cycles are counted
COUNTER = 0x400F0000  # where the virtual Pico counts cycles


def setup(**settings):
    globals().update(settings)
    if PROFILE and PROFILE[1] == "tickslot" and not BOARD:
        _stop_the_clock()


def _stop_the_clock():
    """Instructions are to be the same however long they take: to tickslot, no time passes.

    The ticks come from a function in C, which gives 0 and does hardly anything.
    """
    functions = {name: getattr(time, name) for name in dir(time)}
    functions["ticks_ms"] = functions["ticks_us"] = micropython.opt_level
    sys.modules["time"] = type("time", (), functions)


def compare(name, per=1, headline=True, board=None, most=1 << 30, threads=False, **peers):
    """Measure an operation of which a turn makes `per`; at most `most` turns fit into a round.

    On a board `board` operations are measured, if it says so. Of the sizes of one workload one is
    the headline. Where two threads take part, the Unix port's instructions differ from run to run.
    """
    turns = max(1, (board or BOARD_OPERATIONS) // per)
    if PROFILE:
        wanted, peer = PROFILE
        if wanted is None:
            is_wanted = (headline or not QUICK) and not threads
        else:
            is_wanted = name == wanted or headline and name.startswith(wanted)
        if is_wanted:
            _profile(name, headline, peers[peer], turns, turns * per)
        return
    if QUICK and not headline:
        return
    row = {"name": name, "headline": headline, "us": {}, "operations": {}, "bytes": {}}
    try:
        for peer, prepare in peers.items():
            count = turns if board else max(1, FEW_ON_BOARD // per)
            us, used = _difference(prepare, count)
            if count < turns and used <= 0:
                count = turns
                us, used = _difference(prepare, count)
            row["bytes"][peer] = used / (count * per)
            if BOARD:
                row["us"][peer] = [us]
                row["operations"][peer] = count * per
        if not BOARD:
            counts = {
                peer: _turns(prepare, min(most, FEW) if row["bytes"][peer] > 0 else most)
                for peer, prepare in peers.items()
            }
            row["operations"] = {peer: count * per for peer, count in counts.items()}
            row["us"] = {peer: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer, prepare in peers.items():
                    row["us"][peer].append(_time(prepare, counts[peer]))
        if COLLECTED_ROUNDS and max(row["bytes"].values()) > 0:
            row["collected"] = _collected(peers, per, most, row)
    except MemoryError:
        row = {"name": name, "skipped": "does not fit into this board's RAM"}
    put(row)


def value(name, unit, headline=False, steady=True, **peers):
    """Hand in a figure that the workload has found out by itself, for each peer.

    Not steady is what any change elsewhere shifts, such as when the collector runs.
    """
    if not PROFILE and (headline or not QUICK):
        row = {"name": name, "headline": headline, "steady": steady, "unit": unit}
        row["values"] = peers
        put(row)


def put(row):
    print("#bench " + json.dumps(row))


def _collected(peers, per, most, row):
    """{peer: [microseconds of one operation, in each round]} with the collector at work."""
    found = {}
    fills = 1 if BOARD and QUICK else COLLECTIONS  # emulated time is exact: one is as good
    for _ in range(1 if BOARD else COLLECTED_ROUNDS):
        for peer, prepare in peers.items():
            garbage = row["bytes"][peer]
            us = row["us"][peer][0] / row["operations"][peer]
            gc.collect()
            if garbage > 0:
                operations = fills * gc.mem_free() / garbage
            elif BOARD:
                continue  # has been measured
            else:
                operations = COLLECTED_US / 16 / us
            if not BOARD:
                operations = min(operations, COLLECTED_US / us)
            turns = max(1, int(operations / per))
            runs = -(-turns // most)
            turns //= runs
            us = sum([_time(prepare, turns, False) for _ in range(runs)])
            found.setdefault(peer, []).append(us / (runs * turns * per))
    return found


def _time(prepare, turns, collect=True):
    run = prepare(turns)
    if collect:
        gc.collect()
    begin = time.ticks_us()
    run()
    return time.ticks_diff(time.ticks_us(), begin)


def _turns(prepare, most):
    """How many turns make a round."""
    turns = 1
    while True:
        # the best of three: one that was interrupted would make the rounds too short
        us = min([_time(prepare, turns) for _ in range(3)])
        if turns >= most or us * 4 >= ROUND_US:
            return min(max(1, turns * ROUND_US // max(us, 1)), most)
        turns *= 4


def _difference(prepare, turns):
    """(microseconds, bytes) of so many turns, without what starting and ending take."""
    prepare(1)()  # what it looks up and makes once, it has
    costs = []
    for count in (turns, 2 * turns):
        run = prepare(count)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        begin = time.ticks_us()
        run()
        us = time.ticks_diff(time.ticks_us(), begin)
        costs.append((us, gc.mem_alloc() - before))
        gc.enable()
        run = None
    return costs[1][0] - costs[0][0], costs[1][1] - costs[0][1]


def _profile(name, headline, prepare, turns, operations):
    """The same difference, counted from outside: see profiler.py and callgrind.py."""
    prepare(1)()
    for count, sign in ((turns, -1), (2 * turns, 1)):
        run = prepare(count)
        gc.collect()
        gc.disable()
        _count(sign)
        run()
        _count(0)
        gc.enable()
        run = None
    put({"name": name, "headline": headline, "operations": operations})


def _count(sign):
    """Have the emulator add cycles, or subtract them; callgrind is told of each end alone."""
    if BOARD:
        import machine

        machine.mem32[COUNTER] = sign
    else:
        gc.isenabled()


def switching(sched, tasks, turns, endless=False):
    """Spawn tasks that do nothing but give up their turn, the last of them `turns` times."""
    for _ in range(tasks - 1):
        sched.spawn(for_ever(), endless=endless)
    last = sched.spawn(counted(turns))
    return lambda: sched.run_until(last)


def for_ever():
    while True:
        yield


def counted(turns):
    for _ in range(turns):
        yield


def event_ping_pong(turns):
    """asyncio's: two tasks wake one another, there and back, each by an Event."""
    import asyncio

    asyncio.new_event_loop()
    there = asyncio.Event()
    back = asyncio.Event()

    async def pong():
        for _ in range(turns):
            await there.wait()
            there.clear()
            back.set()

    async def main():
        task = asyncio.create_task(pong())
        for _ in range(turns):
            there.set()
            await back.wait()
            back.clear()
        await task

    main_task = main()
    return lambda: asyncio.run(main_task)


def carrier(generator=None):
    """What a limit resumes in a task's place: a generator that runs those that are sent to it.

    A scheduler needs one for each task that can end: `yield from` alone sees that, with the result,
    and allocates nothing; and the `try` keeps a task that raises from the others.
    """
    carrying = _carry()
    carrying.send(None)
    if generator:
        carrying.send(generator)
    return carrying


def _carry():
    given = None
    while True:
        given = yield given
        try:
            given = yield from given
        except Exception as error:
            given = error


@micropython.viper
def alternate(send_one, send_other, value, turns: int):
    """Resume two generators in turn, by their `send`, and hand them the value."""
    for _ in range(turns):
        send_one(value)
        send_other(value)


class HandClock:
    """Drives asyncio by hand, with a fresh loop: `run(main)` when its tasks are made.

    Its ticks come from `BytesIO.tell`, a function in C like `time.ticks_ms`, and give what was
    last set. Its loop still polls for I/O at each step, as ever; but where it would wait there,
    time jumps on, as it does for tickslot under a ManualClock. What asyncio's part in C makes
    ready it stamps with the real time: the clock starts far ahead of that, so that this is past.
    """

    def __init__(self):
        from asyncio import core

        clock = io.BytesIO()
        clock.seek(time.ticks_add(time.ticks_ms(), AHEAD_MS))
        self._core, self._ticks = core, core.ticks

        class Queue(core.IOQueue):
            def wait_io_event(self, dt):
                if dt > 0:
                    clock.seek(clock.tell() + dt)
                for _ in self.poller.ipoll(0):
                    pass

        core.ticks = clock.tell
        core.new_event_loop()
        core._io_queue = Queue()

    def run(self, main):
        self._core.run(main)
        self._core.ticks = self._ticks
        self._core.new_event_loop()
