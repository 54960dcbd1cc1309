#!/usr/bin/env python3
"""Run commands in a clone of this repository on a machine with almost nothing installed.

    python3 tools/fresh_machine.py 'make demo' 'make test-all'
    python3 tools/fresh_machine.py --suite bookworm 'make test'

The machine is a folder with Debian's smallest system and git, gcc, make and python3 (debootstrap).
The tool enters it with chroot, which needs root. Nothing from an earlier run is installed there.
The clone is of HEAD. The settings for apt, PyPI and npm are those of this system. The commands run
one after the other, without a terminal, until one fails: the tool returns its exit code. If the
machine cannot be made, the exit code is 125; with --direct the commands then run in this folder.

Mounts and processes of the machine are in separate name spaces: they end with the tool.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import debian
import system_packages
from common import BUILD, ROOT, Error, lock, run, run_logged, say

HOME = BUILD / "fresh_machine"
PACKAGES = ("git", "gcc", "libc6-dev", "make", "python3", "ca-certificates")
NOT_POSSIBLE = 125

# Files with settings for apt, PyPI and npm, and variables with more settings.
SETTINGS = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/root/.config/pip/pip.conf",
            "/root/.npmrc", "/etc/npmrc", "/etc/ssl/certs/ca-certificates.crt")
VARIABLES = re.compile(r"(?i)(https?|ftp|no|all)_proxy|(pip|npm_config)_\w+|CI|DEBIAN_MIRROR|"
                       r"(SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO)")

# The mounts and processes there end with the first process.
ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
ENTER = """\
mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 125
root=$0
exec chroot "$root" "$@"
"""


class NotPossible(Error):
    """The machine cannot be made here."""


def check():
    """Raise NotPossible if a machine cannot be made and entered."""
    if os.geteuid() != 0:
        raise NotPossible("it needs root")
    done = subprocess.run([*ALONE, "mount", "-t", "proc", "proc", "/proc"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise NotPossible(f"no mounts of one's own: {done.stdout.strip()}")


def pristine(suite, mirror):
    """Return the folder with the smallest system of the suite, as debootstrap makes it."""
    folder = HOME / suite
    if folder.exists():
        return folder
    try:
        system_packages.ensure("debootstrap")
        components = "main"
        if not mirror:
            mirror, components = debian.origin(suite)
        elif "ubuntu" in mirror:
            components = "main universe"
    except Error as error:
        raise NotPossible(str(error)) from None
    say(f"installing the smallest {suite} in {folder}")
    partial = HOME / f"{suite}.partial"
    remove(partial)
    log = HOME / f"{suite}.log"
    log.unlink(missing_ok=True)
    try:
        run_logged(["unshare", "--mount", "debootstrap", "--variant=minbase",
                    f"--include={','.join(PACKAGES)}",
                    f"--components={','.join(components.split())}", suite, partial, mirror,
                    # All of Ubuntu's suites have this script, newer ones than debootstrap as well.
                    *["/usr/share/debootstrap/scripts/gutsy"] * ("ubuntu" in mirror)],
                   log, "debootstrap")
    except Error as error:
        raise NotPossible(str(error)) from None
    partial.rename(folder)
    return folder


def remove(folder):
    """Remove a system's folder, but nothing that is mounted in it."""
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


def settings(root):
    """Copy the settings into the system; return the variables to set there."""
    variables = {name: value for name, value in os.environ.items() if VARIABLES.fullmatch(name)}
    for name in (*SETTINGS, *variables.values()):
        file = Path(name)
        if file.is_absolute() and file.is_file():
            target = root / name.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    if shutil.which("apt-config"):
        said = subprocess.run(["apt-config", "dump"], text=True, stdout=subprocess.PIPE).stdout
        (root / "etc/apt/apt.conf.d/90host").write_text("".join(
            f"{line}\n" for line in said.splitlines()
            if re.match(r'Acquire::(https?::|Check-)\S* "[^"]', line)))
    return {"HOME": "/root", "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **variables}


def clone(target):
    """Clone HEAD."""
    if subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], text=True, check=True,
                      stdout=subprocess.PIPE).stdout:
        say("what is not committed stays out")
    subprocess.run(["git", "clone", "-q", ROOT, target], check=True, stdin=subprocess.DEVNULL)


def timed(command, shown, **options):
    """Run a command without a terminal; print its time; return its exit code."""
    say(f"{shown} ...")
    begin = time.monotonic()
    code = subprocess.run(command, stdin=subprocess.DEVNULL, start_new_session=True,
                          **options).returncode
    seconds = round(time.monotonic() - begin)
    say(f"{shown} {f'failed ({code})' if code else 'done'} after {seconds // 60} min"
        f" {seconds % 60} s")
    return code


def on_fresh_machine(commands, suite, mirror, keep):
    """Run the commands; return the first exit code that is not 0."""
    root = HOME / "root"
    begin = time.monotonic()
    system = pristine(suite, mirror)
    remove(root)
    subprocess.run(["cp", "-a", "--reflink=auto", system, root], check=True)
    try:
        variables = settings(root)
        if "ubuntu" in (root / "etc/os-release").read_text():
            variables.setdefault("DEBIAN_MIRROR", debian.origin(debian.SUITE)[0])
        clone(root / "root" / "tickslot")
        say(f"{suite} is ready after {time.monotonic() - begin:.0f} s")
        enter = [*ALONE, "sh", "-c", ENTER, root, "env", "-i",
                 *(f"{name}={value}" for name, value in variables.items()), "sh", "-c"]
        for command in commands:
            code = timed([*enter, f"cd /root/tickslot\n{command}"], f"{suite}: {command}")
            if code:
                return code
        return 0
    finally:
        if not keep:
            remove(root)


def directly(commands):
    """Run the commands in this folder."""
    for command in commands:
        code = timed(["sh", "-c", command], command, cwd=ROOT)
        if code:
            return code
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commands", nargs="+", metavar="command")
    parser.add_argument("--suite", default=debian.SUITE, help=f"{debian.SUITE} by default")
    parser.add_argument("--mirror", help="where the suite is, if not where apt's sources say; "
                        "debootstrap checks its signature where this system has its keys")
    parser.add_argument("--keep", action="store_true", help="leave the machine's folder there")
    parser.add_argument("--direct", action="store_true",
                        help="where no machine can be had, run the commands here")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # this ends the processes there
    try:
        check()
        with lock(HOME / "lock"):
            return on_fresh_machine(options.commands, options.suite, options.mirror, options.keep)
    except NotPossible as error:
        say(f"no fresh machine: {error}")
        return directly(options.commands) if options.direct else NOT_POSSIBLE


if __name__ == "__main__":
    run(main)
