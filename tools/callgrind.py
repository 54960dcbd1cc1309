"""Counts instructions on the Unix port with valgrind's callgrind: the same in each run.

The script calls MARK, a small function in C, before and after what is counted: callgrind writes a
file for what ran before each of these calls.
"""

import re
import tempfile
from pathlib import Path

import bench_run
import system_packages

MARK = "gc_isenabled"


class Count:
    """What ran between two marks: `total` is the number of instructions, `rows` say where.

    A row is (function, address, instructions, [(caller, times) ...]); only the first instruction
    of a function has callers.
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
                # a position is relative to the instruction before, as in a line with a cost
                yield callee, _position(target, address), 0, [(function, int(times))]
                called = True
            elif re.match(r"[0-9+*-]", line):
                position, _, cost = line.split()
                address = _position(position, address)
                if not called:
                    yield function, address, int(cost), []
                called = False  # the line after `calls=` has the callee's cost


def _name(text, names):
    """A function's name: `(7) main` the first time, then only `(7)`; `'2` marks a recursion."""
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

    A row is the harness's result for an operation of a peer. The counts are those of its turns and
    of twice as many turns: their difference does not contain the start and the end.
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

    Peers are not counted: they would leave a fuller heap, which takes longer to search.
    """
    return [{"name": row["name"], "headline": row["headline"], "unit": "instructions",
             "values": {"tickslot": (twice.total - once.total) / row["operations"]}}
            for row, once, twice in workload(name, PROFILE=(None, "tickslot"), **settings)]
