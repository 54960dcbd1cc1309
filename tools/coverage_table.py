#!/usr/bin/env python3
"""Write into tests_host/COVERAGE.md which scripts show each of its rows.

A script names the rows in a line `# covers: ato:sleep, problem:9516`.  A row that no script names
has the word "open" instead, which is written by hand.
"""

import argparse
import re

import common

TABLE = common.ROOT / "tests_host" / "COVERAGE.md"
SCRIPTS = common.ROOT / "tests_host" / "mpy"
ROW = re.compile(r"^\| ([\w-]+:[\w-]+) \| (.+?) \| ?(.*?) ?\|$", re.M)
COVERS = re.compile(r"^# covers: (.+)$", re.M)


def covered():
    """Return {row: names of the scripts and tests that say that they cover it}."""
    found = {}
    for folder in ("tests_host", "tests_device"):
        for path in sorted((common.ROOT / folder).rglob("*.py")):
            name = path.relative_to(SCRIPTS if SCRIPTS in path.parents else common.ROOT)
            for line in COVERS.findall(path.read_text()):
                for row in line.split(","):
                    found.setdefault(row.strip(), []).append(str(name))
    return found


def fill(table, found):
    """Return the table with the names of scripts put in; Error: a row that is amiss."""
    rows = [match[1] for match in ROW.finditer(table)]
    for row in rows:
        if rows.count(row) > 1:
            raise common.Error(f"two rows {row}")
    for row, names in found.items():
        if row not in rows:
            raise common.Error(f"{', '.join(names)}: `# covers: {row}`, but there is no such row")

    def write(match):
        row, what, cell = match.groups()
        names = ", ".join(f"`{name}`" for name in found.get(row, []))
        if not names and cell != "open":
            raise common.Error(f"no script covers {row}, and it is not marked open")
        return f"| {row} | {what} | {names or 'open'} |"

    return ROW.sub(write, table)


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    TABLE.write_text(fill(TABLE.read_text(), covered()))


if __name__ == "__main__":
    common.run(main)
