#!/usr/bin/env python3
"""Build MicroPython firmware with tickslot frozen in.

    python3 tools/firmware.py RPI_PICO        build/RPI_PICO/firmware.uf2, .bin, .elf, size.txt
    python3 tools/firmware.py VIRT_RV32       build/VIRT_RV32/firmware.elf, for QEMU

The boards are the folders of boards/ (its README.md says what each needs). MicroPython's source is
the same as for the Unix port (source.py). For rp2 boards the SDK and other missing parts come from
the distribution's packages and stay under build/. Objects are kept, so a second run is quick. The
same source gives the same bytes. ESP32 boards need ESP-IDF; IDF_PATH names its folder.
"""

import argparse
import datetime
import json
import os
import re
import shutil
import sys
import time
import tomllib
from pathlib import Path

import build_unix
import debian
import expand
import firmware_size
import source
import system_packages
from common import BUILD, ROOT, Error, lock, run, run_logged, say

BOARDS = ROOT / "boards"
REFERENCE = tomllib.loads((ROOT / "firmware" / "reference.toml").read_text())

# The chip (as board.json says) to the family that its UF2 files name.
UF2_FAMILY = {"rp2040": "0xe48bff56", "rp2350": "0xe48bff59"}
FLASH_START = "0x10000000"

ARM_COMPILER = ("cmake", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi",
                "libstdc++-arm-none-eabi-newlib")
QEMU_COMPILER = {"arm": ("gcc-arm-none-eabi", "libnewlib-arm-none-eabi"),
                 "riscv32": ("gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf")}


def names():
    """List the boards that firmware is built for."""
    return sorted(path.parent.name for path in BOARDS.glob("*/mpconfigboard.*k*")
                  if path.suffix in (".cmake", ".mk"))


def check_name(board):
    if board not in names():
        raise Error(f"there is no board {board!r}; boards/ has: {' '.join(names())}")


def chip(board):
    """Return the board's chip from board.json, such as "rp2040"; None for a QEMU board."""
    about = BOARDS / board / "board.json"
    return json.loads(about.read_text())["mcu"] if about.exists() else None


def port(board):
    """Return MicroPython's port for the board: "rp2", "esp32" or "qemu"."""
    mcu = chip(board)
    return "qemu" if mcu is None else "esp32" if mcu.startswith("esp32") else "rp2"


def build(board, objects=None, target=None):
    """Build the board's firmware; return the folder of the result.

    objects, target: the folders of intermediate files and of the result; by default in build/.
    """
    check_name(board)
    expand.prepare()
    folder = source.find()
    objects = objects or build_unix.objects(folder) / board
    target = target or BUILD / board
    environment = {
        "MICROPY_GIT_TAG": f"v{source.version(folder)}",
        "MICROPY_GIT_HASH": "",
        "SOURCE_DATE_EPOCH": str(_epoch()),
        "PYTHONHASHSEED": "0",
    }
    kind = port(board)
    if kind == "esp32":
        _check_idf(board)
    elif kind == "rp2":
        system_packages.ensure("gcc", "libc6-dev", "make", *ARM_COMPILER)
    else:
        system_packages.ensure("gcc", "libc6-dev", "make", *QEMU_COMPILER[_qemu_arch(board)])
    environment["MICROPY_MPYCROSS"] = str(build_unix.mpy_cross(folder))
    build_unix.forget_removed_modules(objects)
    (objects / "build.log").unlink(missing_ok=True)
    begin = time.monotonic()
    say(f"{board} ...")
    {"rp2": _build_rp2, "esp32": _build_esp32, "qemu": _build_qemu}[kind](
        board, folder, objects, environment)
    _install(board, folder, objects, target)
    say(f"{board} done in {time.monotonic() - begin:.1f} s: {_shown(target)}")
    return target


def _epoch():
    date = REFERENCE["micropython"]["date"]
    return int(datetime.datetime(date.year, date.month, date.day,
                                 tzinfo=datetime.timezone.utc).timestamp())


# rp2

def _build_rp2(board, folder, objects, environment):
    tree = _complete_tree(board, folder)
    # One name for the source in messages: the bytes must not depend on its folder.
    flags = f"-ffile-prefix-map={tree}=micropython -ffile-prefix-map={ROOT}=tickslot"
    environment.update(CFLAGS=flags, CXXFLAGS=flags, ASMFLAGS=flags)
    environment.pop("PICO_SDK_PATH", None)
    if not (objects / "Makefile").exists():
        # CMake would take half a configuration for a complete one.
        (objects / "CMakeCache.txt").unlink(missing_ok=True)
        # Without picotool, which not every system packages: _install makes the UF2.
        _run(objects, environment,
             "cmake", "-S", tree / "ports" / "rp2", "-B", objects,
             f"-DMICROPY_BOARD={board}", f"-DMICROPY_BOARD_DIR={BOARDS / board}",
             "-DCMAKE_BUILD_TYPE=MinSizeRel", "-DPICO_BUILD_DOCS=0", "-DPICO_NO_PICOTOOL=1")
    _run(objects, environment, "cmake", "--build", objects, f"-j{os.cpu_count()}")


