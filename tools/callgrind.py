"""Counts instructions on the Unix port with valgrind's callgrind: the same in each run.

The script marks the ends of what is to be counted by calls of MARK, a function in C that does
nothing of note: callgrind writes a file of its own for what ran before each of them.
"""

import re
import tempfile
from pathlib import Path

import bench_run
import system_packages

MARK = "gc_isenabled"


class Count:
    """What ran between two marks: `total` instructions, and `rows` that say where.

    A row is (function, address, instructions, [(caller, times) ...]); the callers are with the
    first instruction of a function alone.
    """

    def __init__(self, text):
        self._text = text
        self.total = int(re.search(r"(?m)^summary: (\d+)", text)[1])

    def rows(self):
        names = {}
        function = callee = None
        address = 0
        called = False
        for line in self._text.splitlines():
            key, _, rest = line.partition("=")
            if key in ("fn", "cfn"):
                name = _name(rest, names)
                if key == "fn":
                    function = name
                else:
                    callee = name
            elif key == "calls":
                times, target = rest.split()[:2]
                # its position counts on from that of the instruction before, as a cost's does
                yield callee, _position(target, address), 0, [(function, int(times))]
                called = True
            elif re.match(r"[0-9+*-]", line):
                position, _, cost = line.split()
                address = _position(position, address)
                if not called:
                    yield function, address, int(cost), []
                called = False  # the line after `calls=` has what the callee took


def _name(text, names):
    """A function is named once, `(7) main`, and is `(7)` from then on; `'2` recurs."""
    number, _, name = text.partition(" ")
    if name:
        names[number] = re.sub(r"@.*|'\d+$", "", name)
    return names[number]


def _position(text, address):
    if text == "*":
        return address
    return address + int(text, 0) if text[0] in "+-" else int(text, 0)


def workload(name, **settings):
    """Run a workload of bench under callgrind; return [(row, Count, Count) ...].

    A row is what the harness hands in for an operation of a peer, the counts are those of its
    turns and of twice as many: their difference is without what starting and ending take.
    """
    system_packages.ensure_command("valgrind")
    with tempfile.TemporaryDirectory() as folder:
        under = ["valgrind", "-q", "--tool=callgrind", "--dump-instr=yes", f"--dump-before={MARK}",
                 f"--callgrind-out-file={folder}/count"]
        rows = bench_run.run(name, "unix", options={"under": under}, **settings)
        rows = [row for row in rows if "operations" in row]
        # Four marks a row: before and after the turns, before and after twice as many.
        counts = [Count(Path(folder, f"count.{number}").read_text())
                  for row in range(len(rows)) for number in (4 * row + 2, 4 * row + 4)]
    return list(zip(rows, counts[::2], counts[1::2], strict=True))


def instructions(name, **settings):
    """Each operation of a workload as a row for bench_report.entries: tickslot's instructions.

    Nobody else's are counted, so that nobody leaves a heap behind that is searched for longer.
    """
    return [{"name": row["name"], "headline": row["headline"], "unit": "instructions",
             "values": {"tickslot": (twice.total - once.total) / row["operations"]}}
            for row, once, twice in workload(name, PROFILE=(None, "tickslot"), **settings)]
