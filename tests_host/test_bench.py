"""What make bench and the profiler make of their figures; the figures here are made up."""

import json
import re
import sys
from xml.etree import ElementTree

import bench
import bench_report as report
import bench_run
import callgrind
import firmware_size
import profiler
import pytest
from common import Error

SWITCH = {"name": "switch, 8 tasks", "headline": True,
          "us": {"tickslot": [100, 110, 400], "asyncio": [160, 176, 640], "limit": [80, 88, 320]},
          "operations": {"tickslot": 1000, "asyncio": 100, "limit": 1000},
          "bytes": {"tickslot": 0, "asyncio": 32, "limit": 0}}
ON_PICO = {**SWITCH, "us": {"tickslot": [1100], "asyncio": [2000], "limit": [900]},
           "operations": {"tickslot": 100, "asyncio": 10, "limit": 100}}
INSTRUCTIONS = {"name": "switch, 8 tasks", "headline": True, "unit": "instructions",
                "values": {"tickslot": 1300}}
SPEED_UP = {"name": "pool", "headline": True, "unit": "times as fast", "values": {"tickslot": 1.9}}


def find(entries, **wanted):
    return [entry for entry in entries if wanted.items() <= entry.items()]


def pico(us, name="switch, 8 tasks", unit="us"):
    return {"name": name, "place": "pico", "headline": True, "steady": True, "value": us,
            "unit": unit, "peer": None, "peer_value": None, "ratio": None, "spread": None}


def test_entries_have_medians_and_ratios_of_each_round():
    entries = report.entries(SWITCH, "unix")
    [asyncio] = find(entries, peer="asyncio", unit="us")
    assert asyncio["value"] == pytest.approx(0.11)
    assert asyncio["ratio"] == pytest.approx(16)
    assert asyncio["spread"] == pytest.approx(0)  # the slow round was slow for both
    [used] = find(entries, peer="asyncio", unit="bytes")
    assert (used["value"], used["peer_value"], used["ratio"]) == (0, 32, None)


COLLECTED = {**SWITCH, "collected": {"tickslot": [0.1, 0.11, 0.4], "asyncio": [2, 2.2, 8],
                                     "limit": [0.08, 0.08, 0.3]}}


def test_the_collector_counts_where_a_peer_makes_garbage():
    [asyncio] = find(report.entries(COLLECTED, "unix"), peer="asyncio", unit="us")
    assert asyncio["ratio"] == pytest.approx(20) and asyncio["peer_value"] == 2.2
    assert asyncio["fresh_ratio"] == pytest.approx(16)
    [limit] = find(report.entries(COLLECTED, "unix"), peer="limit", unit="us")
    assert "fresh_ratio" not in limit
    on_pico = {**ON_PICO, "collected": {"asyncio": [440]}}
    [asyncio] = find(report.entries(on_pico, "pico"), peer="asyncio", unit="us")
    assert (asyncio["ratio"], asyncio["fresh_ratio"]) == (40, pytest.approx(18.2, abs=0.02))


def test_one_round_on_the_pico_has_no_spread():
    [asyncio] = find(report.entries(ON_PICO, "pico"), peer="asyncio", unit="us")
    assert (asyncio["value"], asyncio["peer_value"], asyncio["spread"]) == (11, 200, None)


def test_figure_without_peers():
    [entry] = report.entries(SPEED_UP, "pico")
    assert (entry["value"], entry["peer"], entry["ratio"]) == (1.9, None, None)


def test_table_has_both_places_in_one_line():
    text = report.table(report.entries(COLLECTED, "unix") + report.entries(INSTRUCTIONS, "unix")
                        + report.entries(ON_PICO, "pico") + report.entries(SPEED_UP, "pico")
                        + [pico(5120, "tickslot.burst", "bytes of flash")])
    [line] = [line for line in text.splitlines() if line.startswith("switch, 8 tasks")]
    assert line.split()[3:] == ["0.11", "x20.0", "x16.0", "x0.75", "5%", "1300", "11.0", "200",
                                "x18.2", "x18.2", "9.00", "0", "32.0"]
    assert "pool, virtual Pico" in text and "burst 5120" in text


