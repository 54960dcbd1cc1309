# needs: threads, time
"""Schedulers on two threads, each with a policy and all that looks on, lose no wake."""

import check
import tickslot
from tickslot.cores.mailbox_of import mailbox_of

ECHOES = 500


def observed(policy):
    sched = tickslot.Scheduler(4, policy=policy)
    seen[0] = 0
    tickslot.Hooks(sched, idle=idle)
    return sched, tickslot.Metrics(sched), tickslot.Trace(sched, 32)


def idle(slot, time, reason):
    seen[0] += 1


def echo(kind):
    main, metrics, _ = observed(kind())
    back = mailbox_of(main)
    scheduler, _, trace = observed(kind())
    worker = tickslot.Worker(scheduler, "echo")
    out = worker.mailbox
    arrived = main.channel(4)
    asked = scheduler.channel(4)
    ask, answer = asked.try_send, arrived.try_send  # made here: that allocates

    def answers():
        while True:
            value = yield asked.recv()
            if value is tickslot.CLOSED:
                return
            while not back.post(answer, value):
                yield

    def ends():
        yield main.sleep_ms(1)
        for i in range(ECHOES):
            assert out.post(ask, i)
            got = yield arrived.recv()
            check.equal(got, i)
            if i & 127 == 0:
                yield main.sleep_ms(1)
        out.post(lambda _: asked.close())
        return metrics.runs(main.current)

    scheduler.spawn(answers(), name="answers", priority=3)
    worker.start()
    turns = main.run_until(main.spawn(ends(), name="ends", priority=5))
    worker.stop()
    worker.join()
    check.true(turns >= ECHOES, turns)
    check.equal((scheduler.errors, main.errors), (0, 0))
    check.true(any(" end #" in line for line in trace.lines()), "its end was recorded")
    check.true(seen[0] > 0, "there were idle times")


seen = [0]
for kind in (tickslot.Priorities, tickslot.EarliestDeadline):
    echo(kind)
print("OK")
