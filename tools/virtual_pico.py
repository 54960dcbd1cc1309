#!/usr/bin/env python3
"""Boot RPI_PICO firmware on the virtual Pico and print how to connect to it.

    python3 tools/virtual_pico.py                    build/RPI_PICO/firmware.uf2, in real time
    python3 tools/virtual_pico.py --fast             skip the time in which the board waits
    python3 tools/virtual_pico.py run script.py      run one script, print its output, and end

If needed, the tool first installs the emulator's npm package and builds its boot ROM, under
build/virtual_pico. tools/virtual_pico/README.md says what is modelled. As a module:

    with VirtualPico(fast=True) as pico:
        ...                                          # connect to pico.url
"""

import argparse
import contextlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import dev_venv
import system_packages
from common import BUILD, ROOT, Error, Patience, lock, run, say

HOME = ROOT / "tools" / "virtual_pico"
CACHE = BUILD / "virtual_pico"
BOOT_ROM = CACHE / "bootrom.bin"
FIRMWARE = BUILD / "RPI_PICO" / "firmware.uf2"
PORT = 2040

BOOT_ROM_SOURCES = ("startup.S", "rom.c", "floating_point.c")
BOOT_ROM_FLAGS = ("-mcpu=cortex-m0plus", "-mthumb", "-Os", "-Wall", "-Wextra", "-Werror",
                  "-ffreestanding", "-fno-builtin", "-fno-tree-loop-distribute-patterns",
                  "-ffunction-sections", "-Wl,--gc-sections", "-nostdlib")
OLDEST_NODE = 18


def prepare():
    """Install the emulator's package and build its boot ROM, if that is not done yet."""
    with lock(CACHE / "lock"):
        _install_package()
        _build_boot_rom()


def _install_package():
    wanted = (HOME / "package-lock.json").read_bytes()
    modules = CACHE / "node_modules"
    stamp = CACHE / "installed.json"
    if modules.exists() and stamp.exists() and stamp.read_bytes() == wanted:
        return
    _check_node()
    say("installing the npm package rp2040js")
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=CACHE) as temporary:
        for name in ("package.json", "package-lock.json"):
            shutil.copy2(HOME / name, temporary)
        _quietly(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                 "npm could not install rp2040js; it needs its registry, or a cache that has it",
                 cwd=temporary)
        shutil.rmtree(modules, ignore_errors=True)
        (Path(temporary) / "node_modules").rename(modules)
    stamp.write_bytes(wanted)


def _check_node():
    system_packages.ensure_command("node", "npm")
    version = subprocess.run(["node", "--version"], text=True, stdout=subprocess.PIPE).stdout
    if int(version.lstrip("v").split(".")[0] or 0) < OLDEST_NODE:
        raise Error(f"node is {version.strip()}; the virtual Pico needs {OLDEST_NODE} or newer")


def _build_boot_rom():
    folder = HOME / "bootrom"
    sources = [folder / name for name in (*BOOT_ROM_SOURCES, "rom.ld")]
    if BOOT_ROM.exists() and BOOT_ROM.stat().st_mtime > max(f.stat().st_mtime for f in sources):
        return
    system_packages.ensure("gcc-arm-none-eabi")
    say("building the boot ROM")
    elf, fresh = CACHE / "bootrom.elf", CACHE / "bootrom.new"
    _quietly(["arm-none-eabi-gcc", *BOOT_ROM_FLAGS, "-T", folder / "rom.ld", *sources[:-1],
              "-lgcc", "-o", elf], "the boot ROM does not build")
    _quietly(["arm-none-eabi-objcopy", "-O", "binary", elf, fresh], "the boot ROM does not build")
    fresh.rename(BOOT_ROM)


