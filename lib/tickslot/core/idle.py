"""What a scheduler does while nothing is ready."""

from .layout import Header, MailboxBlock, Why
from .on_cpython import const, micropython, ptr32
from .timer_wheel import expire


# the block's layout: see slot.py, whose constants these are

# the mailbox's words: see mailbox.py


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
        until = int(w[Header.UNTIL])
        why = Why.IDLE
        while why == Why.IDLE:
            if w[Header.BELL]:
                w[Header.BELL] = 0  # as in `Scheduler._answer`
                if m and (ptr32(m)[MailboxBlock.COUNT] or ptr32(m)[MailboxBlock.FENCED]):
                    posts()
                for answer in answers:
                    if answer is not posts:
                        answer()
                if int(w[Header.UNTIL]) != until:
                    return Why.LOOK
            if w[Header.HEAD] != w[Header.TAIL]:  # a turn first: it may ring for ever
                why = int(scheduler._run_ready(a, share, store, constants))
            elif not w[Header.LIVE]:
                return why
            elif w[Header.ARMED]:
                time = int(clock()) & w[Header.CLOCK_MASK]
                ticks = time - w[Header.LAST]
                if ticks < 0:
                    ticks += w[Header.PERIOD]
                if ticks >= w[Header.PERIOD] >> 1:
                    ticks = 0
                ticks = int(w[Header.SLACK]) - ticks
                if ticks <= 0:
                    expire(a, time)
                elif not w[Header.BELL]:
                    wait(ticks)
            elif not answers:
                return why
            elif not w[Header.BELL]:
                wait(-1)
        return why

    return nap
