# covers: async:pluggable_queue
"""The ready-queue policy can be replaced; FIFO, priority, EDF, and one of the user's own."""

import check
import tickslot


class Newest(tickslot.Policy):
    """Last in, first out: a policy in a dozen lines."""

    def attach(self, scheduler):
        super().attach(scheduler)
        self._stack = [0] * self.nodes
        self._height = 0

    def put(self, node):
        self._stack[self._height] = node
        self._height += 1

    def get(self):
        self._height -= 1
        return self._stack[self._height]


def order(policy, deadlines=()):
    """Who runs when: four tasks of priorities 0, 7, 3 and 3, two turns each."""
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), policy=policy)
    log = []

    def turns(name):
        log.append(name)
        yield
        log.append(name)

    tasks = [sched.spawn(turns(name), priority=priority)
             for name, priority in (("a", 0), ("b", 7), ("c", 3), ("d", 3))]
    for index, ms in deadlines:
        policy.deadline(tasks[index], ms)
    sched.run()
    return "".join(log)


check.equal(order(None), "abcdabcd")
check.equal(order(tickslot.Priorities()), "bbcdcdaa")
check.equal(order(tickslot.EarliestDeadline()), "abcdabcd")
check.equal(order(tickslot.EarliestDeadline(), ((2, 20), (1, 10))), "bbccadad")
check.equal(order(Newest()), "ddccbbaa")


# All that works with FIFO works with each of them: waits, timeouts, cancels, calls, ends.
def everything(policy):
    clock = tickslot.ManualClock()
    sched = tickslot.Scheduler(5, clock=clock, policy=policy)
    sched.on_error = lambda task, error: None
    channel = sched.channel(1)
    lock = tickslot.Lock(sched)
    sums = []

    def sends():
        for item in range(10):
            yield channel.send(item)
        channel.close()

    def receives():
        total = 0
        while True:
            item = yield channel.recv(50)
            if item is tickslot.CLOSED:
                sums.append(total)
                return total
            yield lock
            yield sched.sleep_ms(1)
            lock.release()
            total += item

    def times_out():
        check.same((yield tickslot.Event(sched).wait(5)), tickslot.TIMEOUT)

    def sleeps():
        yield sched.sleep_ms(1000)

    def main():
        task = sched.spawn(sleeps())
        sched.call_later(7, lambda _: task.cancel())
        try:
            yield task.join()
        except tickslot.Cancelled:
            return "cancelled"

    for task in (sends(), receives(), times_out()):
        sched.spawn(task)
    check.equal(sched.run_until(sched.spawn(main())), "cancelled")
    sched.run()
    check.equal((sums, sched.tasks(), sched.errors), ([45], [], 0))


for policy in (None, tickslot.Priorities(), tickslot.EarliestDeadline(), Newest()):
    everything(policy)


# A policy that loses or makes up slots is found out.
clock = tickslot.ManualClock()


def works():
    clock.advance(1)
    yield


class Wrong(Newest):
    answer = 0

    def get(self):
        super().get()
        return self.answer


for answer in (2, -1, 99):
    policy = Wrong()
    policy.answer = answer
    sched = tickslot.Scheduler(3, clock=clock, policy=policy)
    sched.spawn(works())
    check.raises(RuntimeError, "each node that was put once", sched.run)
check.raises(ValueError, "one for each", tickslot.Scheduler, 2, clock, None, 1, policy)
check.raises(NotImplementedError, "put", tickslot.Policy().put, 0)
sched = tickslot.Scheduler(3, clock=clock)
for priority in (-1, 8):
    check.raises(ValueError, "0 to 7", sched.spawn, works(), None, priority)


# No policy allocates.
for policy in (tickslot.Priorities(), tickslot.EarliestDeadline(), Newest()):
    sched = tickslot.Scheduler(4, clock=tickslot.ManualClock(), policy=policy)
    count = [0]

    def turns(sched, count):
        while True:
            yield
            yield sched.sleep_ms(1)
            count[0] += 1

    for priority in range(4):
        task = sched.spawn(turns(sched, count), priority=priority)
        if priority > 1 and isinstance(policy, tickslot.EarliestDeadline):
            policy.deadline(task, priority)
    check.tasks_allocate_nothing(sched, count, type(policy).__name__, steps=8, advance=1)
print("OK")
