#!/usr/bin/env python3
"""Put firmware on the board that is plugged in.

    python3 tools/flash.py RPI_PICO                       the one Pico in boot loader mode
    python3 tools/flash.py RPI_PICO --port /dev/ttyACM0   a running Pico: starts its boot loader
    python3 tools/flash.py ESP32_GENERIC_S3               the one ESP32 on a serial port
    python3 tools/flash.py RPI_PICO --dry-run             only print the plan

rp2 boards: the tool copies the UF2 file to the drive of the boot loader. If there is no drive and
picotool is installed, picotool loads the file. ESP32 boards: esptool, installed from PyPI into
build/flash-venv, writes the image. The tool prints its plan first. It refuses a board or an image
of another chip.
"""

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import firmware
import system_packages
from common import BUILD, ROOT, Error, lock, run, say

VENV = BUILD / "flash-venv"

# The places where desktops mount drives, with or without a folder for the user.
MOUNTS = ("/media/*", "/media/*/*", "/run/media/*/*", "/Volumes/*", "/mnt/*")
BOOT_LOADER_PATIENCE_S = 15

# The Board-ID in the file INFO_UF2.TXT of a boot loader's drive, by chip.
DRIVE_ID = {"rp2040": "RPI-RP2", "rp2350": "RP2350"}
UF2_MAGIC = b"UF2\n"

# The header of an ESP32 image: a magic byte, and the chip's number at its 12th.
ESP_MAGIC = 0xE9
ESP_CHIP = {"esp32": 0, "esp32s3": 9, "esp32c3": 5}

# USB vendors of ESP32 boards: Espressif itself, and makers of serial bridges.
ESP_VENDORS = {0x303A: "Espressif", 0x10C4: "Silicon Labs", 0x1A86: "WCH", 0x0403: "FTDI"}


def plan(board, port=None, image=None):
    """Return (a sentence that says what will be done, the function that does it)."""
    firmware.check_name(board)
    kind, chip = firmware.port(board), firmware.chip(board)
    if kind == "qemu":
        raise Error(f"{board} is no board to plug in: make qemu BOARD={board} runs it")
    image = image or BUILD / board / ("firmware.uf2" if kind == "rp2" else "firmware.bin")
    if not image.exists():
        raise Error(f"there is no {image}: make firmware BOARD={board}")
    check_image(board, chip, image)
    return (_plan_rp2 if kind == "rp2" else _plan_esp32)(board, chip, port, image)


def check_image(board, chip, image):
    """Refuse an image that is not for the board's chip, or not complete."""
    data = image.read_bytes()
    if chip in ESP_CHIP:
        if len(data) < 16 or data[0] != ESP_MAGIC:
            raise Error(f"{image} is no ESP32 image: make firmware BOARD={board}")
        number = struct.unpack_from("<H", data, 12)[0]
        if number != ESP_CHIP[chip]:
            other = next((name for name, value in ESP_CHIP.items() if value == number),
                         f"chip number {number}")
            raise Error(f"{image} is for {other}, {board} is an {chip}")
        return
    if data[:4] != UF2_MAGIC or len(data) % 512:
        raise Error(f"{image} is no whole UF2 file: make firmware BOARD={board}")
    families = {struct.unpack_from("<I", data, at + 28)[0] for at in range(0, len(data), 512)}
    if families != {int(firmware.UF2_FAMILY[chip], 16)}:
        names = [name for name, value in firmware.UF2_FAMILY.items() if int(value, 16) in families]
        raise Error(f"{image} is for {' and '.join(names) or 'another chip'}, {board} is an {chip}")


# rp2

def _plan_rp2(board, chip, port, image):
    if port and not Path(port).is_dir():
        return _plan_rp2_running(board, chip, port, image)
    drive = Path(port) if port else find_drive(board, chip)
    if drive:
        check_drive(board, chip, drive)
        return (f"will copy {_shown(image)} ({image.stat().st_size:,} bytes) to {drive}, "
                f"which restarts the {chip}", lambda: copy(image, drive))
    if shutil.which("picotool"):
        return (f"will load {_shown(image)} with picotool into the one {chip} it finds",
                lambda: _command("picotool", "load", "-f", "-v", "-x", image))
    raise Error(f"no board in boot loader mode: hold BOOTSEL while you plug the {board} in (its "
                "drive must be mounted), or name the serial port of a running one with PORT=")


def _plan_rp2_running(board, chip, port, image):
    if not Path(port).exists():
        raise Error(f"there is no {port}; " + _ports_there_are())

    def flash():
        _command(_python(), "-m", "mpremote", "connect", port, "bootloader")
        say("waiting for the boot loader's drive")
        deadline = time.monotonic() + BOOT_LOADER_PATIENCE_S
        while time.monotonic() < deadline:
            drive = find_drive(board, chip)
            if drive:
                check_drive(board, chip, drive)
                return copy(image, drive)
            time.sleep(0.5)
        if shutil.which("picotool"):
            return _command("picotool", "load", "-v", "-x", image)
        raise Error(f"the {board} is in its boot loader, and its drive is not mounted: mount it, "
                    f"then make flash BOARD={board} PORT=<where>")

    return (f"will send the board on {port} to its boot loader, and copy {_shown(image)} to the "
            "drive that appears", flash)


