"""What the tools share: where things are, how they speak, how they fail."""

import contextlib
import fcntl
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


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
