"""The scripts that need no host, and those that only a board can show, on each board."""

from pathlib import Path

import pytest
import scripts

DEVICE_SCRIPTS = Path(__file__).parent / "mpy"


def on_boards():
    """The scripts that boards run: all of the host's but those that need it, and our own."""
    shared = scripts.discover() if scripts.FOLDER.exists() else []
    return [script for script in [*shared, *scripts.discover(DEVICE_SCRIPTS)]
            if "host" not in script.needs]


@pytest.mark.parametrize("script", on_boards(), ids=lambda script: script.name)
def test_script(board, script):
    verdict = board.run(script.path)
    print(verdict.output)
    if verdict.outcome == "skip":
        pytest.skip(verdict.reason)
    if verdict.outcome == "fail":
        pytest.fail(f"{script.path.name}: {verdict.reason}\n{verdict.output}", pytrace=False)
