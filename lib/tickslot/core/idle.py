"""What a scheduler does while nothing is ready."""

from .inline import ticks_since_last
from .layout import Header, MailboxBlock, Why
from .on_cpython import micropython, ptr32
from .timer_wheel import expire


def wait_ready_of(scheduler, clock, wait, mailbox=0, posts=None):
    """Make `Scheduler.wait_ready`: wait, serve timers and answer the bell until a node is ready.

    It then calls the run loop and returns its result (Why).  LOOK: the task of `run_until` has
    ended meanwhile.  IDLE: nothing can ever become ready.  It is one function, because all of it
    adds to the time from an interrupt, or from another core, to the task that waits.

    `wait(ticks)` must return at the bell, and after `ticks` at the latest; -1: only at the bell.
    `posts` is the mailbox's answer: the words at `mailbox` say whether to call it.
    """
    loop = (scheduler.batch_limit, scheduler.store, scheduler.constants)
    hot = (scheduler, scheduler._answers, posts, clock, wait, expire) + loop
    place = scheduler.address

    @micropython.viper
    def wait_ready() -> int:  # hot
        scheduler, answers, posts, clock, wait, expire, limit, store, constants = hot
        base = int(place)
        header = ptr32(base)
        mail = int(mailbox)
        until = int(header[Header.UNTIL])
        why = Why.IDLE
        while why == Why.IDLE:
            if header[Header.BELL]:
                header[Header.BELL] = 0  # as in `Scheduler._answer`
                if mail and (ptr32(mail)[MailboxBlock.COUNT] or ptr32(mail)[MailboxBlock.FENCED]):
                    posts()
                for answer in answers:
                    if answer is not posts:
                        answer()
                if int(header[Header.UNTIL]) != until:
                    return Why.LOOK
            if (
                header[Header.HEAD] != header[Header.TAIL]
            ):  # a turn first: the bell may ring all the time
                why = int(scheduler._run_ready(base, limit, store, constants))
            elif not header[Header.LIVE]:
                return why
            elif header[Header.ARMED]:
                time = int(clock()) & header[Header.CLOCK_MASK]
                ticks = ticks_since_last(header, time)
                ticks = int(header[Header.SLACK]) - ticks
                if ticks <= 0:
                    expire(base, time)
                elif not header[Header.BELL]:
                    wait(ticks)
            elif not answers:
                return why
            elif not header[Header.BELL]:
                wait(-1)
        return why

    return wait_ready
