"""The scripts that need no host, and those that only a board can show, on each board."""

from pathlib import Path

import pytest
import scripts

DEVICE_SCRIPTS = Path(__file__).parent / "mpy"


def on_boards():
    """The scripts that boards run: all of the host's but those that need it, and our own."""
    return [script for script in [*scripts.discover(), *scripts.discover(DEVICE_SCRIPTS)]
            if "host" not in script.needs]


@pytest.mark.parametrize("script", on_boards(), ids=lambda script: script.name)
def test_script(board, script):
    verdict = board.run(script.path)
    print(verdict.output)
    if verdict.outcome == "skip":
        pytest.skip(verdict.reason)
    if verdict.outcome == "fail":
        pytest.fail(f"{script.name}: {verdict.reason}\n{verdict.output}", pytrace=False)


def test_hanging_script_fails_alone_and_the_board_is_restarted(board, tmp_path):
    script = tmp_path / "hangs.py"
    script.write_text("print('going')\nwhile True:\n    pass\n")
    verdict = board.run(script, timeout=2)
    assert verdict.outcome == "fail"
    assert "still running after 2 s; it was restarted" in verdict.reason
    assert "going" in verdict.output
    script.write_text("print('OK')\n")
    assert board.run(script).outcome == "pass"


def test_helper_module_is_there_without_a_file_system(board, tmp_path, monkeypatch):
    helper = tmp_path / "check.py"
    helper.write_text("LIMIT = 3\ndef limited(x): return min(x, LIMIT)\n")
    monkeypatch.setattr("scripts.HELPER", helper)
    script = tmp_path / "uses_it.py"
    script.write_text("import check\nfrom check import limited\n"
                      "print(limited(5), check.LIMIT)\nprint('OK')\n")
    assert board.run(script) == scripts.Verdict("pass", "", "3 3\nOK\n")


def test_raising_script_fails_with_its_traceback(board, tmp_path):
    script = tmp_path / "raises.py"
    script.write_text("print('first')\nraise ValueError('no')\n")
    verdict = board.run(script)
    assert verdict.outcome == "fail"
    assert verdict.output.startswith("first\nTraceback") and "ValueError: no" in verdict.output
