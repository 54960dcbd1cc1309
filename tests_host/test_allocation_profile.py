"""tools/allocation_profile.py runs a program, one that never ends too, and says who allocates."""

import allocation_profile
import pytest
from common import Error

PROGRAM = """
import tickslot
sched = tickslot.Scheduler(2)
def wasteful():
    while True:
        [0] * 100
        yield sched.sleep_ms(1)
def frugal():
    while True:
        yield sched.sleep_ms(1)
sched.spawn(wasteful(), name="wasteful")
sched.spawn(frugal(), name="frugal")
sched.run(sealed=True)
"""


def test_a_program_that_never_ends(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    lines = allocation_profile.profile(path, 2).splitlines()
    wasteful, frugal = [line.split() for line in lines[-2:]]
    assert wasteful[0] == "wasteful" and float(wasteful[4]) >= 800
    assert frugal[0] == "frugal" and frugal[3] == "0"


def test_a_program_that_fails_is_shown(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("1 // 0")
    with pytest.raises(Error, match="ZeroDivisionError"):
        allocation_profile.profile(path, 5)
