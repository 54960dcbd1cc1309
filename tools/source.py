#!/usr/bin/env python3
"""Find MicroPython's source, or fetch it into build/, and print its folder.

The tool takes the first of these that has it, and prints which:

1. the environment variable MICROPY_DIR
2. the cache under build/, from an earlier 3 or 4
3. upstream's git repository at the tag of VERSION, if the network reaches it
4. the distribution's source package (see debian.py)

Delete build/micropython and build/debian to fetch it again.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import debian
from common import BUILD, ROOT, Error, run, say

CACHE = BUILD / "micropython"

VERSION = "1.25.0"
# The commit of that tag: a tag that was moved, or another repository, is refused.
COMMIT = "f498a16c7db6d4b2de200b3e0856528dfe0613c3"
GIT_URL = "https://github.com/micropython/micropython.git"
GIT_PATIENCE_S = 10


def find():
    """Return the folder of MicroPython's source."""
    for place in (_from_environment, _from_cache):
        found = place()
        if found:
            break
    else:
        failures = []
        for place in (_from_git, _from_debian):
            try:
                found = place()
                break
            except Error as error:
                failures.append(str(error))
        else:
            raise Error(_advice(failures))
    folder, where = found
    say(f"MicroPython {version(folder)} from {where}: {_shown(folder)}")
    return folder


def version(folder):
    """Return the version of the source in `folder`, such as "1.25.0"."""
    try:
        text = (folder / "py" / "mpconfig.h").read_text()
    except OSError:
        raise Error(f"{folder} is no MicroPython source: it has no py/mpconfig.h") from None
    number = dict(re.findall(r"#define MICROPY_VERSION_(\w+) (\d+)", text))
    preview = "-preview" if number.get("PRERELEASE", "0") != "0" else ""
    return "{MAJOR}.{MINOR}.{MICRO}".format(**number) + preview


def _from_environment():
    given = os.environ.get("MICROPY_DIR")
    if not given:
        return None
    folder = Path(given).expanduser().resolve()
    try:
        found = version(folder)
    except Error as error:
        raise Error(f"MICROPY_DIR: {error}") from None
    if debian.upstream_version(found) < debian.upstream_version(VERSION):
        raise Error(f"MICROPY_DIR: {folder} has version {found}; tickslot needs {VERSION} or newer")
    return folder, "MICROPY_DIR"


def _from_cache():
    for folder in (CACHE / VERSION, debian.cached("source", "micropython", minimum=VERSION)):
        if folder and folder.exists():
            return folder, "the cache"
    return None


def _from_git():
    if not shutil.which("git"):
        raise Error("upstream's git repository: git is not installed")
    say(f"asking {GIT_URL} for v{VERSION} (at most {GIT_PATIENCE_S} s)")
    _git("ls-remote", "--exit-code", GIT_URL, f"refs/tags/v{VERSION}", patience=GIT_PATIENCE_S)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=CACHE) as temporary:
        say(f"cloning {GIT_URL} at v{VERSION}")
        clone = Path(temporary) / "clone"
        _git("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=10",
             "-c", "advice.detachedHead=false",
             "clone", "--quiet", "--depth=1", f"--branch=v{VERSION}", GIT_URL, clone)
        commit = _git("-C", clone, "rev-parse", "HEAD").strip()
        if commit != COMMIT:
            raise Error(f"upstream's git repository: v{VERSION} is {commit}, expected {COMMIT}")
        folder = CACHE / VERSION
        clone.rename(folder)
    return folder, "upstream's git repository"


def _from_debian():
    return (debian.fetch("source", "micropython", minimum=VERSION),
            "the distribution's source package")


def _git(*arguments, patience=None):
    """Run git, which may not ask for a password; return its output."""
    with subprocess.Popen(["git", *map(str, arguments)], text=True, start_new_session=True,
                          env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as git:
        try:
            output, errors = git.communicate(timeout=patience)
        except BaseException as error:
            # git's helpers keep the pipes open after its end: end the whole group.
            os.killpg(git.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Error(f"upstream's git repository: no answer in {patience} s") from None
            raise
    if git.returncode:
        reason = (errors.strip().splitlines() or [f"v{VERSION} is not there"])[-1]
        raise Error(f"upstream's git repository: {reason}")
    return output


def _advice(failures):
    return "\n".join([
        "found no MicroPython source; provide it in one of three ways:",
        f"  * MICROPY_DIR=<folder> with the source of MicroPython {VERSION} or newer",
        f"  * network access to {GIT_URL}",
        f"  * an apt mirror with the source package micropython {VERSION} or newer"
        " (DEBIAN_MIRROR=<url>)",
        "What was tried:",
        *[f"  {line}" for failure in failures for line in failure.splitlines()]])


def _shown(folder):
    return folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    print(find())


if __name__ == "__main__":
    run(main)
