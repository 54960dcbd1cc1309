"""What the tools share: paths, messages, errors, locks."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PROGRESS_S = 20


class Error(Exception):
    """A tool cannot go on; the message says why and what to do."""


def say(message):
    """Print a line of progress."""
    print(f"{Path(sys.argv[0]).stem}: {message}", file=sys.stderr, flush=True)


def run(main):
    """Call a tool's main function; an Error ends the tool with its message and exit code 1."""
    try:
        sys.exit(main())
    except Error as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


@contextlib.contextmanager
def lock(file):
    """Hold the lock `file`: another process that wants it waits until this one is done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


class Patience:
    """A time limit for a process that may hang: `seconds`, without its waits for a processor.

    On a busy machine a process may take many times as long and still not hang.
    """

    def __init__(self, seconds, pid):
        self._pid = pid
        self._end = time.monotonic() + seconds - self._waited()

    def left(self):
        """Return the seconds that are left, at least 0."""
        return max(self._end + self._waited() - time.monotonic(), 0)

    def _waited(self):
        """Return the longest time that a thread of the process was ready and did not run."""
        longest = 0
        for file in Path(f"/proc/{self._pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # a thread that has ended meanwhile
                longest = max(longest, int(file.read_text().split()[1]))
        return longest / 1e9


def communicate(process, seconds):
    """Return what the process prints, as its own communicate() does; kill it if it hangs.

    Then subprocess.TimeoutExpired is raised, with what was printed until then.
    """
    patience = Patience(seconds, process.pid)
    while True:
        try:
            return process.communicate(timeout=max(patience.left(), 0.01))
        except subprocess.TimeoutExpired:
            if not patience.left():
                process.kill()
                process.wait()
                raise


def run_logged(command, log, what, environment=None):
    """Run a step of a build; its output is added to the file `log`, and shown if it fails.

    Every PROGRESS_S, the last line of the log is shown.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with open(log, "a") as file, subprocess.Popen(
            [str(part) for part in command], env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=file, stderr=file) as process:
        code = None
        try:
            while code is None:
                try:
                    code = process.wait(timeout=PROGRESS_S)
                except subprocess.TimeoutExpired:
                    lines = log.read_text(errors="replace").splitlines() or [""]
                    say(f"{what}, after {time.monotonic() - begin:.0f} s: {lines[-1][:60]}")
        except BaseException:
            process.kill()
            raise
    if code:
        tail = [line[:200] for line in log.read_text(errors="replace").splitlines()[-25:]]
        raise Error("\n".join([*tail, f"{what} failed; the whole log: {log}"]))
