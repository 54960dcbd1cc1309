#!/usr/bin/env python3
"""Run firmware of one of MicroPython's QEMU boards, with its REPL in this terminal.

    python3 tools/qemu.py VIRT_RV32        a 32-bit RISC-V, the instruction set of the ESP32-C3
    python3 tools/qemu.py MPS2_AN385       a Cortex-M3

Ctrl-A X ends it. The tool builds the firmware first if it is not up to date. As a module, `Qemu`
runs a board in the background, with its console on a pseudo-terminal.
"""

import argparse
import ctypes
import re
import signal
import subprocess

import firmware
import system_packages
from common import BUILD, Error, lock, run

# Each board's program and its arguments.
MACHINES = {
    "MPS2_AN385": ("qemu-system-arm", ["-machine", "mps2-an385"]),
    "VIRT_RV32": ("qemu-system-riscv32", ["-machine", "virt", "-bios", "none"]),
}
_PR_SET_PDEATHSIG = 1


def command(board):
    """Return the command that runs the board, without its console."""
    program, machine = MACHINES[board]
    system_packages.ensure_command(program)
    image = BUILD / board / "firmware.elf"
    if not image.exists():
        raise Error(f"there is no firmware to run: make firmware BOARD={board}")
    return [program, *machine, "-nographic", "-semihosting", "-kernel", image]


class Qemu:
    """A board in the background. It ends with the process that started it, in any case."""

    def __init__(self, board):
        self.board = board
        self.process = self.terminal = None

    def start(self):
        """Start the board; then `terminal` is the device of its console."""
        self.process = subprocess.Popen(
            [*command(self.board), "-monitor", "null", "-serial", "pty"], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent)
        line = self.process.stdout.readline()
        match = re.search(r"/dev/pts/\d+", line)
        if not match:
            raise Error(f"QEMU does not start: {line}{self.process.stdout.read()}")
        self.terminal = match[0]

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


def _end_with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("board", choices=MACHINES)
    board = parser.parse_args().board
    with lock(BUILD / "build_unix.lock"):
        firmware.build(board)
    return subprocess.run([*command(board), "-serial", "mon:stdio"]).returncode


if __name__ == "__main__":
    run(main)