def drives():
    """List the mounted drives of UF2 boot loaders as {folder: Board-ID}."""
    found = {}
    for pattern in MOUNTS:
        for folder in Path("/").glob(pattern.lstrip("/")):
            about = folder / "INFO_UF2.TXT"
            try:
                lines = about.read_text(errors="replace").splitlines()
            except OSError:
                continue
            found[folder] = next((line.partition(":")[2].strip() for line in lines
                                  if line.startswith("Board-ID:")), "an unknown board")
    return found


def find_drive(board, chip):
    """Return the one mounted drive of the board's chip; None if there is no drive."""
    there = drives()
    fitting = [folder for folder, name in there.items() if name == DRIVE_ID[chip]]
    if len(fitting) > 1:
        raise Error(f"several boards are in boot loader mode; choose one with PORT=: "
                    f"{', '.join(map(str, fitting))}")
    if there and not fitting:
        raise Error(f"the board in boot loader mode is {', '.join(there.values())}; "
                    f"{board} is an {chip} ({DRIVE_ID[chip]})")
    return fitting[0] if fitting else None


def check_drive(board, chip, drive):
    try:
        text = (drive / "INFO_UF2.TXT").read_text(errors="replace")
    except OSError:
        raise Error(f"{drive} is not the drive of a boot loader: it has no INFO_UF2.TXT") from None
    if f"Board-ID: {DRIVE_ID[chip]}" not in text:
        raise Error(f"the board on {drive} is not an {chip}, which {board} is")


def copy(image, drive):
    """Copy to the drive; the boot loader starts the firmware with the last block."""
    with open(image, "rb") as source, open(drive / image.name, "wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    say("done")


# esp32

def _plan_esp32(board, chip, port, image):
    about = json.loads((firmware.BOARDS / board / "board.json").read_text())
    offset = about["deploy_options"]["flash_offset"]
    port = port or find_port(board)
    if not Path(port).exists():
        raise Error(f"there is no {port}; " + _ports_there_are())
    # esptool refuses any other chip than that of --chip.
    return (f"will write {_shown(image)} ({image.stat().st_size:,} bytes) at {offset} of the flash "
            f"of the {chip} on {port}, with esptool",
            lambda: _command(_python(), "-m", "esptool", "--chip", chip, "--port", port,
                             "--baud", 460800, "write-flash", "-z", offset, image))


def find_port(board):
    fitting = [port for port, vendor, _ in serial_ports() if vendor in ESP_VENDORS]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise Error(f"several boards are plugged in; choose one with PORT=: {', '.join(fitting)}")
    raise Error(f"no {board} is plugged in; " + _ports_there_are())


def serial_ports():
    """List the serial ports as (device, USB vendor or None, description)."""
    listing = ("import json; from serial.tools import list_ports; print(json.dumps("
               "[[p.device, p.vid, p.description] for p in list_ports.comports()]))")
    done = subprocess.run([_python(), "-c", listing], text=True, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _ports_there_are():
    there = [f"{port} ({description})" for port, _, description in serial_ports()]
    return f"the serial ports are: {', '.join(there)}" if there else "there is no serial port"


# Both

def _python():
    """Return a Python with esptool and mpremote; install them if they are missing."""
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["flash"]
    stamp = VENV / "ready"
    with lock(BUILD / "flash-venv.lock"):
        if not stamp.exists() or stamp.read_text() != str(pins):
            try:
                import ensurepip  # noqa: F401  Debian has it in a separate package
            except ImportError:
                system_packages.ensure("python3-venv")
            say(f"installing {' '.join(pins)}")
            _command(sys.executable, "-m", "venv", "--clear", VENV)
            _command(VENV / "bin" / "python", "-m", "pip", "install", "-qq", *pins)
            stamp.write_text(str(pins))
    return VENV / "bin" / "python"


def _command(*command):
    code = subprocess.run([str(part) for part in command]).returncode
    if code:
        raise Error(f"{Path(command[0]).name} failed with code {code}; nothing on the board can be "
                    "relied on until this succeeds")


def _shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("board", help=f"one of: {' '.join(firmware.names())}")
    parser.add_argument("--port", help="a serial device, or the folder of a boot loader's drive")
    parser.add_argument("--image", type=Path, help="build/<board>/firmware.* by default")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    options = parser.parse_args()
    sentence, act = plan(options.board, options.port, options.image)
    say(sentence)
    if not options.dry_run:
        act()


if __name__ == "__main__":
    run(main)
