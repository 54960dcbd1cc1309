"""COVERAGE.md has each row that a script says it covers, and no row without a script or `open`."""

import coverage_table
import pytest
from common import Error

TABLE = """\
| row | what must hold | scripts |
|---|---|---|
| ato:sleep | It sleeps. | `core/sleep.py` |
| problem:async-context | It goes on. | open |
"""


def test_the_table_is_up_to_date():
    table = coverage_table.TABLE.read_text()
    assert coverage_table.fill(table, coverage_table.covered()) == table, (
        "python3 tools/coverage_table.py writes it anew")


def test_no_row_is_overlooked():
    lines = [line for line in coverage_table.TABLE.read_text().splitlines()
             if line.startswith("| ") and not line.startswith("| row |")]
    assert len(coverage_table.ROW.findall("\n".join(lines))) == len(lines) > 70


def test_scripts_are_put_in_and_open_goes():
    found = {"ato:sleep": ["core/sleep.py", "core/sleep_days.py"],
             "problem:async-context": ["cores/pool.py"]}
    lines = coverage_table.fill(TABLE, found).splitlines()
    assert lines[2:] == ["| ato:sleep | It sleeps. | `core/sleep.py`, `core/sleep_days.py` |",
                         "| problem:async-context | It goes on. | `cores/pool.py` |"]


@pytest.mark.parametrize("found, says", [
    ({}, "no script covers ato:sleep"),
    ({"ato:sleep": ["a.py"], "ato:slep": ["b.py"]}, "b.py: `# covers: ato:slep`"),
])
def test_a_row_that_is_amiss_is_named(found, says):
    with pytest.raises(Error, match=says):
        coverage_table.fill(TABLE, found)


def test_a_row_that_stands_twice_is_named():
    with pytest.raises(Error, match="two rows ato:sleep"):
        coverage_table.fill(TABLE + TABLE, {"ato:sleep": ["a.py"]})


def test_a_script_may_cover_several_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("common.ROOT", tmp_path)
    monkeypatch.setattr(coverage_table, "SCRIPTS", tmp_path / "tests_host" / "mpy")
    for name in ("tests_host/mpy/core/sleep.py", "tests_device/test_board.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("# needs: time\n# covers: ato:sleep, ato:interval\n")
    both = ["core/sleep.py", "tests_device/test_board.py"]
    assert coverage_table.covered() == {"ato:sleep": both, "ato:interval": both}
