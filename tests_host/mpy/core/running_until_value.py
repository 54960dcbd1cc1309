# covers: nanorun:block_on_value
"""1+2, 40+2, and two spawned tasks whose results add to 84."""

import check
import tickslot

sched = tickslot.Scheduler(4, clock=tickslot.ManualClock())


def add(a, b):
    yield
    return a + b


check.equal(sched.run_until(sched.spawn(add(1, 2))), 3)
check.equal(sched.run_until(sched.spawn(add(40, 2))), 42)


def main():
    one = sched.spawn(add(40, 2))
    two = sched.spawn(add(2, 40))
    return (yield one.join()) + (yield two.join())


check.equal(sched.run_until(sched.spawn(main())), 84)


# The same in other words: a task may be made of generators, and of coroutines.
def nested():
    return (yield from add(40, 2)) + (yield from add(40, 2))


async def awaits():
    one = sched.spawn(add(40, 2))
    return await one.join() + 42


check.equal(sched.run_until(sched.spawn(nested())), 84)
check.equal(sched.run_until(sched.spawn(awaits())), 84)
print("OK")
