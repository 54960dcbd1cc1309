"""The scripts that run on MicroPython: how they are found, run and judged.

The script of `lib/tickslot/sync/lock.py` is `mpy/sync/lock.py`, and those of one behaviour are
`mpy/sync/lock_<behaviour>.py`: test_mirror.py checks it.

A script prints `OK` as its last line and exits with 0, or prints `SKIP <reason>` as its last
line. Comments at its top may say more, each a list separated by commas:

    # needs: host            it cannot run on a board (host: files, sockets, a desktop's speed;
                             threads: the module _thread; time: a clock of the board's own)
    # variants: unix         the variants of boards/ it runs on; all by default
    # also: unfrozen         it is run once more with the package from the file system
    # covers: ato:sleep      the rows of COVERAGE.md that it shows
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from common import communicate

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests_host" / "mpy"
HELPER = ROOT / "tests_host" / "helper" / "check.py"  # the module check, which scripts import
VARIANTS = ("unix", "unix-gil")
TIMEOUT_S = 120  # without what other processes on a busy machine took

FROZEN = ".frozen"
UNFROZEN = f"{ROOT / 'build' / 'lib64'}:.frozen"


@dataclass(frozen=True)
class Script:
    path: Path
    needs: frozenset
    variants: tuple
    also: frozenset

    @property
    def name(self):
        """As in sync/lock.py."""
        return str(self.path.relative_to(FOLDER)) if FOLDER in self.path.parents else self.path.name


@dataclass(frozen=True)
class Verdict:
    outcome: str  # "pass", "skip" or "fail"
    reason: str
    output: str


def is_script(path):
    return path.suffix == ".py" and not path.name.startswith("_")


def discover(folder=FOLDER):
    """Return the scripts of a folder and of those in it, by name."""
    return [read(path) for path in sorted(folder.rglob("*.py")) if is_script(path)]


def read(path):
    """Return the script with what the comments at its top say; a wrong one is a ValueError."""
    said = {"needs": [], "variants": [], "also": []}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            break
        match = re.match(r"#\s*(\w+):\s*(.*)", line)
        if match and match[1] in said:
            said[match[1]] += [word.strip() for word in match[2].split(",")]
    for key, known in (("needs", ("host", "threads", "time")), ("variants", VARIANTS),
                       ("also", ("unfrozen",))):
        for word in said[key]:
            if word not in known:
                raise ValueError(f"{path.name}: `# {key}: {word}`; known: {', '.join(known)}")
    return Script(path, frozenset(said["needs"]), tuple(said["variants"]) or VARIANTS,
                  frozenset(said["also"]))


def judge(output, code=0):
    """Return the verdict on what a script printed and its exit code."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    if code == 0 and last == "OK":
        return Verdict("pass", "", output)
    if code == 0 and last.startswith("SKIP"):
        return Verdict("skip", last[4:].strip(" :") or "the script gives no reason", output)
    if code < 0:
        reason = f"ended by signal {-code}"
    elif code:
        reason = f"exit code {code}"
    else:
        reason = "the last line is neither OK nor SKIP"
    return Verdict("fail", reason, output)


def binary(variant):
    return ROOT / "build" / variant / "micropython"


def run(micropython, path, timeout=TIMEOUT_S, module_path=FROZEN):
    """Run a script on a MicroPython binary; return the verdict.

    module_path: where MicroPython looks for modules, after the helper's folder.
    It would look in the folder of a script that is named on its command line, where select.py
    hides the built-in module.  `execfile` has it look in the current folder instead.
    """
    if not micropython.exists():
        return Verdict("fail", f"{micropython} is not built: make unix", "")
    environment = {**os.environ, "MICROPYPATH": module_path}
    with subprocess.Popen([micropython, "-c", f"execfile({str(path)!r})"], cwd=HELPER.parent,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            output, _ = communicate(process, timeout)
        except subprocess.TimeoutExpired as error:
            output = (error.output or b"").decode(errors="replace")
            return Verdict("fail", f"still running after {timeout} s", output)
    return judge(output.decode(errors="replace"), process.returncode)
