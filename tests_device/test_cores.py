"""What only a board with two cores can show."""

import pytest

KEEP_CORE_1_BUSY = """
import _thread
count = [0]
def spin(count):  # a local: without a GIL, globals move under its feet
    while True:
        count[0] += 1
_thread.start_new_thread(spin, (count,))
for _ in range(1000):
    pass
print(count[0] > 0)
"""


@pytest.fixture
def two_cores(board):
    board.fresh()
    if not board.has("_thread"):
        pytest.skip(f"{board.name} has no threads")
    return board


def test_soft_reset_while_core_1_runs(two_cores):
    """User problems #8494 and #16619: a soft reset with core 1 busy locks up."""
    for _ in range(10):
        printed, raised = two_cores.execute(KEEP_CORE_1_BUSY, timeout=20)
        assert (printed, raised) == ("True\n", "")
        two_cores.fresh()


def test_core_1_is_free_again_after_a_soft_reset(two_cores):
    two_cores.execute(KEEP_CORE_1_BUSY, timeout=20)
    two_cores.fresh()
    printed, raised = two_cores.execute(KEEP_CORE_1_BUSY, timeout=20)
    assert (printed, raised) == ("True\n", "")
