"""What only a board with two cores can show."""

import re

from board import VirtualPicoBoard, survives_soft_resets

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


def test_the_boot_line_says_what_port_finds(virtual_pico, tmp_path):
    """The firmware's line comes from the board's folder, tickslot.port from the interpreter."""
    with VirtualPicoBoard(log=tmp_path / "log") as board:
        board.console.serial.write(b"\r\x02")
        board.fresh()
        printed, _ = board.execute("import tickslot\nprint(tickslot.port.capability)")
    said = re.search(r"tickslot \S+, (\w+)", (tmp_path / "log").read_text(errors="replace"))
    assert printed == said[1] + "\n"
