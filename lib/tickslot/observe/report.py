"""A table of what a scheduler does, for people."""

def report(scheduler, out=print):
    """Print the tasks, channels, services and the scheduler; its numbers too if it has Metrics.

    Context: a task, or outside of `run`.  Alloc: yes, for the text.
    """
    metrics = scheduler.metrics
    if metrics is None:
        out("%4s %-12s %-8s" % ("slot", "task", "state"))
    else:
        out(
            "%4s %-12s %-8s %9s %9s %9s %9s %6s"
            % ("slot", "task", "state", "runs", "cpu ms", "longest", "latest", "missed")
        )
    for task in scheduler.tasks():
        line = "%4d %-12s %-8s" % (task._node, task.name or "-", scheduler.state_of(task))
        if metrics is not None:
            line += " %9d %9d %9d %9d %6d" % (
                metrics.runs(task),
                metrics.cpu_ms(task),
                metrics.longest_us(task),
                metrics.latest_us(task),
                metrics.missed(task),
            )
        out(line)
    for thing in scheduler._things:
        if hasattr(thing, "high_water"):
            out(
                "%r: %d of %d, at most %d, dropped %d"
                % (
                    thing,
                    len(thing),
                    thing.capacity,
                    thing.high_water,
                    getattr(thing, "dropped", 0),
                )
            )
    for service in scheduler.services:
        out(service.summary())
    line = "%d of %d slots, %d switches, %d errors" % (
        len(scheduler.tasks()),
        scheduler.slots,
        scheduler.switches,
        scheduler.errors,
    )
    if metrics is not None:
        permille = metrics.idle_permille
        line += ", at most %d live, idle %d.%d %%" % (
            metrics.high_water,
            permille // 10,
            permille % 10,
        )
    out(line)
