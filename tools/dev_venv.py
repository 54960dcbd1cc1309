#!/usr/bin/env python3
"""Install the development packages that pyproject.toml pins into build/venv.

The types of MicroPython's modules go to build/typings: in build/venv they would hide CPython's
types from the other tools. A second run does nothing, unless the pins or the Python have changed.
"""

import argparse
import shutil
import subprocess
import sys

import system_packages
from common import BUILD, ROOT, Error, lock, run, say

VENV = BUILD / "venv"
TYPINGS = BUILD / "typings"

# viper's own names, which the stubs do not have.
VIPER = '''
class uint(int): ...
class ptr:
    def __init__(self, address: object, /) -> None: ...
    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...
class ptr8(ptr): ...
class ptr16(ptr): ...
class ptr32(ptr): ...
'''


def prepare():
    """Create or renew build/venv and build/typings if they are not as pinned."""
    if sys.version_info < (3, 11):
        raise Error(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")
    import tomllib  # new in 3.11
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    # not sys.prefix: it differs inside the venv, which would then be made again
    state = f"{sys.version} {sys.base_prefix} {ROOT} {groups} {VIPER}"
    stamp = VENV / "ready"
    with lock(BUILD / "venv.lock"):
        if stamp.exists() and stamp.read_text() == state:
            return
        try:
            import ensurepip  # noqa: F401  Debian has it in a separate package
        except ImportError:
            system_packages.ensure("python3-venv")
        say("creating build/venv")
        _run(sys.executable, "-m", "venv", "--clear", VENV)
        say(f"installing {' '.join(groups['dev'])}")
        _pip(*groups["dev"])
        say(f"installing {' '.join(groups['stubs'])}")
        shutil.rmtree(TYPINGS, ignore_errors=True)
        _pip("--no-deps", "--target", TYPINGS, *groups["stubs"])
        with open(TYPINGS / "stdlib" / "builtins.pyi", "a") as file:
            file.write(VIPER)
        stamp.write_text(state)


def use():
    """Let this Python import the packages of build/venv."""
    for folder in map(str, (VENV / "lib").glob("python3*/site-packages")):
        if folder not in sys.path:
            sys.path.insert(0, folder)


def _pip(*arguments):
    _run(VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input",
         "--disable-pip-version-check", *arguments)


def _run(*command):
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Error("\n".join([*done.stdout.splitlines()[-8:],
                               f"{' '.join(map(str, command))} failed"]))


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    prepare()


if __name__ == "__main__":
    run(main)
