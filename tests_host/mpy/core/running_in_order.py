"""Order is a pure function of the calls and the clock: the same program, the same log."""

import check
import tickslot


def program(seed, step):
    clock = tickslot.ManualClock(start=seed)
    sched = tickslot.Scheduler(8, clock=clock)
    channel = sched.channel(2)
    log = []
    state = [seed]

    def dice(sides):
        state[0] = (state[0] * 1103 + 12345) % 65536
        return state[0] // 7 % sides

    def worker(name):
        for _ in range(12):
            roll = dice(5)
            if roll == 0:
                result = yield sched.sleep_ms(dice(7))
            elif roll == 1:
                result = yield channel.send(name, timeout_ms=dice(4))
            elif roll == 2:
                result = yield channel.recv(timeout_ms=dice(4))
            elif roll == 3:
                result = yield
            else:
                sched.call_later(dice(5), log.append, "call")
                result = yield sched.yield_now()
            log.append("%s%d%r" % (name, roll, result))

    for name in "abcdef":
        sched.spawn(worker(name), name)
    if step:  # by hand
        while sched.tasks():
            if not sched.poll_once():
                clock.advance(1)
    else:
        sched.on_error = lambda task, error: log.append(str(error))
        sched.run()
    return log


for seed in (1, 2, 3):
    first = program(seed, False)
    check.true(len(first) > 40, "the program does too little")
    check.equal(program(seed, False), first)
    stepped = program(seed, True)
    check.equal(program(seed, True), stepped)
print("OK")
