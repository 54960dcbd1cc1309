#!/usr/bin/env python3
"""Measure tickslot, asyncio and the bare limit side by side: a table, bench.json, bench.svg.

    python3 tools/bench.py                      everything, in some minutes
    python3 tools/bench.py --quick              the headline of each workload, in a minute; QUICK=1
    python3 tools/bench.py --only switch,timeout    or make bench ONLY=switch,timeout; `flash`
                                                measures the flash, in a few seconds
    python3 tools/bench.py --compare OLD.json   and print what has changed since OLD.json
    python3 tools/bench.py --check              fail if an exact figure is worse than in the
                                                baseline by more than 3 %
    python3 tools/bench.py --accept             write the new figures to the baseline and to
                                                README.md

There are two places. On the Unix port the peers take turns in one process: trust the ratios, not
the times. valgrind, if it is installed, counts instructions there. On the virtual Pico time is
emulated: it is the same in each run, and leaves out the wait for flash. --check compares the Pico's
times, instructions, bytes and sizes, and never the Unix port's times. A figure can get worse though
nobody changed its code: MicroPython's cache of attributes is indexed by the numbers of names, and
a new name anywhere changes these numbers.

The workloads are scripts in tools/bench/workloads. If tickslot does not have a workload's feature
yet, the tool says so and leaves the workload out.
"""

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bench_report as report
import bench_run
import callgrind
import dev_venv
import firmware_size
import system_packages
import virtual_pico
from common import BUILD, ROOT, Error, run, say

BASELINE = bench_run.HOME / "baseline.json"
GOALS = bench_run.HOME / "goals.json"
README = ROOT / "README.md"
FIGURES = "<!-- tools/bench.py --accept -->\n", "\n<!-- end of figures -->"  # around them
FULL = {"ROUND_US": 2000, "ROUNDS": 51}
QUICK = {**FULL, "ROUNDS": 15, "QUICK": True}
CHECK = {"COLLECTED_ROUNDS": 0}  # does not measure what a peer's garbage costs


def measure(names, places, settings, instructions):
    """Run the workloads; return (entries, {workload or operation: why it was left out})."""
    found, left_out = [], {}

    def one(workload, place):
        say(f"{workload} on the {report.PLACES[place]}")
        return workload, place, bench_run.run(workload, place, **settings)

    results = []
    if "unix" in places:  # one at a time and alone: real time is measured
        results += [one(workload, "unix") for workload in names]
    if "pico" in places:
        virtual_pico.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        emulated = counted = []
        if "pico" in places:  # from the end: the longest one starts first
            emulated = threads.map(lambda workload: one(workload, "pico"), names[::-1])
        if instructions:
            quick = {key: value for key, value in settings.items() if key == "QUICK"}
            counted = threads.map(lambda name: callgrind.instructions(name, **quick), names)
        results += list(emulated)[::-1]
        if instructions and names:
            say("instructions on the Unix port")
        results += [("", "unix", rows) for rows in counted]
    for _, place, rows in results:
        for row in rows:
            if "skipped" in row:
                left_out[f"{row['name']}, {report.PLACES[place]}"] = row["skipped"]
            else:
                found += report.entries(row, place)
    return found, left_out


def flash():
    """The flash that tickslot takes: the core that a Scheduler needs, everything, each module."""
    elf = virtual_pico.FIRMWARE.with_suffix(".elf")
    sums = {"flash, core": firmware_size.total(elf, bench_run.core_modules()),
            "flash, everything": firmware_size.total(elf)}
    rows = [report.flash(name, {kind: kinds[kind] for kind in firmware_size.KINDS})
            for name, kinds in sums.items()]
    rows += [{"name": module, "headline": False, "unit": "bytes of flash",
              "values": {"tickslot": firmware_size.flash(kinds)}}
             for module, kinds in firmware_size.sizes(elf).items()]
    return [entry for row in rows for entry in report.entries(row, "pico")]


def versions():
    return [{"name": name, "place": "host", "value": version, "unit": "version", "peer": None,
             "ratio": None} for name, version in bench_run.versions().items()]


def read(file):
    try:
        return [entry for entry in json.loads(Path(file).read_text())
                if entry["unit"] != "version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Error(f"{file} is no bench.json ({error}): keep a copy of build/bench.json"
                    " before you change something") from None


