"""What only a board with two cores can show."""

from board import survives_soft_resets

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


def test_soft_reset_while_core_1_runs(two_cores):
    survives_soft_resets(two_cores, KEEP_CORE_1_BUSY, "True\n")
