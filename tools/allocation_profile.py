#!/usr/bin/env python3
"""Run a program on MicroPython's Unix port and report how many bytes each task allocates.

    python3 tools/allocation_profile.py program.py [--seconds 10]

The tool measures each Scheduler that the program makes. It interrupts the program after --seconds.
The bytes are those of a 64-bit machine; a board needs half of them.
"""

import argparse
import os
import subprocess
from pathlib import Path

from common import BUILD, Error, run

MICROPYTHON = BUILD / "unix" / "micropython"

PROGRAM = """
import tickslot
from tickslot.observe.allocation_profile import AllocationProfile
profiles = []
Scheduler = tickslot.Scheduler
def profiled(*arguments, **named):
    scheduler = Scheduler(*arguments, **named)
    profiles.append(AllocationProfile(scheduler))
    return scheduler
tickslot.Scheduler = profiled
try:
    with open({path!r}) as file:
        exec(compile(file.read(), {path!r}, "exec"), {{"__name__": "__main__"}})
except KeyboardInterrupt:
    pass
for profile in profiles:
    profile.report()
"""


def profile(path, seconds, micropython=MICROPYTHON):
    """Run the program; return what it and the profile print."""
    if not micropython.exists():
        raise Error(f"{micropython} is not built: make unix")
    program = PROGRAM.format(path=path.name)
    process = subprocess.Popen([micropython, "-c", program], cwd=path.resolve().parent,
                               env=os.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(2)  # as Ctrl-C does
        output, _ = process.communicate(timeout=120)
    if process.returncode:
        raise Error(f"{path} ended with {process.returncode}:\n{output}")
    return output


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    print(profile(arguments.program, arguments.seconds), end="")


if __name__ == "__main__":
    run(main)