def test_table_of_one_place():
    [line] = [line for line in report.table(report.entries(ON_PICO, "pico")).splitlines()
              if line.startswith("switch, 8 tasks")]
    assert line.split()[3] == "11.0"


@pytest.mark.parametrize("after, says", [
    (11.0, None), (11.3, None), (10.0, None),
    (11.4, r"switch, 8 tasks: 11.00 us has become 11.40 .* \(\+3.6 %\)")])
def test_worse_by_more_than_the_tolerance(after, says):
    found = report.worse([pico(11.0)], [pico(after)])
    assert re.match(says, found[0]) if says else found == []


def test_a_byte_where_there_was_none_is_worse():
    assert report.worse([pico(0, unit="bytes")], [pico(0.5, unit="bytes")])


def test_a_figure_that_is_gone_is_worse_and_a_new_one_is_not():
    assert "any more" in report.worse([pico(11)], [])[0]
    assert not report.worse([], [pico(11)])


def test_more_is_better_for_a_speed_up():
    times = "times as fast"
    assert report.worse([pico(1.9, unit=times)], [pico(1.7, unit=times)])
    assert not report.worse([pico(1.9, unit=times)], [pico(2.5, unit=times)])


def test_a_desktops_time_never_fails():
    slower = {**SWITCH, "us": {peer: [10 * us for us in rounds]
                               for peer, rounds in SWITCH["us"].items()}}
    assert not report.worse(report.entries(SWITCH, "unix"), report.entries(slower, "unix"))


def test_instructions_are_exact():
    more = {**INSTRUCTIONS, "values": {"tickslot": 1400}}
    [text] = report.worse(report.entries(INSTRUCTIONS, "unix"), report.entries(more, "unix"))
    assert "1300.00 instructions has become 1400.00 on the Unix port" in text


def test_picture_has_both_places(tmp_path):
    pytest.importorskip("pygal")
    report.picture(report.entries(COLLECTED, "unix") + report.entries(ON_PICO, "pico"),
                   tmp_path / "bench.svg")
    text = (tmp_path / "bench.svg").read_text()
    ElementTree.fromstring(text)
    for shown in ("Unix port: us", "virtual Pico: us", "switch, 8 tasks", "fresh", "limit",
                  *report.FOOT):
        assert shown in text
    report.picture([], tmp_path / "empty.svg")


def test_goals():
    goals = [{"name": "switch, 8 tasks", "place": "pico", "unit": "us", "value": 11},
             {"name": "switch, 8 tasks", "place": "unix", "peer": "asyncio", "ratio": 20},
             {"name": "pool", "place": "pico", "unit": "times as fast", "value": 1.8},
             {"name": "not measured", "place": "pico", "unit": "us", "value": 1}]
    text = report.goals(goals, report.entries(SWITCH, "unix") + report.entries(ON_PICO, "pico")
                        + report.entries(SPEED_UP, "pico"))
    assert "2 of 3 goals are met" in text and "16.0 x asyncio, goal 20.0" in text
    assert report.goals(goals[3:], []) == ""


def test_beside_a_goal_that_is_not_met_stands_the_limit():
    on_pico = report.entries(ON_PICO, "pico")
    carried = report.entries({**ON_PICO, "name": "carried",
                              "us": {"tickslot": [1100], "limit": [990]}}, "pico")
    slot = report.entries({"name": "RAM, a slot", "headline": True, "unit": "bytes of RAM",
                           "values": {"tickslot": 218, "asyncio": 36, "limit": 188}}, "pico")
    goal = {"name": "switch, 8 tasks", "place": "pico", "unit": "us", "value": 10}
    of_ram = {"name": "RAM, a slot", "place": "pico", "unit": "bytes of RAM", "value": 48}

    def unmet(goal):
        return report.goals([goal], on_pico + carried + slot).splitlines()[1]

    assert unmet(goal).endswith("11.0 us, goal 10.0, limit 9.00")
    assert unmet({**goal, "limit": "carried"}).endswith("11.0 us, goal 10.0, limit 9.90")
    assert unmet({**goal, "limit": "not measured"}).endswith("11.0 us, goal 10.0")
    assert unmet(of_ram).endswith("218 bytes of RAM, goal 48.0, limit 188")
    of_ratio = {"name": goal["name"], "place": "pico", "peer": "asyncio", "ratio": 20}
    assert unmet(of_ratio).endswith("18.2 x asyncio, goal 20.0")


