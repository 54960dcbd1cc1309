"""Boards that run scripts over their console: the virtual Pico, MicroPython under QEMU, real ones.

    with open_board("virtual-pico") as board:
        verdict = board.run(path)

A script that hangs is given up after `timeout` seconds of the emulator's own (see Patience); the
board is then started afresh. So is one that stops answering, and its script is run once more.
"""

import contextlib
import re
import struct
import warnings
from pathlib import Path

import firmware
import scripts
from common import BUILD, Error, Patience, lock
from console import Console
from mpremote.transport import TransportError
from qemu import MACHINES, Qemu
from virtual_pico import VirtualPico

VIRTUAL = ("virtual-pico", *MACHINES)
TIMEOUT_S = 60  # of a script
MODULES = {"threads": "_thread", "time": "time"}  # what a script's `# needs:` asks a board for

# Without files, the helper becomes a module by hand. The names it defines are its attributes.
INSTALL_HELPER = """\
import sys
class _Module: pass
_module = _Module()
_names = {{"__name__": "check"}}
exec({source!r}, _names)
for _name in _names: setattr(_module, _name, _names[_name])
sys.modules["check"] = _module
del _Module, _module, _names, _name
"""


class Silent(Exception):
    """The board does not answer."""


class StillRunning(Exception):
    """A program did not end in time."""


class Board:
    """A board behind a serial device or a URL that pyserial knows."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.console = None
        self.process = None  # the emulator's
        self.modules = {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        try:
            self.console = Console(self.address)
        except TransportError as error:
            raise Error(f"{error}: is {self.address} the right port, and nobody else using it?"
                        ) from None

    def stop(self):
        if self.console:
            with contextlib.suppress(OSError):  # of a board that is gone
                self.console.close()
            self.console = None

    def restart(self):
        self.stop()
        self.start()

    def fresh(self):
        """Soft reset: an interpreter in which nothing has happened yet."""
        try:
            self._soft_reset()
        except Silent as silent:
            warnings.warn(f"{silent}: it was restarted", stacklevel=2)
            self.restart()
            self._soft_reset()

    def _soft_reset(self):
        try:
            # Out of a program, and out of a raw REPL that another session left half-way.
            self.console.serial.write(b"\r\x03\x03")
            self.console.enter_raw_repl()
        except (TransportError, OSError, struct.error) as error:
            raise Silent(f"{self.name} does not come to its prompt ({error})") from None

    def execute(self, source, timeout=TIMEOUT_S):
        """Run code; return (what it printed, the traceback where it raised), as text."""
        printed = bytearray()
        try:
            self.console.exec_raw_no_follow(source)
            patience = Patience(timeout, self.process and self.process.pid)
            # The output ends with one ^D, the traceback with another.
            while not printed.endswith(b"\x04"):
                left = patience.left()
                if not left:
                    raise StillRunning(f"{self.name} is still running after {timeout} s")
                self.console.read_until(1, b"\x04", left, timeout_overall=left,
                                        data_consumer=printed.extend)
            raised = self.console.read_until(1, b"\x04")
        except (TransportError, OSError, struct.error) as error:
            raise Silent(f"{self.name} stopped answering ({error})") from None
        finally:
            self.printed = printed.decode(errors="replace").replace("\x04", "").replace("\r", "")
        return self.printed, raised.decode(errors="replace").replace("\x04", "").replace("\r", "")

    def has(self, module):
        """Tell whether the board has a module."""
        if module not in self.modules:
            printed, _ = self.execute(f"try:\n import {module}\n print('yes')\n"
                                      "except ImportError: print('no')")
            self.modules[module] = printed.strip() == "yes"
        return self.modules[module]

    def run(self, path, timeout=TIMEOUT_S):
        """Run a script in a fresh interpreter; return the verdict.

        Once more where the board stops answering; never where the script hangs: a lost wake does.
        """
        for again in ("", ", twice"):
            self.printed = ""
            try:
                return self._run(path, timeout)
            except (Silent, StillRunning) as error:
                verdict = scripts.Verdict("fail", f"{error}{again}; it was restarted", self.printed)
                self.restart()
                if isinstance(error, StillRunning):
                    break
                if not again:
                    warnings.warn(f"{error}: it was restarted, and {path.name} run once more",
                                  stacklevel=2)
        return verdict

    def _run(self, path, timeout):
        self.fresh()
        needed = [*imports(path), *(MODULES[need] for need in scripts.read(path).needs)]
        missing = [module for module in needed if not self.has(module)]
        if missing:
            return scripts.Verdict("skip", f"{self.name} has no {', '.join(missing)}", "")
        _, raised = self.execute(INSTALL_HELPER.format(source=scripts.HELPER.read_text()))
        if raised:
            return scripts.Verdict("fail", "the module check does not run here", raised)
        printed, raised = self.execute(path.read_bytes(), timeout)
        # A SystemExit is how a script skips itself on the Unix port.
        if "SystemExit" in raised.strip().splitlines()[-1:]:
            raised = ""
        return scripts.judge(printed + raised, code=1 if raised else 0)


def survives_soft_resets(board, program, printed, times=10):
    """A program that leaves core 1 busy prints the same after each of so many soft resets.

    User problems #8494 and #16619: a soft reset with core 1 busy locks up.
    """
    for _ in range(times):
        assert board.execute(program) == (printed, "")
        board.fresh()


class VirtualPicoBoard(Board):
    """The virtual Pico with the firmware of RPI_PICO; `options` are VirtualPico's."""

    def __init__(self, **options):
        super().__init__("the virtual Pico", None)
        self.pico = VirtualPico(**{"fast": True, **options})

    def start(self):
        self.pico.start()
        self.process = self.pico.process
        self.address = self.pico.url
        super().start()

    def stop(self):
        super().stop()
        self.pico.stop()


class QemuBoard(Board):
    """Firmware of one of upstream's QEMU boards."""

    def __init__(self, name):
        super().__init__(name, None)
        self.qemu = Qemu(name)

    def start(self):
        self.qemu.start()
        self.process = self.qemu.process
        self.address = self.qemu.terminal
        super().start()

    def stop(self):
        super().stop()
        self.qemu.stop()


def open_board(name):
    """Return the board of that name, or on that port, with firmware that is up to date."""
    if name not in VIRTUAL:
        return Board(f"the board on {name}", name)
    build_firmware("RPI_PICO" if name == "virtual-pico" else name)
    return VirtualPicoBoard() if name == "virtual-pico" else QemuBoard(name)


def build_firmware(name):
    with lock(BUILD / "build_unix.lock"):
        firmware.build(name)


def imports(path):
    """List the modules that a script imports at its top level, but tickslot and the helper."""
    found = re.findall(r"(?m)^(?:import|from) ([\w.]+(?:, *[\w.]+)*)", Path(path).read_text())
    names = [name.strip().split(".")[0] for line in found for name in line.split(",")]
    return sorted(set(names) - {"tickslot", "check"})
