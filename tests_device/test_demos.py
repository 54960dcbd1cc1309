"""The demos, each run by mpremote as a user does, on the virtual Pico."""

import re
import subprocess
import sys

import pytest
from common import ROOT
from virtual_pico import VirtualPico

DEMOS = ROOT / "firmware" / "demos"


@pytest.fixture
def run_demo(virtual_pico, tmp_path):
    """Run a demo on a fresh board; return what it prints and the edges of the pins."""
    def run(name):
        edges = tmp_path / "edges"
        with VirtualPico(fast=True, gpio_log=edges) as pico:
            done = subprocess.run(
                [sys.executable, "-m", "mpremote", "connect", pico.url, "run", DEMOS / name],
                text=True, timeout=600, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout)
        assert done.returncode == 0
        pins = [line.split() for line in edges.read_text().splitlines()]
        return done.stdout, [(int(time), int(pin), level) for time, pin, level in pins]
    return run


def test_every_demo_has_a_test_and_a_line_in_the_readme():
    names = {path.name for path in DEMOS.glob("*.py")}
    assert names == {"blink.py", "sampling.py", "pipeline.py", "control_loop.py"}
    assert set(re.findall(r"(?m)^\| `(\w+\.py)`", (DEMOS / "README.md").read_text())) == names


def test_blink(run_demo):
    output, edges = run_demo("blink.py")
    assert output.endswith("toggled 8 times\n")
    times = [time for time, pin, level in edges if pin == 25][-8:]
    levels = [level for _, pin, level in edges if pin == 25][-8:]
    assert levels == ["high", "low"] * 4
    # Timed to the millisecond: the whole train, not only each step, so that nothing drifts.
    for number, time in enumerate(times):
        assert abs(time - times[0] - number * 250_000) < 1000, times


def test_sampling(run_demo):
    output, _ = run_demo("sampling.py")
    lines = output.splitlines()
    assert lines[:-1] == ["mean of 5 samples: 14019"] * 4  # the chip's 27 degrees
    assert re.fullmatch(r"most samples waiting at once: [0-4]", lines[-1])


def test_pipeline(virtual_pico):
    """It runs for ever: here, for its first hundred lines."""
    with VirtualPico(fast=True) as pico, subprocess.Popen(
            [sys.executable, "-m", "mpremote", "connect", pico.url, "run", DEMOS / "pipeline.py"],
            text=True, stdout=subprocess.PIPE) as demo:
        lines = [demo.stdout.readline().rstrip() for _ in range(100)]
        demo.terminate()
    assert "  the sensor is silent" in lines
    means = [int(line.split()[1]) for line in lines if line.startswith("  mean ")]
    assert len(means) > 50 and all(0 < mean < 1000 for mean in means)


# covers: problem:3792
def test_control_loop(run_demo):
    output, _ = run_demo("control_loop.py")
    asyncio, tickslot = (int(worst) for worst in re.findall(r"worst: (\d+) us", output))
    assert asyncio > 8000  # the collector's pauses
    assert tickslot < 2000
    counts = [int(count) for count in re.findall(r"(?m)^  [<o ].{8,9} +(\d+)", output)]
    assert len(counts) == 12 and sum(counts) == 600
