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
            line += " %9d %9d %10d %9d %6d" % (
                metrics.runs(task),
                metrics.cpu_ms(task),
                metrics.longest_us(task),
                metrics.latest_us(task),
                metrics.missed(task),
            )
        out(line)
    for thing in scheduler._things:
        if hasattr(thing, "high_water"):
            dropped = getattr(thing, "dropped", 0)
            out(
                "%r: %d of %d items, at most %d, %d dropped"
                % (thing, len(thing), thing.capacity, thing.high_water, dropped)
            )
    for service in scheduler.services:
        out(service.summary())
    line = "%d of %d slots, %d switches, %d errors" % (
        len(tasks),
        scheduler.slots,
        scheduler.switches,
        scheduler.errors,
    )
    if metrics is not None:
        permille = metrics.idle_permille
        line += ", at most %d tasks and calls at a time, idle %d.%d %% of the time" % (
            metrics.high_water,
            permille // 10,
            permille % 10,
        )
    out(line)
