"""A table of what a scheduler does, for people."""


def report(scheduler, out=print):
    """Print the tasks, channels and services of a scheduler, and the scheduler itself.

    With Metrics the tasks' numbers are printed too: turns; milliseconds of CPU time; the longest
    turn and the longest time from a wake to its turn, in microseconds; missed deadlines.
    Context: a task, or outside of `run`.  Alloc: yes, for the text.
    """
    metrics = scheduler.metrics
    line = "%4s %-12s %-8s" % ("slot", "task", "state")
    if metrics is not None:
        line += " %9s %9s %10s %9s %6s" % ("turns", "cpu ms", "longest us", "latest us", "missed")
    out(line)
    tasks = scheduler.tasks()
    for task in tasks:
        line = "%4d %-12s %-8s" % (task._node, task.name or "-", scheduler.state_of(task))
        if metrics is not None:
            line += " %9d %9d" % (metrics.runs(task), metrics.cpu_ms(task))
            line += " %10d %9d" % (metrics.longest_us(task), metrics.latest_us(task))
            line += " %6d" % metrics.missed(task)
        out(line)
    for thing in scheduler._things:
        if hasattr(thing, "high_water"):
            items = len(thing), thing.capacity, thing.high_water, getattr(thing, "dropped", 0)
            out("%r: %d of %d items, at most %d, %d dropped" % ((thing,) + items))
    for service in scheduler.services:
        out(service.summary())
    counts = len(tasks), scheduler.slots, scheduler.switches, scheduler.errors
    line = "%d of %d slots, %d switches, %d errors" % counts
    if metrics is not None:
        idle = metrics.idle_permille
        shares = metrics.high_water, idle // 10, idle % 10
        line += ", at most %d tasks and calls at a time, idle %d.%d %% of the time" % shares
    out(line)
