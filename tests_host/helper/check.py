"""What the scripts here share: clear comparisons, and the two proofs that nothing is allocated.

It runs wherever they do: on boards without files, time or threads as well.
"""

import gc
import micropython
import sys

# Rounds of an allocation proof.  A board is slower, and one byte a round shows in 100 too.
ROUNDS = 1000 if sys.platform == "linux" else 100


def equal(got, wanted, what="it"):
    """AssertionError unless both are equal and of one type."""
    if type(got) is not type(wanted) or got != wanted:
        raise AssertionError("%s is\n  %r, not\n  %r" % (what, got, wanted))


def same(got, wanted, what="it"):
    """AssertionError unless both are the same object."""
    if got is not wanted:
        raise AssertionError("%s is %r, not that very %r" % (what, got, wanted))


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def says(error, *words):
    """AssertionError unless the exception's text has each of the words; it names the fix so."""
    text = str(error)
    for word in words:
        if word not in text:
            raise AssertionError("no %r in %s: %s" % (word, type(error).__name__, text))


def raises(kind, words, function, *arguments):
    """Call the function: it must raise that very class with those words; return the exception."""
    try:
        result = function(*arguments)
    except BaseException as error:
        if type(error) is not kind:
            raise
        says(error, *([words] if isinstance(words, str) else words))
        return error
    raise AssertionError("%s was not raised: it gave %r" % (kind.__name__, result))


def skip_above_small_addresses():
    """End the script here where addresses are no small ints: each call with one allocates."""
    from tickslot.core.block import addresses_are_small

    if not addresses_are_small():
        print("SKIP: this machine's RAM is above 2**30, where nothing can be sealed")
        raise SystemExit


def allocates_nothing(step, what="step", rounds=ROUNDS):
    """Prove it two ways for `rounds` calls of `step()`, after a few to warm up.

    Under a locked heap an allocation raises, but an exception that is raised and
    caught goes unseen there; gc.mem_alloc() sees that, but not what is freed by hand.
    """
    skip_above_small_addresses()
    for _ in range(3):
        step()
    gc.collect()
    micropython.heap_lock()
    try:
        for _ in range(rounds):
            step()
    finally:
        micropython.heap_unlock()
    used = allocated(step, rounds)
    if used:
        raise AssertionError("%s allocates: %d bytes in %d rounds" % (what, used, rounds))


def allocated(step, rounds=ROUNDS):
    """Bytes that `rounds` calls of `step()` allocate, with the collector off."""
    skip_above_small_addresses()
    gc.collect()
    gc.disable()
    try:
        before = gc.mem_alloc()
        for _ in range(rounds):
            step()
        return gc.mem_alloc() - before
    finally:
        gc.enable()


def tasks_allocate_nothing(sched, count, what, steps=1, advance=0, rounds=ROUNDS):
    """Prove it for what the tasks of `sched` do for ever.

    A round is `steps` calls of poll_once(), then its ManualClock goes on by
    `advance` ticks.  In each round the tasks must add 1 or more to count[0]:
    otherwise nothing was proven.
    """
    poll_once = sched.poll_once
    clock = sched.clock
    for _ in range(8):  # into a steady state
        poll_once()
        if advance:
            clock.advance(advance)
    errors = sched.errors

    def a_round():
        before = count[0]
        for _ in range(steps):
            poll_once()
        if advance:
            clock.advance(advance)
        if count[0] <= before:
            raise AssertionError("nothing was done")

    allocates_nothing(a_round, what, rounds)
    equal(sched.errors, errors, what + ": tasks that raised")


def operations_allocate_nothing(what, make, steps=6, advance=1):
    """Prove it for the tasks that `make(sched, count)` returns, which go on for ever."""
    import tickslot

    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), watchers=6)
    count = [0]
    for task in make(sched, count):
        sched.spawn(task)
    tasks_allocate_nothing(sched, count, what, steps=steps, advance=advance)


def waits_in_vain(sched, count, thing, operation):
    """Return the tasks of a `make` as above: one that waits with timeouts of 0 and 1.

    Before that, cancels of `operation(timeout)` are proven.
    """
    from tickslot import TIMEOUT

    def waits():
        while True:
            if (yield operation(0)) is TIMEOUT and (yield operation(1)) is TIMEOUT:
                count[0] += 1

    cancelled_while_sealed(sched, thing, operation)
    return [waits()]


def cancelled_while_sealed(sched, thing, operation):
    """Cancelled while it waits, in a sealed run: an allocation would be an error of the task."""
    from tickslot import Cancelled

    cancels = [0]

    def waits():
        while cancels[0] < 20:
            try:
                yield operation(1000)
                raise RuntimeError("it was not to come")
            except Cancelled:
                cancels[0] += 1

    def cancel(task):
        while not task.done():
            yield sched.sleep_ms(2)
            task.cancel()

    task = sched.spawn(waits())
    sched.spawn(cancel(task))
    sched.run(sealed=True)
    equal((cancels[0], sched.errors), (20, 0), "cancels of %r, and errors" % thing)


def schedulers_allocate_nothing(what, scheds, count, advance=0, also=None):
    """Prove it for what the tasks of several schedulers, of one thread, and `also()` do for ever.

    Each round must add to count[0].
    """
    clock = scheds[0].clock
    polls = [sched.poll_once for sched in scheds] * 4

    def a_round(least=1):
        before = count[0]
        if also is not None:
            also()
        for poll in polls:
            poll()
        if advance:
            clock.advance(advance)
        if count[0] < before + least:
            raise AssertionError("nothing was done")

    for _ in range(8):  # into a steady state
        a_round(0)
    allocates_nothing(a_round, what)
    equal([sched.errors for sched in scheds], [0] * len(scheds), what + ": errors")
