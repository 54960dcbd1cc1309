"""MicroPython's own thread tests pass on the virtual Pico: its second core is as upstream knows it.

Expected is what upstream expects: the .exp file beside a test, or what CPython prints.
"""

import functools
import itertools
import os
import re
import subprocess
import sys

import pytest
import source

# What upstream's runner leaves out on rp2, with its reasons.
LEFT_OUT = {
    "stress_heap": "needs more than two threads",
    "thread_lock2": "needs more than two threads",
    "thread_lock3": "needs more than two threads",
    "thread_shared2": "needs more than two threads",
    **{f"mutate_{name}": "needs a GIL" for name in
       ("bytearray", "dict", "instance", "list", "set")},
}


@functools.cache
def folder():
    return source.find() / "tests" / "thread"


def names():
    found = sorted(path.stem for path in folder().glob("*.py"))
    return [name for name in found if name not in LEFT_OUT]


def expected(path):
    stored = path.with_suffix(".py.exp")
    if stored.exists():
        return stored.read_text()
    # As upstream runs it: in the tests' folder, where some import from.
    return subprocess.run([sys.executable, "-BS", path], text=True, timeout=600, check=True,
                          cwd=path.parent.parent, env={**os.environ, "PYTHONPATH": ""},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", names())


def test_upstream(virtual_pico, name):
    path = folder() / f"{name}.py"
    virtual_pico.fresh()
    printed, raised = virtual_pico.execute(path.read_bytes())
    if printed.startswith("SKIP"):
        pytest.skip("by itself")
    assert re.fullmatch(pattern(expected(path)), printed + raised), printed + raised


def pattern(expected):
    """The stored output as a regular expression: there, a backslash makes a character special."""
    parts = re.split(r"\\(.)", expected, flags=re.DOTALL)
    return "".join(part if special else re.sub(r"[][.+*?(){}|^$]", r"\\\g<0>", part)
                   for part, special in zip(parts, itertools.cycle([False, True])))
