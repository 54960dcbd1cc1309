"""Runs a workload of tools/bench/workloads in one of two places, and collects its results."""

import json
import os
import platform
import subprocess

import bench_report as report
import dev_venv
import firmware
import system_packages
import virtual_pico
from common import BUILD, ROOT, Error, communicate, lock

HOME = ROOT / "tools" / "bench"
WORKLOADS = HOME / "workloads"
ORDER = ("switch", "sleep", "spawn_join", "channel", "event", "lock", "timeout", "timer",
         "call_soon", "select_4", "call", "call_across", "cross_channel", "pool", "observed",
         "policy")
TIMEOUT_S = 120
MARK = "#bench "
# The Unix port's heap: a Pico's 200 KB hold as many blocks. With the default of 2 MB the Event of
# asyncio would be four times slower, which no real program would see.
HEAP = "512k"
ROOMY = {"timer": "2m"}  # a thousand timers; nobody makes garbage there
BINARY = BUILD / "unix" / "micropython"

# A board has no file system to import the harness from: this makes the module by hand.
INSTALL_HARNESS = """\
import sys
class _Module: pass
sys.modules["harness"] = _module = _Module()
_names = {{"__name__": "harness"}}
exec({source!r}, _names)
for _name in _names: setattr(_module, _name, _names[_name])
"""


def build_firmware():
    """Build RPI_PICO's firmware if anything has changed."""
    with lock(BUILD / "build_unix.lock"):
        firmware.build("RPI_PICO")


def workloads():
    """The names of all workloads, in the order of the table."""
    found = {path.stem for path in WORKLOADS.glob("*.py")}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def run(workload, place, options=None, **settings):
    """Run a workload; return the list of its results, each a dict with its name.

    `settings` are those of harness.py, `options` those of VirtualPico or on_unix. If tickslot does
    not have the feature yet, the result is {"name": ..., "skipped": why}. If the workload raises,
    this raises Error.
    """
    script = (WORKLOADS / f"{workload}.py").read_text()
    if place == "unix":
        printed, raised = on_unix(script, settings, heap=ROOMY.get(workload, HEAP), **options or {})
    else:
        printed, raised = on_pico(script, settings, **options or {})
    if raised:
        last = raised.strip().splitlines()[-1]
        if last.startswith("ImportError"):
            return [{"name": workload, "skipped": f"not built yet ({last[13:]})"}]
        raise Error(f"{workload} on the {report.PLACES[place]}:\n{raised.strip()}")
    return [json.loads(line[len(MARK):]) for line in printed.splitlines() if line.startswith(MARK)]


def on_unix(script, settings=None, under=(), heap=HEAP):
    """Run a script. `under`: a command that runs the binary, such as callgrind's."""
    if not BINARY.exists():
        raise Error("no build/unix/micropython yet: run `make unix`")
    with subprocess.Popen([*under, BINARY, "-X", f"heapsize={heap}", "-c",
                           _prologue(settings or {}) + script],
                          env={**os.environ, "MICROPYPATH": f"{HOME}:.frozen"}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        try:
            output, errors = communicate(process, TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return "", f"still running after {TIMEOUT_S} s: does it wait for what never comes?"
    if process.returncode:
        return output, errors or f"ended with code {process.returncode}"
    return output, ""


def on_pico(script, settings, **options):
    """Run a script on a fresh virtual Pico; `options` are VirtualPico's."""
    dev_venv.use()
    from mpremote.transport import TransportError

    harness = INSTALL_HARNESS.format(source=(HOME / "harness.py").read_text())
    with virtual_pico.VirtualPico(fast=True, **options) as pico:
        board = virtual_pico.console(pico)
        for code in (harness, _prologue(settings) + script):
            try:
                printed, raised = board.exec_raw(code.encode(), timeout=TIMEOUT_S)
            except TransportError as error:
                printed, raised = b"", f"no word in {TIMEOUT_S} s ({error})".encode()
            if raised:
                break
        board.close()
    return printed.decode(errors="replace"), raised.decode(errors="replace").replace("\r", "")


def _prologue(settings):
    """One line before the script, so that a traceback's line numbers are only one too high."""
    return f"import harness; harness.setup(**{settings!r})\n"


def core_modules():
    """The modules that a program loads if it only makes a Scheduler."""
    printed, raised = on_unix("import sys, tickslot\n"
                              "tickslot.Scheduler(1)\n"
                              "print(*(name for name in sys.modules if name[:8] == 'tickslot'))")
    if raised:
        raise Error(f"tickslot does not load:\n{raised.strip()}")
    return ["tickslot.__init__" if name == "tickslot" else name for name in printed.split()]


def versions():
    """The versions of what is measured, and of the compilers."""
    printed, _ = on_unix("import sys, tickslot\n"
                         "print(tickslot.__version__, sys.version.split()[-3])")
    tickslot, micropython = printed.split()
    system_packages.ensure_command("arm-none-eabi-gcc", "gcc")
    compilers = {name: subprocess.run([name, "-dumpfullversion"], text=True,
                                      stdout=subprocess.PIPE).stdout.strip()
                 for name in ("arm-none-eabi-gcc", "gcc")}
    compilers["gcc"] += f" {platform.machine()}"  # the Unix port's
    return {"tickslot": tickslot, "MicroPython": micropython, **compilers}
