"""What workers do that only a board with two cores can show."""

import pytest
from board import survives_soft_resets
from console import PATIENCE_S

# A worker in the midst of calls, tasks and timers; the caller leaves it so.
KEEP_A_WORKER_BUSY = """
import tickslot
main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(6)
worker = tickslot.Worker(scheduler)
service = tickslot.Service(scheduler, {0: abs})
client = tickslot.Client(main, service)
def busy():
    while True:
        yield
def sleeper():
    while True:
        yield scheduler.sleep_ms(1)
def program():
    total = 0
    for i in range(20):
        total += yield client.call(0, -i, 1000)
    for i in range(4):
        client.post(0, i)  # still under way when the board is reset
    return total
scheduler.spawn(busy())
scheduler.spawn(sleeper())
service.start()
worker.start()
print(main.run_until(main.spawn(program())), worker.state)
"""

# A main scheduler that waits for a worker, which has nothing for it.
IDLE = """
import tickslot
main = tickslot.Scheduler(4)
signal = tickslot.Signal(main)
worker = tickslot.Worker(tickslot.Scheduler(4))
tickslot.CrossChannel(1).on(main)
def waits():
    while True:
        yield signal.wait({timeout})
def says():  # a task of its own: Ctrl-C may come while it still prints
    yield main.sleep_ms(20)  # for the worker to have begun
    print("idle")
main.spawn(waits())
main.spawn(says())
worker.start()
main.run({sealed})
"""
STOP = "worker.stop()\nprint(worker.join(2000), worker.state, main.tasks()[0].done())"


# covers: problem:8494
def test_soft_reset_while_a_worker_runs(two_cores):
    survives_soft_resets(two_cores, KEEP_A_WORKER_BUSY, "190 running\n")


@pytest.mark.parametrize("timeout", [None, 1000])
@pytest.mark.parametrize("sealed", [False, True])
def test_ctrl_c_ends_an_idle_run(two_cores, timeout, sealed):
    """And the tasks keep their places, the worker goes on, and can be stopped."""
    console = two_cores.console
    console.exec_raw_no_follow(IDLE.format(timeout=timeout, sealed=sealed))
    assert console.read_until(1, b"idle\r\n") == b"idle\r\n"
    console.serial.write(b"\x03")
    printed, raised = console.follow(timeout=PATIENCE_S)
    assert printed == b"" and raised.rstrip().endswith(b"KeyboardInterrupt:"), raised
    assert two_cores.execute(STOP) == ("True stopped False\n", "")