def write(entries, file):
    """Write one line for each entry, so that a diff of the baseline is readable."""
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[\n{lines}\n]\n")


def check(found, names):
    """Raise an Error where an exact figure is worse than in the baseline."""
    old = [entry for entry in read(BASELINE) if names is None or entry["name"] in names]
    bad = report.worse(old, found)
    if bad:
        raise Error("\n".join([
            *bad, f"{len(bad)} figures are worse than in {BASELINE.name}. Make them good again"
            " (tools/profiler.py says where cycles go); where that is the price of something,"
            " run tools/bench.py --accept", _made_with()]).rstrip())
    say(f"none of {len(report.exact(found))} exact figures is worse than the baseline")


def accept(found):
    """Write the exact figures to the baseline, and some of them to README.md."""
    found = [{key: float(f"{value:.6g}") if isinstance(value, float) else value
              for key, value in entry.items() if key not in ("headline", "spread", "kinds")}
             for entry in found if report.exact([entry])]
    write(versions() + found, BASELINE)
    before, _, rest = README.read_text().partition(FIGURES[0])
    _, _, after = rest.partition(FIGURES[1])
    README.write_text(f"{before}{FIGURES[0]}{report.readme(found)}{FIGURES[1]}{after}")


def _made_with():
    """A note if the baseline was made with another compiler."""
    was = {entry["name"]: entry["value"] for entry in json.loads(BASELINE.read_text())
           if entry["unit"] == "version"}
    now = bench_run.versions()
    other = [f"{name} {was[name]}, here {now.get(name)}" for name in was if was[name] != now[name]]
    return f"(the baseline was made with {'; '.join(other)})" if other else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [*bench_run.workloads(), "flash"]
    parser.add_argument("--quick", action="store_true", help="the headline of each, in a minute")
    parser.add_argument("--only", metavar="NAME,...", help=f"of: {' '.join(known)}")
    parser.add_argument("--place", choices=report.PLACES, help="one of the two places")
    parser.add_argument("--compare", metavar="OLD.json", help="say what has changed since")
    parser.add_argument("--check", action="store_true", help="fail on what got worse")
    parser.add_argument("--accept", action="store_true", help="write the baseline anew")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else known
    unknown = sorted(set(names) - set(known))
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are: {' '.join(known)}")
    if options.accept and (options.only or options.quick):
        parser.error("--accept needs all figures: leave out --only and --quick")
    if options.place == "unix" and (options.check or options.accept):
        parser.error("the Unix port's time is never checked: leave out --place unix")
    old = read(options.compare) if options.compare else None
    dev_venv.prepare()
    exact = options.check or options.accept
    places = [options.place] if options.place else ["pico"] if exact else list(report.PLACES)
    if exact:
        system_packages.ensure("valgrind")
    instructions = (exact or "unix" in places) and system_packages.present("valgrind")
    if "pico" in places:
        bench_run.build_firmware()
    settings = {**(QUICK if options.quick else FULL), **(CHECK if options.check else {})}
    found, left_out = measure([name for name in names if name != "flash"], places, settings,
                              instructions)
    if "unix" in places and not instructions:
        left_out["instructions, Unix port"] = "sudo apt-get install valgrind"
    if "pico" in places and "flash" in names:
        found += flash()
    print(report.table(found))
    for name, why in left_out.items():
        print(f"{name}: {why}")
    print(f"\n{report.CANNOT}\n")
    print(report.goals(json.loads(GOALS.read_text()), found))
    print(", ".join(f"{name} {version}" for name, version in bench_run.versions().items()))
    write(versions() + found, BUILD / "bench.json")
    dev_venv.use()
    report.picture(found, BUILD / "bench.svg")
    say("the same in build/bench.json, and in build/bench.svg")
    subset = options.only or options.quick
    if old:
        if subset or options.place:
            measured = {(entry["name"], entry["place"]) for entry in found}
            old = [entry for entry in old if (entry["name"], entry["place"]) in measured]
        print(report.comparison(old, found))
    if options.accept:
        accept(found)
        say(f"{BASELINE.name} and {README.name} are written: commit them")
    elif options.check:
        check(found, {entry["name"] for entry in found} if subset else None)


if __name__ == "__main__":
    run(main)
