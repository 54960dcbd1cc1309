"""The harness that runs scripts on MicroPython tells passed, skipped and failed apart."""

import common
import pytest
import scripts


def write(folder, text):
    path = folder / "area_behaviour.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize("output, code, outcome, reason", [
    ("OK\n", 0, "pass", ""),
    ("some\nOK\n\n", 0, "pass", ""),
    ("SKIP no threads here\n", 0, "skip", "no threads here"),
    ("SKIP\n", 0, "skip", "the script gives no reason"),
    ("", 0, "fail", "the last line is neither OK nor SKIP"),
    ("OK\nand more\n", 0, "fail", "the last line is neither OK nor SKIP"),
    ("NOT OK\n", 0, "fail", "the last line is neither OK nor SKIP"),
    ("OK\n", 1, "fail", "exit code 1"),
    ("SKIP it\n", 1, "fail", "exit code 1"),
    ("OK\n", -11, "fail", "ended by signal 11"),
])
def test_judge(output, code, outcome, reason):
    verdict = scripts.judge(output, code)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_comments_at_the_top_are_read(tmp_path):
    script = scripts.read(write(tmp_path, "# What it tests.\n# needs: host, threads\n"
                                          "# variants: unix\n# also: unfrozen\n"
                                          "import x\n# variants: unix-gil\n"))
    assert script.name == "area_behaviour.py"
    assert script.needs == {"host", "threads"}
    assert script.variants == ("unix",)
    assert script.also == {"unfrozen"}


def test_without_comments_it_runs_everywhere(tmp_path):
    script = scripts.read(write(tmp_path, "print('OK')\n"))
    assert (script.needs, script.variants) == (frozenset(), scripts.VARIANTS)


def test_unknown_word_is_refused(tmp_path):
    with pytest.raises(ValueError, match="known: host, threads"):
        scripts.read(write(tmp_path, "# needs: hots\n"))


def test_discover_leaves_out_helpers(tmp_path):
    (tmp_path / "room").mkdir()
    for name in ("area_b.py", "area_a.py", "room/area_c.py", "_helper.py", "data.txt"):
        (tmp_path / name).touch()
    assert [script.name for script in scripts.discover(tmp_path)] == [
        "area_a.py", "area_b.py", "area_c.py"]


@pytest.mark.parametrize("text, outcome, reason", [
    ("import tickslot\nprint(tickslot.__file__)\nprint('OK')", "pass", ""),
    ("print('SKIP', 'not here')", "skip", "not here"),
    ("print('OK')\nraise ValueError('wrong')", "fail", "exit code 1"),
    ("print('begun')\nwhile True: pass", "fail", "still running after 0.5 s"),
])
@pytest.mark.parametrize("variant", scripts.VARIANTS)
def test_run(tmp_path, variant, text, outcome, reason):
    verdict = scripts.run(scripts.binary(variant), write(tmp_path, text), timeout=0.5)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert verdict.output, "what the script printed is kept"


@pytest.mark.parametrize("variant", scripts.VARIANTS)
def test_a_script_hides_no_module_that_it_is_named_like(tmp_path, variant):
    for name in ("select", "time", "asyncio", "check"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not me')\n")
    path = write(tmp_path, "import asyncio, select, time\nselect.poll, time.sleep, asyncio.run\n"
                           "import check\ncheck.equal(1, 1)\nprint('OK')\n")
    assert scripts.run(scripts.binary(variant), path).outcome == "pass"


def test_missing_binary_names_the_fix(tmp_path):
    verdict = scripts.run(tmp_path / "micropython", write(tmp_path, "print('OK')"))
    assert verdict.outcome == "fail" and "make unix" in verdict.reason


@pytest.mark.parametrize("module_path, where", [
    (scripts.FROZEN, "tickslot/__init__.py"),
    (scripts.UNFROZEN, str(scripts.ROOT / "build/lib64/tickslot/__init__.py")),
])
def test_package_comes_from_where_it_is_asked_for(tmp_path, module_path, where):
    path = write(tmp_path, "import tickslot\nprint(tickslot.__file__)\nprint('OK')")
    verdict = scripts.run(scripts.binary("unix"), path, module_path=module_path)
    assert verdict.output.splitlines() == [where, "OK"]


def test_every_script_can_be_read():
    found = scripts.discover()
    if not found:
        pytest.skip("no scripts yet")
    assert any("unfrozen" in script.also for script in found), (
        "one script at least must prove that the package works from the file system:"
        " give it the comment `# also: unfrozen`")


def test_a_limit_leaves_out_what_others_took(monkeypatch):
    clock, waited = [1000.0], [50.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(common.Patience, "_waited", lambda self: waited[0])
    patience = common.Patience(10, 1)
    clock[0] += 30
    waited[0] += 25
    assert patience.left() == 5
    clock[0] += 6
    assert patience.left() == 0
