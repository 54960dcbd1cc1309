#!/usr/bin/env python3
"""Build MicroPython's Unix port with tickslot frozen in, for each variant under boards/.

    python3 tools/build_unix.py              build/unix/micropython, build/unix-gil/micropython
    python3 tools/build_unix.py unix         the first of them alone

MicroPython's source (see source.py) is not changed: the objects go to build/objects, one folder for
each source, so that you can change MICROPY_DIR and change it back. A second run builds only what
has changed. As a module, `mpy_cross(folder)` builds the cross compiler and returns a command that
runs it and fails if the machine code is wrong.
"""

import argparse
import os
import platform
import shlex
import shutil
import time
import zlib
from pathlib import Path

import expand
import source
import system_packages
from common import BUILD, ROOT, Error, lock, run, run_logged, say

VARIANTS = ("unix", "unix-gil")

# Machines for which MicroPython can emit native code, and mpy-cross can do so: not 64-bit ARM.
NATIVE = ("x86_64", "i386", "i686", "armv6l", "armv7l")


# If a branch is too far, mpy-cross before 1.26 prints "ERROR: xtensa bccz out of range", writes a
# truncated branch, and exits with 0. Upstream's makemanifest.py does not show the message.
CHECKED = """\
#!/bin/sh
output=$({mpy_cross} "$@" 2>&1)
code=$?
[ -z "$output" ] || echo "$output"
case "$output" in *ERROR:*)
    for word; do [ "$last" != -o ] || rm -f "$word"; last=$word; done
    exit 1
esac
exit $code
"""


def objects(folder):
    """Return the folder for the objects that are built from the source in `folder`."""
    return BUILD / "objects" / f"{source.version(folder)}-{zlib.crc32(bytes(folder)):08x}"


def mpy_cross(folder):
    """Build mpy-cross from the source in `folder`; return the command that runs and checks it."""
    build = objects(folder) / "mpy-cross"
    make(folder, "mpy-cross", build)
    return checked(build / "mpy-cross")


def checked(mpy_cross):
    """Write a command beside mpy-cross that runs it, and fails if it reports an error."""
    command = mpy_cross.with_name("checked-mpy-cross")
    text = CHECKED.format(mpy_cross=shlex.quote(str(mpy_cross)))
    if not command.exists() or command.read_text() != text:
        command.write_text(text)
        command.chmod(0o755)
    return command


def variant(name, folder, compiler):
    """Build the variant boards/<name>; return the path of its binary."""
    board = ROOT / "boards" / name
    build = objects(folder) / name
    forget_removed_modules(build)
    # micropython-lib is not used, but the makefile checks that it is there.
    library = objects(folder) / "no-micropython-lib"
    library.mkdir(exist_ok=True)
    (library / "README.md").touch()
    make(folder, "ports/unix", build,
         f"VARIANT_DIR={board}",
         f"FROZEN_MANIFEST={board}/manifest.py",
         f"MPY_LIB_DIR={library}",
         MICROPY_MPYCROSS=str(compiler))
    return install(build / "micropython", BUILD / name / "micropython")


def forget_removed_modules(build):
    """Freeze again after a module was removed or a manifest changed: make sees neither."""
    manifests = [*ROOT.glob("boards/*/manifest.py"), *ROOT.glob("firmware/manifest*.py")]
    state = "\n".join([*sorted(str(path) for lib in expand.TARGETS for path in lib.rglob("*.py")),
                       *(file.read_text() for file in sorted(manifests))])
    stamp = build / "frozen-state"
    if not stamp.exists() or stamp.read_text() != state:
        build.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(build / "frozen_mpy", ignore_errors=True)
        (build / "frozen_content.c").unlink(missing_ok=True)
        stamp.write_text(state)


def make(folder, directory, build, *arguments, **environment):
    """Run make in the source; its output goes to a log, and is shown if it fails."""
    build.mkdir(parents=True, exist_ok=True)
    log = build / "build.log"
    log.unlink(missing_ok=True)
    shown = f"MicroPython {source.version(folder)} {Path(directory).name}" \
            + ("" if build.name == Path(directory).name else f", variant {build.name}")
    if not (folder / ".git").exists():
        # Else git would describe the repository around the folder: this one.
        environment["MICROPY_GIT_TAG"] = f"v{source.version(folder)}"
    begin = time.monotonic()
    say(f"{shown} ...")
    run_logged(["make", f"-j{os.cpu_count()}", "-C", folder / directory, f"BUILD={build}",
                *arguments], log, shown, environment)
    say(f"{shown} done in {time.monotonic() - begin:.1f} s")


def install(built, target):
    """Put a copy of the binary at `target`, in one step, if it is not there already."""
    state = f"{built} {built.stat().st_mtime_ns}"
    stamp = target.with_suffix(".installed")
    if not target.exists() or not stamp.exists() or stamp.read_text() != state:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        shutil.copy2(built, fresh)
        fresh.rename(target)  # a running test keeps the file that it started with
        stamp.write_text(state)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variants", nargs="*", metavar="variant",
                        help=f"of: {' '.join(VARIANTS)}; all by default")
    names = parser.parse_args().variants or VARIANTS
    if not set(names) <= set(VARIANTS):
        parser.error(f"the variants are: {' '.join(VARIANTS)}")
    if " " in str(ROOT):
        raise Error(f"make cannot build in a folder with a space in its path: {ROOT}")
    if platform.machine() not in NATIVE:
        raise Error(f"MicroPython makes no native code for {platform.machine()}, and tickslot's"
                    f" hot path is native; it builds on {', '.join(NATIVE)}")
    system_packages.ensure("gcc", "libc6-dev", "make")
    with lock(BUILD / "build_unix.lock"):
        expand.prepare()
        folder = source.find()
        compiler = mpy_cross(folder)
        for name in names:
            print(variant(name, folder, compiler))


if __name__ == "__main__":
    run(main)
