#!/usr/bin/env python3
"""Make sure that Debian or Ubuntu packages are installed.

    python3 tools/system_packages.py gcc make cmake

The tool installs missing packages if that needs no password (as root, or if sudo does not ask). It
waits for other installations to end. Otherwise it prints the exact command, and the exit code is 1.
As a module:

    system_packages.ensure("gcc", "make")
    system_packages.ensure_command("node")  # from the package that has it
"""

import argparse
import os
import re
import shutil
import subprocess
import time

from common import Error, run, say

LOCK_PATIENCE_S = 1800  # an upgrade of the whole system may take that long
LOCK_RETRY_S = 2

# The package of a command, if the two names differ.
PACKAGE = {"arm-none-eabi-gcc": "gcc-arm-none-eabi", "arm-none-eabi-nm": "binutils-arm-none-eabi",
           "arm-none-eabi-objdump": "binutils-arm-none-eabi", "dpkg-source": "dpkg-dev",
           "node": "nodejs", "objdump": "binutils", "qemu-system-riscv32": "qemu-system-misc"}


def ensure_command(*commands):
    """Make sure that commands exist; they need not come from packages."""
    ensure(*(PACKAGE.get(command, command) for command in commands if not shutil.which(command)))


def ensure(*names):
    """Install the missing packages, or raise an Error that names the command."""
    missing = [name for name in names if not present(name)]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if not shutil.which("apt-get"):
        raise Error(f"missing: {' '.join(missing)} (as Debian names them); install them first")
    prefix = _without_password()
    if prefix is None:
        raise Error(f"missing packages; install them and try again:\n"
                    f"    sudo apt-get install {' '.join(missing)}")
    say(f"installing {' '.join(missing)}")
    # A fresh machine has no package lists: fetch them, and try again.
    done = _alone([*prefix, *install])
    if done.returncode:
        _alone([*prefix, "apt-get", "update"])
        done = _alone([*prefix, *install])
    if done.returncode:
        raise Error("\n".join([*done.stdout.splitlines()[-8:], f"{' '.join(install)} failed"]))


def present(name):
    """Whether the package, or a command with its name, is there."""
    if shutil.which(name):
        return True
    if not shutil.which("dpkg-query"):
        return False
    status = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", name], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return status.endswith(" installed")


def _without_password():
    """Return the prefix for a command that needs root; None if that asks for a password."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"]
    if os.geteuid() == 0:
        return environment
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n", *environment]
    return None


def _alone(command):
    """Run apt-get; repeat it while another process has one of its locks.

    apt's option for this, DPkg::Lock::Timeout, does not cover the locks of lists and downloads.
    """
    deadline = time.monotonic() + LOCK_PATIENCE_S
    told = False
    while True:
        done = _quietly(command)
        locked = re.search(r"Could not get lock .*", done.stdout)
        if not (done.returncode and locked) or time.monotonic() > deadline:
            return done
        if not told:
            say(f"waiting for another apt or dpkg to end ({locked[0]})")
            told = True
        time.sleep(LOCK_RETRY_S)


def _quietly(command):
    return subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", metavar="package")
    ensure(*parser.parse_args().names)


if __name__ == "__main__":
    run(main)
