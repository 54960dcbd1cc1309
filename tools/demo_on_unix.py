"""Runs programs that end with `sched.run(sealed=True)`, each for a while, and measures them.

For MicroPython: `micropython tools/demo_on_unix.py MS PROGRAM...`; tools/demo.py calls it.
"""

import asyncio
import gc
import sys
import time

import tickslot

PERIOD = 10  # ms between the wakes; their lateness is measured
rows = []


class ADC:
    """An analogue input for a desktop: a sawtooth."""

    def __init__(self, pin):
        self._level = pin

    def read_u16(self):
        self._level = (self._level + 4001) & 0xFFFF
        return self._level


class _Machine:
    ADC = ADC


def probe(sched, late):
    """Wake every PERIOD ms and keep the latest wake in late[0]."""
    due = sched.now()
    while True:
        due = (due + PERIOD) & 0x3FFFFFFF
        yield sched.sleep_until(due)
        now = (sched.now() - due) & 0x3FFFFFFF
        if now > late[0]:
            late[0] = now


def stop(sched, ms, tasks):
    """Cancel the tasks after `ms`: the programs run for ever."""
    yield sched.sleep_ms(ms)
    for task in tasks:
        task.cancel()


def run_measured(sched, name, ms):
    late = [0]
    sched.spawn(probe(sched, late), name="probe")
    sched.spawn(stop(sched, ms, sched.tasks()), name="stop")
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    sched.run(sealed=True)
    allocated = gc.mem_alloc() - before
    gc.enable()
    rows.append((name, sched.switches, allocated, late[0]))


def run_program(path, ms):
    name = path.rsplit("/", 1)[-1]
    print(name)
    with open(path) as file:
        source = file.read().replace("sched.run(sealed=True)", "run_measured(sched)")
    exec(source, {"run_measured": lambda sched: run_measured(sched, name, ms)})


def switch_ns(tasks=8, turns=20000):
    """The cost of a switch in ns: [tickslot's, asyncio's], each the best of five."""

    def ours():
        sched = tickslot.Scheduler(slots=tasks)

        def task():
            for _ in range(turns // tasks):
                yield

        for _ in range(tasks):
            sched.spawn(task())
        sched.run()

    def theirs():
        async def task():
            for _ in range(turns // tasks // 10):
                await asyncio.sleep_ms(0)

        async def main():
            await asyncio.gather(*[task() for _ in range(tasks)])

        asyncio.run(main())

    best = [1 << 60, 1 << 60]
    for _ in range(5):
        for which, run, count in ((0, ours, turns), (1, theirs, turns // 10)):
            gc.collect()
            start = time.ticks_us()
            run()
            spent = time.ticks_diff(time.ticks_us(), start) * 1000 // count
            best[which] = min(best[which], spent)
    return best


sys.modules["machine"] = _Machine
for program in sys.argv[2:]:
    run_program(program, int(sys.argv[1]))
print()
print("%-14s %9s %28s %12s" % ("program", "switches", "bytes allocated after boot", "latest wake"))
for row in rows:
    print("%-14s %9d %28d %9d ms" % row)
ours, theirs = switch_ns()
print()
print("a switch, 8 tasks: %d ns; asyncio's on the same binary: %d ns" % (ours, theirs))
print("asyncio takes %d.%d times as long" % (theirs // ours, theirs * 10 // ours % 10))
if any(row[2] for row in rows):
    sys.exit("a program allocated after boot")