def _quietly(command, failure, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Error("\n".join([*done.stdout.strip().splitlines()[-10:], failure]))


class VirtualPico:
    """A running virtual Pico. It ends with the process that started it, in any case."""

    def __init__(self, image=FIRMWARE, *, fast=False, port=0, pty=None, flash=None, log=None,
                 gpio_log=None, profile=None, exit_after_ms=None, verbose=False):
        """flash: the file with the flash chip's contents. log, gpio_log, profile: output files."""
        values = {"--image": image, "--boot-rom": BOOT_ROM, "--port": port, "--pty": pty,
                  "--flash": flash, "--log": log, "--gpio-log": gpio_log, "--profile": profile,
                  "--exit-after-ms": exit_after_ms}
        self.command = ["node", HOME / "main.mjs", "--control", *["--fast"] * fast,
                        *["--verbose"] * verbose]
        for option, value in values.items():
            if value is not None:
                self.command += [option, value]
        self.process = None
        self.url = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start the emulator; then `url` is the address of its console."""
        if not Path(self.command[self.command.index("--image") + 1]).exists():
            raise Error("there is no firmware to boot: make firmware BOARD=RPI_PICO")
        prepare()
        # In a new session: Ctrl-C reaches only this tool, which then ends the emulator.
        self.process = subprocess.Popen([str(part) for part in self.command], text=True,
                                        start_new_session=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=None, bufsize=1)
        self.url = self._answer("console")

    def stop(self):
        """End the emulator; it writes its flash file first."""
        if not self.process:
            return
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process = None

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def reset(self):
        """Press the reset button. Data that is sent after this reaches the board while it boots."""
        self._tell("reset")
        self.time()  # waits for the reset: data on the console could overtake it

    def time(self):
        """Return (emulated microseconds since power on, resets since then)."""
        self._tell("time")
        microseconds, resets = self._answer("time").split()
        return int(microseconds), int(resets)

    def _tell(self, command):
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except (OSError, AttributeError, ValueError):
            raise Error("the virtual Pico is not running") from None

    def _answer(self, word, patience_s=20):
        """Read lines until one begins with `word`; return the rest of that line."""
        patience = Patience(patience_s, self.process.pid)
        while patience.left():
            if select.select([self.process.stdout], [], [], 1)[0]:
                line = self.process.stdout.readline()
                if line.startswith(word):
                    return line[len(word):].strip()
                if not line:
                    raise Error(f"the virtual Pico ended with code {self.process.wait()}")
        raise Error(f"the virtual Pico did not answer in {patience_s} s")


def ensure_firmware(image, renew=False):
    """Build RPI_PICO's firmware if it is the image, and is missing (or `renew`)."""
    if image == FIRMWARE and (renew or not image.exists()):
        import firmware  # not needed for another image
        with lock(BUILD / "build_unix.lock"):
            firmware.build("RPI_PICO")


def console(pico):
    """Return mpremote's raw REPL on a running virtual Pico."""
    dev_venv.use()  # mpremote is a development package
    try:
        from console import Console
    except ImportError:
        raise Error("mpremote is missing: python3 tools/dev_venv.py") from None
    board = Console(pico.url)
    board.enter_raw_repl()
    return board


def run_script(options):
    """Run one script in fast mode; return 0, or 1 if it raised."""
    with VirtualPico(options.image, fast=True, verbose=options.verbose) as pico:
        board = console(pico)
        before = pico.time()[0]

        def show(data):
            sys.stdout.buffer.write(data.replace(b"\x04", b""))
            sys.stdout.buffer.flush()

        _, raised = board.exec_raw(options.script.read_bytes(), timeout=None, data_consumer=show)
        say(f"{(pico.time()[0] - before) / 1000:.3f} emulated ms, with compiling it")
        board.close()
    sys.stderr.write(raised.decode(errors="replace"))
    return 1 if raised else 0


def serve(options):
    """Run the board until Ctrl-C."""
    tty = CACHE / "tty"
    with VirtualPico(options.image, fast=options.fast, port=options.port, pty=tty,
                     flash=options.flash, log=options.log, verbose=options.verbose) as pico:
        mpremote = BUILD / "venv" / "bin" / "mpremote"
        mpremote = mpremote.relative_to(ROOT) if mpremote.exists() else "mpremote"
        print(f"{mpremote} connect {pico.url} run script.py")
        print(f"{mpremote} connect {tty.relative_to(ROOT)} repl", flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        return pico.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", choices=("run",), help="run a script, and end")
    parser.add_argument("script", nargs="?", type=Path)
    parser.add_argument("--image", type=Path, default=FIRMWARE, help=".uf2 or .bin")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the console, {PORT} by default")
    parser.add_argument("--flash", type=Path, default=CACHE / "flash.bin",
                        help="where the flash chip's contents stay; run has a fresh chip")
    parser.add_argument("--log", type=Path, help="write what the board prints")
    parser.add_argument("--fast", action="store_true", help="skip the time in which it waits")
    parser.add_argument("--verbose", action="store_true", help="say what is not modelled")
    parser.add_argument("--install", action="store_true", help="only get ready: install and build")
    options = parser.parse_args()
    if bool(options.command) != bool(options.script):
        parser.error("run needs a script")
    ensure_firmware(options.image, renew=options.install)
    if options.install:
        return prepare()
    prepare()
    return run_script(options) if options.command else serve(options)


if __name__ == "__main__":
    run(main)
