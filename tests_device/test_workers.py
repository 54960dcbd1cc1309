"""What workers do that only a board with two cores can show."""

import pytest

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


@pytest.fixture
def two_cores(board):
    board.fresh()
    if not board.has("_thread"):
        pytest.skip(f"{board.name} has no threads")
    return board


def test_soft_reset_while_a_worker_runs(two_cores):
    """User problems #8494 and #16619: a soft reset with core 1 busy locks up."""
    for _ in range(10):
        printed, raised = two_cores.execute(KEEP_A_WORKER_BUSY, timeout=20)
        assert (printed, raised) == ("190 running\n", "")
        two_cores.fresh()
