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
_IDLE = const(0)  # of burst
_LOOK = const(1)


def nap_of(scheduler, clock, answers, answer, wait):
    """`Scheduler.nap`: wait, serve timers, answer the bell, up to a burst that is not IDLE.

    What that burst said; LOOK when an answer made nothing ready; IDLE when
    nothing can ever become ready.  It is one function because all of it is on
    the way from an interrupt to the task that waits for it.  `wait(ticks)` is to
    return at the bell, or after so many ticks, or before; -1: only at the bell.
    """
    kit = (scheduler, clock, answers, answer, wait, expire)
    place = scheduler.address

    @micropython.viper
    def nap() -> int:  # hot
        scheduler, clock, answers, answer, wait, expire = kit
        a = int(place)
        w = ptr32(a)
        why = _IDLE
        while why == _IDLE:
            if w[_BELL]:
                answer()
                if w[_HEAD] == w[_TAIL]:
                    return _LOOK
            if w[_HEAD] != w[_TAIL]:  # a turn first: it may ring for ever
                why = int(
                    scheduler._burst(
                        a,
                        scheduler.share,
                        scheduler.runners,
                        scheduler.store,
                        scheduler.constants,
                    )
                )
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
                if ticks > 0:
                    wait(ticks)
                else:
                    expire(a, time)
            elif int(len(answers)):
                wait(-1)
            else:
                return why
        return why

    return nap
