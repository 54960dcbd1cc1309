#!/usr/bin/env python3
"""Run every check that needs no MicroPython: ruff, the type check, the lint of hot functions.

The type check uses the types of MicroPython's modules, not those of CPython's.
"""

import argparse
import os
import subprocess
import sys

import dev_venv
from common import ROOT, Error, run, say

PACKAGE = ROOT / "lib" / "tickslot"


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    dev_venv.prepare()
    bin_folder = dev_venv.VENV / "bin"
    checks = {
        "ruff": [bin_folder / "ruff", "check", "--quiet"],
        "types": [bin_folder / "mypy", "--no-error-summary", "--no-site-packages",
                  "--custom-typeshed-dir", dev_venv.TYPINGS],
        "hot functions": [sys.executable, ROOT / "tools" / "lint_hot.py"],
    }
    environment = {**os.environ, "MYPYPATH": f"{dev_venv.TYPINGS}:{ROOT / 'lib'}"}
    failed = []
    for name, command in checks.items():
        code = subprocess.run(command, cwd=ROOT, env=environment,
                              stdin=subprocess.DEVNULL).returncode
        say(f"{name}: {'failed' if code else 'ok'}")
        if code:
            failed.append(name)
    if failed:
        raise Error(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    run(main)
