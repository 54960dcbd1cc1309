#!/usr/bin/env python3
"""Run the tests of tests_device on a board.

    python3 tools/test_device.py                       the virtual Pico; it is started and stopped
    python3 tools/test_device.py --port /dev/ttyACM0   a real board, with tickslot's firmware on it
    python3 tools/test_device.py --port VIRT_RV32      one of MicroPython's QEMU boards

Arguments after `--` go to pytest: `-- -k wheel`.
"""

import argparse
import subprocess

import dev_venv
from common import ROOT, run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", default="virtual-pico", help="a serial device, a URL such as "
                        "socket://127.0.0.1:2040, or the name of a virtual board")
    parser.add_argument("pytest", nargs="*", help="options of pytest, after --")
    options = parser.parse_args()
    dev_venv.prepare()
    return subprocess.run([dev_venv.VENV / "bin" / "python", "-m", "pytest", "tests_device",
                           "--board", options.port, *options.pytest], cwd=ROOT).returncode


if __name__ == "__main__":
    run(main)
