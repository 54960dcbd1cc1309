"""Every order of the steps of the wake protocol (lib/tickslot/core/doorbell.py), and of wrong ones.

A model: threads are lists of atomic steps, and all their interleavings are gone through. A section
under the lock is one step. The scheduler works off what it finds and sleeps until every item that
was sent has been drained; a wake is lost when it sleeps and nobody is left to end that.
"""

import pytest


class Shared:
    """The words that threads share."""

    FIELDS = ("items", "drained", "bell", "asleep", "semaphore", "gives", "interrupt")

    def __init__(self, values=(0, 0, 0, 0, 0, 0, 0)):
        for name, value in zip(self.FIELDS, values, strict=True):
            setattr(self, name, value)

    def key(self):
        return tuple(getattr(self, name) for name in self.FIELDS)


# A step changes the words; it returns the number of the next step, or None when it has to wait.

def put(s):
    s.items += 1


def ring(s):
    s.bell = 1


def give(s):
    s.semaphore += 1
    s.gives += 1


def wake_if_asleep(s, to_give, done):
    if s.asleep:
        s.asleep = 0
        return to_give
    return done


# The protocol: 1 to 3 in one section, then the semaphore.
def send(s):
    put(s)
    ring(s)
    return wake_if_asleep(s, 1, 2)


SENDER = [send, lambda s: give(s) or 2]

LOOK, TAKE, CLEAR, DRAIN = range(4)


def look(s):
    if s.bell:
        return CLEAR
    s.asleep = 1
    return TAKE


def take(s):
    if not s.semaphore:
        return None
    s.semaphore -= 1
    return LOOK


def clear(s):
    s.bell = 0
    return DRAIN


def drain(s):
    s.drained += s.items
    s.items = 0
    return LOOK


SCHEDULER = [look, take, clear, drain]


def lost(sender, scheduler, senders=3, others=()):
    """Return an order of steps, as thread numbers, after which an item is never drained; or None.

    Also one in which the semaphore is given while it is there already: with a lock for it, that
    raises.
    """
    programs = [sender] * senders + [scheduler, *others]
    start = (Shared().key(), (0,) * len(programs))
    stack, seen = [(start, ())], {start}
    while stack:
        (words, places), order = stack.pop()
        moved = False
        for thread, program in enumerate(programs):
            place = places[thread]
            if place >= len(program):
                continue
            shared = Shared(words)
            following = program[place](shared)
            if following is None:
                continue
            moved = True
            if shared.semaphore > 1:
                return (*order, thread)
            state = (shared.key(), (*places[:thread], following, *places[thread + 1:]))
            if state not in seen:
                seen.add(state)
                stack.append((state, (*order, thread)))
        if not moved and Shared(words).drained < senders:
            return order
    return None


@pytest.mark.parametrize("senders", [1, 2, 3, 4])
def test_no_order_loses_a_wake(senders):
    assert lost(SENDER, SCHEDULER, senders) is None


def test_bell_before_the_item_is_caught():
    sender = [lambda s: ring(s) or 1, lambda s: wake_if_asleep(s, 2, 3),
              lambda s: give(s) or 3, lambda s: put(s) or 4]
    assert lost(sender, SCHEDULER, 1)


def test_item_and_bell_in_two_steps_are_fine_in_that_order():
    sender = [lambda s: put(s) or 1, lambda s: ring(s) or wake_if_asleep(s, 2, 3),
              lambda s: give(s) or 3]
    assert lost(sender, SCHEDULER, 3) is None


def test_check_before_arming_is_caught():
    def check(s):
        return 3 if s.bell else 1

    def arm(s):
        s.asleep = 1
        return 2

    scheduler = [check, arm, lambda s: None if take(s) is None else 0,
                 lambda s: clear(s) and 4, lambda s: drain(s) and 0 or 0]
    assert lost(SENDER, scheduler, 1)


def test_clearing_the_bell_after_the_drain_is_caught():
    def drain_first(s):
        drain(s)
        return 3

    def clear_after(s):
        s.bell = 0
        return 0

    scheduler = [lambda s: 2 if look(s) == CLEAR else 1, take, drain_first, clear_after]
    assert lost(SENDER, scheduler, 2)


def test_reading_asleep_before_the_bell_is_written_is_caught():
    """What a machine with store buffers makes of it without the lock."""
    sender = [lambda s: put(s) or (2 if s.asleep else 1),
              lambda s: ring(s) or 4,
              lambda s: ring(s) or wake_if_asleep(s, 3, 4),
              lambda s: give(s) or 4]
    assert lost(sender, SCHEDULER, 1)


def test_two_senders_that_both_give_are_caught():
    def read(s):
        put(s)
        ring(s)
        return 1 if s.asleep else 3

    def take_back(s):
        s.asleep = 0
        return 2

    sender = [read, take_back, lambda s: give(s) or 3]
    assert lost(sender, SCHEDULER, 2)


def test_ctrl_c_while_it_waits_for_the_semaphore():
    """LockMailbox._take_semaphore: clears ASLEEP, or takes the semaphore that a sender gives."""
    def rise(s):
        if s.asleep:
            s.asleep = 0
            return LOOK
        return 5

    def take_or_break_out(after):
        def step(s):
            if s.interrupt:
                s.interrupt = 0
                return after
            return take(s)
        return step

    def ctrl_c(s):
        s.interrupt = 1
        return 1

    scheduler = [look, take_or_break_out(4), clear, drain, rise, take]
    for senders in range(1, 5):
        assert lost(SENDER, scheduler, senders, [[ctrl_c]] * 2) is None
    leaves_asleep = [look, take_or_break_out(LOOK), clear, drain]
    assert lost(SENDER, leaves_asleep, 2, [[ctrl_c]]), "a semaphore that is given twice"


def test_with_an_event_that_stays_set_there_is_no_asleep_word():
    """rp2: the event is a semaphore that does not count, and every send sets it."""
    def send_event(s):
        put(s)
        ring(s)
        return 1

    def set_event(s):
        s.semaphore = 1
        return 2

    scheduler = [lambda s: CLEAR if s.bell else TAKE, take, clear, drain]
    assert lost([send_event, set_event], scheduler, 3) is None
    event_first = [lambda s: set_event(s) and 1, lambda s: send_event(s) and 2]
    assert lost(event_first, scheduler, 1)