def _complete_tree(board, folder):
    """Return MicroPython's source, with links to the SDK and the libraries that it lacks."""
    missing = [name for name, file in {
        "pico-sdk": "pico_sdk_init.cmake", "tinyusb": "src/tusb.h",
        "mbedtls": "include/mbedtls/ssl.h"}.items()
        if not (folder / "lib" / name / file).exists()]
    _check_wireless(board, folder)
    if not missing and (folder / "lib" / "micropython-lib" / "README.md").exists():
        return folder
    parts = {name: _fetch_part(name) for name in missing}
    tree = build_unix.objects(folder) / "rp2-source"
    wanted = {entry.name: entry for entry in folder.iterdir() if entry.name != "lib"}
    wanted |= {f"lib/{entry.name}": entry for entry in (folder / "lib").iterdir()}
    wanted |= {f"lib/{name}": path for name, path in parts.items()}
    # An empty micropython-lib: the build checks that it is there.
    empty = build_unix.objects(folder) / "no-micropython-lib"
    empty.mkdir(parents=True, exist_ok=True)
    (empty / "README.md").touch()
    if not (folder / "lib" / "micropython-lib" / "README.md").exists():
        wanted["lib/micropython-lib"] = empty
    (tree / "lib").mkdir(parents=True, exist_ok=True)
    for name, path in wanted.items():
        link = tree / name
        if not link.is_symlink() or link.readlink() != path:
            link.unlink(missing_ok=True)
            link.symlink_to(path)
    return tree


def _fetch_part(name):
    version = REFERENCE[name]["version"]
    if name == "mbedtls":
        return debian.fetch("source", "mbedtls", minimum=version)
    return debian.fetch("binary", f"{name}-source", minimum=version) / "usr" / "src" / name


def _check_wireless(board, folder):
    if not board.endswith("_W"):
        return
    needed = {"lib/cyw43-driver": "src/cyw43.h", "lib/lwip": "src/include/lwip/init.h",
              "lib/btstack": "src/btstack.h", "lib/micropython-lib": "README.md"}
    missing = [name for name, file in needed.items() if not (folder / name / file).exists()]
    if missing:
        raise Error(f"{board} needs parts that MicroPython's source in {_shown(folder)} lacks: "
                    f"{', '.join(missing)}.\nThey are submodules of upstream's repository: set "
                    "MICROPY_DIR to a clone in which\n"
                    f"    git submodule update --init {' '.join(needed)} lib/pico-sdk lib/tinyusb "
                    "lib/mbedtls\nhas been run. (RPI_PICO, without the radio, needs none of them.)")


# esp32

def _check_idf(board):
    idf = os.environ.get("IDF_PATH")
    if not idf or not (Path(idf) / "tools" / "idf.py").exists():
        raise Error(f"{board} is built with Espressif's ESP-IDF, which "
                    + (f"is not at IDF_PATH={idf}" if idf else "IDF_PATH does not name")
                    + ".\nInstall ESP-IDF 5.2 or newer "
                    "(https://docs.espressif.com/projects/esp-idf), run its `. export.sh`,\n"
                    "and then this again; the source also needs its submodules "
                    "(MICROPY_DIR, a full clone of upstream).")


def _build_esp32(board, folder, objects, environment):
    _run(objects, environment,
         "make", "-C", folder / "ports" / "esp32", f"BOARD={board}",
         f"BOARD_DIR={BOARDS / board}", f"BUILD={objects}")


# QEMU

def _qemu_arch(board):
    return {"MPS2_AN385": "arm", "VIRT_RV32": "riscv32"}[board]


def _build_qemu(board, folder, objects, environment):
    _run(objects, environment,
         "make", f"-j{os.cpu_count()}", "-C", folder / "ports" / "qemu", f"BOARD={board}",
         f"BOARD_DIR={BOARDS / board}", f"BUILD={objects}")


# Both

def _run(objects, environment, *command):
    run_logged(command, objects / "build.log", command[0], environment)


def _install(board, folder, objects, target):
    """Put the result into `target`, each file in one step."""
    fresh = objects / "result"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in ("firmware.elf", "firmware.bin", "micropython.bin", "firmware.uf2"):
        if (objects / name).exists():
            shutil.copy2(objects / name, fresh / name)
    mcu = chip(board)
    if mcu in UF2_FAMILY:
        _run(objects, {}, sys.executable, folder / "tools" / "uf2conv.py", "-b", FLASH_START,
             "-f", UF2_FAMILY[mcu], "-c", "-o", fresh / "firmware.uf2", fresh / "firmware.bin")
    if (fresh / "firmware.elf").exists():
        (fresh / "size.txt").write_text(firmware_size.report(fresh / "firmware.elf"))
    target.mkdir(parents=True, exist_ok=True)
    for file in fresh.iterdir():
        file.replace(target / file.name)


def _shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("board", help=f"one of: {' '.join(names())}")
    board = parser.parse_args().board
    if re.search(r"\s", str(ROOT)):
        raise Error(f"make cannot build in a folder with a space in its path: {ROOT}")
    with lock(BUILD / "build_unix.lock"):
        target = build(board)
    size = target / "size.txt"
    if size.exists():
        print(size.read_text(), end="")


if __name__ == "__main__":
    run(main)