def test_the_limit_of_flash_is_without_machine_code():
    row = report.flash("flash, core", {"machine code": 600, "bytecode": 300, "names": 100})
    found = report.entries(row, "pico")
    text = report.table(found)
    assert "machine code 600 (60%), bytecode 300 (30%), names 100 (10%)" in text
    [line] = [line for line in text.splitlines() if line.startswith("flash, core, virtual Pico")]
    assert line.split()[4:6] == ["1000", "400"]
    goal = {"name": "flash, core", "place": "pico", "unit": "bytes of flash", "value": 500}
    assert report.goals([goal], found).splitlines()[1].endswith("goal 500, limit 400")


def test_goals_are_of_rows_that_there_are():
    scripts = "".join(path.read_text() for path in bench_run.WORKLOADS.glob("*.py"))
    for goal in json.loads(bench.GOALS.read_text()):
        assert goal["name"].split(",")[0] in scripts or goal["name"].startswith("flash")
        assert goal.get("limit", "") in scripts


def test_what_is_not_steady_never_fails():
    assert not report.worse([{**pico(11), "steady": False}], [{**pico(99), "steady": False}])


def test_check_passes_and_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(bench_run, "versions", lambda: {"compiler": "2"})
    version = {"name": "compiler", "place": "host", "value": "1", "unit": "version", "peer": None,
               "ratio": None}
    bench.write([version, pico(11), pico(30, "sleep")], bench.BASELINE)
    bench.check([pico(11), pico(30, "sleep")], None)
    bench.check([pico(11)], {"switch, 8 tasks"})  # of what was measured alone
    with pytest.raises(Error, match=r"(?s)11.00 us has become 12.00.*1 figures? .*profiler.*"
                                    r"--accept.*made with compiler 1, here 2"):
        bench.check([pico(12), pico(30, "sleep")], None)
    with pytest.raises(Error, match="sleep: no us on the virtual Pico any more"):
        bench.check([pico(11)], None)


def test_readme_has_the_baselines_figures():
    _, begin, rest = bench.README.read_text().partition(bench.FIGURES[0])
    figures, end, _ = rest.partition(bench.FIGURES[1])
    assert begin and end and figures == report.readme(bench.read(bench.BASELINE)), \
        "run tools/bench.py --accept"


