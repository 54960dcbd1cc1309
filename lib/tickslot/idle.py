"""What a scheduler does while nothing is ready."""

try:
    import micropython
    from micropython import const
except ImportError:
    from .plain import const, micropython, ptr32

from .wheel import expire

# the block's layout: see slot.py, whose constants these are
_LAST = const(0)
_SLACK = const(1)
_PERIOD = const(4)
_ARMED = const(5)
_HEAD = const(6)
_TAIL = const(7)
_LIVE = const(11)
_CLOCK_MASK = const(20)
_BELL = const(21)
_UNTIL = const(26)
_IDLE = const(0)  # of burst
_LOOK = const(1)

# the mailbox's words: see mailbox.py
_COUNT = const(1)
_FENCED = const(8)


def nap_of(scheduler, clock, wait, mailbox=0, posts=None):
    """`Scheduler.nap`: wait, serve timers, answer the bell, up to a burst that is not IDLE.

    What that burst said; LOOK when the end that `run_until` waits for has come
    meanwhile; IDLE when nothing can ever become ready.  It is one function
    because all of it is on the way from an interrupt, or another core, to the
    task that waits for it.  `wait(ticks)` is to return at the bell, or after so
    many ticks, or before; -1: only at the bell.  `posts` is the answer for which
    the words at `mailbox` say whether it is needed.
    """
    burst_takes = (scheduler.share, scheduler.store, scheduler.constants)
    kit = (scheduler, scheduler._answers, posts, clock, wait, expire) + burst_takes
    place = scheduler.address

    @micropython.viper
    def nap() -> int:  # hot
        scheduler, answers, posts, clock, wait, expire, share, store, constants = kit
        a = int(place)
        w = ptr32(a)
        m = int(mailbox)
        until = int(w[_UNTIL])
        why = _IDLE
        while why == _IDLE:
            if w[_BELL]:
                w[_BELL] = 0  # as in `Scheduler._answer`
                if m and (ptr32(m)[_COUNT] or ptr32(m)[_FENCED]):
                    posts()
                for answer in answers:
                    if answer is not posts:
                        answer()
                if int(w[_UNTIL]) != until:
                    return _LOOK
            if w[_HEAD] != w[_TAIL]:  # a turn first: it may ring for ever
                why = int(scheduler._burst(a, share, store, constants))
            elif not w[_LIVE]:
                return why
            elif w[_ARMED]:
                time = int(clock()) & w[_CLOCK_MASK]
                ticks = time - w[_LAST]
                if ticks < 0:
                    ticks += w[_PERIOD]
                if ticks >= w[_PERIOD] >> 1:
                    ticks = 0
                ticks = int(w[_SLACK]) - ticks
                if ticks <= 0:
                    expire(a, time)
                elif not w[_BELL]:
                    wait(ticks)
            elif not answers:
                return why
            elif not w[_BELL]:
                wait(-1)
        return why

    return nap