def test_accept_writes_the_baseline_and_the_readme(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(bench, "README", tmp_path / "README.md")
    bench.README.write_text("before\n" + "old".join(bench.FIGURES) + "\nafter\n")
    found = [entry for name in report.README_ROWS
             for entry in report.entries({**ON_PICO, "name": name}, "pico")]
    found += report.entries(SWITCH, "unix")
    found += [pico(30 * 1024, "flash, core"), pico(99 * 1024, "flash, everything")]
    bench.accept(found)
    text = bench.README.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "| switch, 8 tasks | 11.0 | 200 | 18.2 | 200 | 18.2 |" in text
    assert "30 KiB for the core, 99 KiB for everything" in text
    kept = bench.read(bench.BASELINE)
    assert not find(kept, place="unix", unit="us") and not report.worse(kept, found)


def test_comparison_says_what_changed():
    old = report.entries(SWITCH, "unix") + report.entries(ON_PICO, "pico") + [pico(5, "gone")]
    faster = {**ON_PICO, "us": {**ON_PICO["us"], "tickslot": [990]}}
    slower = {**SWITCH, "us": {**SWITCH["us"], "asyncio": [320, 352, 1280]}}
    text = report.comparison(old, report.entries(slower, "unix") + report.entries(faster, "pico"))
    assert "11.0 ->     9.90 (-10.0 %)" in text
    assert "gone" in text and "x asyncio" in text and "x limit" not in text
    same = report.comparison(old, old)
    assert "no change\n" in same and "no change beyond the spread" in same
    assert "ratios" not in report.comparison(old, report.entries(ON_PICO, "pico"))


def test_flash_alone(tmp_path, monkeypatch, capsys):
    """No workload runs."""
    kinds = dict.fromkeys(firmware_size.KINDS, 10)
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setattr(bench, "flash", lambda: report.entries(
        report.flash("flash, core", kinds), "pico"))
    monkeypatch.setattr(bench_run, "build_firmware", lambda: None)
    monkeypatch.setattr(bench_run, "run", None)
    monkeypatch.setattr(bench.virtual_pico, "prepare", lambda: None)
    monkeypatch.setattr(sys, "argv", ["bench.py", "--only", "flash"])
    bench.main()
    printed = capsys.readouterr()
    assert "machine code 10 (20%)" in printed.out and "instructions" not in printed.err


def test_compare_with_what_is_no_benchmark(tmp_path):
    with pytest.raises(Error, match="keep a copy of build/bench.json"):
        bench.read(tmp_path / "none.json")
    (tmp_path / "other.json").write_text(json.dumps({"a": 1}))
    with pytest.raises(Error, match="is no bench.json"):
        bench.read(tmp_path / "other.json")


@pytest.fixture
def workload(tmp_path, monkeypatch):
    """workload(script) runs it on the Unix port, quickly."""
    monkeypatch.setattr(bench_run, "WORKLOADS", tmp_path)

    def run(script):
        (tmp_path / "made_up.py").write_text(script)
        return bench_run.run("made_up", "unix", ROUNDS=3, ROUND_US=100)
    return run


def test_workload_measures_time_and_bytes(workload):
    [row] = workload("import harness\n"
                     "def make(turns):\n"
                     "    def run():\n"
                     "        for _ in range(turns): bytearray(100)\n"
                     "    return run\n"
                     "harness.compare('a', most=50, tickslot=make)\n")
    assert len(row["us"]["tickslot"]) == 3 and 1 <= row["operations"]["tickslot"] <= 50
    assert 100 <= row["bytes"]["tickslot"] <= 256


def test_garbage_is_measured_with_the_collector(workload):
    [row] = workload("import harness\n"
                     "def make(block):\n"
                     "    def prepare(turns):\n"
                     "        def run():\n"
                     "            for _ in range(turns):\n"
                     "                if block: bytearray(block)\n"
                     "        return run\n"
                     "    return prepare\n"
                     "harness.compare('a', tickslot=make(0), asyncio=make(1000))\n")
    collected = row["collected"]
    assert len(collected["tickslot"]) == len(collected["asyncio"]) == 7
    assert row["bytes"]["tickslot"] == 0


def test_workload_of_what_is_not_there_yet(workload):
    [row] = workload("import tickslot.nothing_of_the_kind\n")
    assert "not built yet" in row["skipped"]


def test_workload_that_raises(workload):
    with pytest.raises(Error, match="(?s)made_up on the Unix port.*ZeroDivisionError"):
        workload("1 // 0\n")


def test_instructions_of_a_workload(workload):
    workload("import harness\n"
             "def make(turns):\n"
             "    def run():\n"
             "        for _ in range(turns): pass\n"
             "    return run\n"
             "harness.compare('a', tickslot=make)\n"
             "harness.compare('b', headline=False, tickslot=make)\n"
             "harness.compare('c', threads=True, tickslot=make)\n")
    first = callgrind.instructions("made_up")
    assert [row["name"] for row in first] == ["a", "b"]
    assert 10 < first[0]["values"]["tickslot"] < 1000
    assert callgrind.instructions("made_up", QUICK=True) == first[:1]  # and the same again


@pytest.mark.parametrize("name", bench_run.workloads())
def test_no_operation_takes_a_frame_from_the_heap(name):
    """One of more than 11 words is from there, and given back: neither allocation proof sees it."""
    for row, once, twice in callgrind.workload(name, PROFILE=(None, "tickslot")):
        spent = profiler.on_unix(once, twice, {})
        calls = {function: calls for _, function, _, calls, _
                 in profiler.totals(spent, row["operations"])}
        assert max(calls.values()) >= 1, f"{row['name']}: nothing was counted"
        assert calls.get("gc_alloc", 0) < 0.1, row["name"]


def test_instructions_do_not_depend_on_the_time():
    """With a timer armed the scheduler looks at the clock, and does more at each new tick."""
    printed = bench_run.on_unix(
        "import time\nfrom tickslot.core.clock import sleep_ms, system_clock\nsleep_ms(2)\n"
        "print(time.ticks_us(), system_clock())", {"PROFILE": (None, "tickslot")})
    assert printed == ("0 0\n", "")
    [hits, misses] = callgrind.instructions("timeout")
    assert [hits, misses] == callgrind.instructions("timeout")


def test_core_is_what_a_scheduler_loads():
    core = bench_run.core_modules()
    assert {"tickslot.__init__", "tickslot.core.scheduler", "tickslot.core.sleep"} <= set(core)
    assert "tickslot.observe.trace" not in core


LISTING = """\
10000100 T mp_first
10000200 t fun_data_tickslot_core_run_loop_tickslot_slash_core_slash_run_loop_dot_py
10000300 T mp_last
20000000 A __GcHeapStart
20040000 A __end
"""


def test_profile_by_function():
    symbols = profiler.Symbols(LISTING, profiler.native_functions())
    rows = [[0, 0x10000200, 300, 100, [[0x10000110, 10]]], [0, 0x10000204, 100, 100, []],
            [0, 0x10000102, 50, 10, []], [0, 0x20000400, 50, 10, []], [0, 0x10000304, 0, 0, []]]
    spent = profiler.on_pico(rows, symbols)
    found = profiler.totals(spent, 10)
    assert found[0] == (0, "core.run_loop.run_ready", 40, 1, {"mp_first": 1})
    assert [row[1] for row in found[1:]] == ["mp_first", "__GcHeapStart"]
    text = profiler.table(found, with_callers=True)
    assert "80.0%" in text and "1.00    from mp_first" in text and "50.0    0.40" in text
    detail = profiler.detail(spent, 10, "core.run_loop", lambda start, end: [
        (0x10000200, "push {lr}"), (0x10000202, "nop")])
    assert "30.00   10.00  10000200  push {lr}" in detail
    with pytest.raises(Error, match="no function ran"):
        profiler.detail(spent, 10, "none", None)


# As callgrind writes it: names once, positions that count on, a call's own line behind it.
COUNT = """\
positions: instr line
summary: %d

fn=(1) main
0x100 7 10
cfn=(2) fun_data_tickslot_core_run_loop_tickslot_slash_core_slash_run_loop_dot_py
calls=%d 0x200 0
+4 * %d

fn=(2)
0x200 0 %d
+2 +1 5

fn=(3) memset@@GLIBC_2.2.5
0x90 1 9
-4 -1 1
"""


def test_profile_of_instructions():
    once, twice = (callgrind.Count(COUNT % (25 + cost, calls, cost + 5, cost))
                   for calls, cost in ((2, 50), (4, 90)))
    for count in once, twice:
        assert count.total == sum(row[2] for row in count.rows())
    spent = profiler.on_unix(once, twice, profiler.native_functions())
    assert profiler.totals(spent, 2) == [(0, "core.run_loop.run_ready", 20, 1, {"main": 1})]
    detail = profiler.detail(spent, 2, "core.run_loop", lambda start, end: [(start, "push")])
    assert "20.00   20.00       200  push" in detail


def test_methods_are_numbered_as_freezing_does(tmp_path):
    (tmp_path / "tickslot").mkdir()
    (tmp_path / "tickslot" / "clock.py").write_text(
        "class Clock:\n"
        "    @micropython.viper\n"
        "    def read(self): pass\n"
        "    def bytecode(self): pass\n"
        "    @micropython.native\n"
        "    def later(self): pass\n"
        "    @micropython.viper\n"
        "    def write(self): pass\n")
    symbol = "fun_data_tickslot_clock_Clock_tickslot_slash_clock_dot_py"
    assert profiler.native_functions(tmp_path) == {
        symbol: "clock.Clock.read", f"{symbol}2": "clock.Clock.write",
        "fun_data_tickslot_clock_Clock_later": "clock.Clock.later"}
