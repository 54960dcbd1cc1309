#!/usr/bin/env python3
"""Say where the cycles of one operation go on the virtual Pico, by function. The same every time.

    python3 tools/profiler.py switch                     of `make bench`'s rows, by its beginning
    python3 tools/profiler.py "sleep, 8" --peer asyncio
    python3 tools/profiler.py switch --callers           who called each function, and how often
    python3 tools/profiler.py switch --detail burst      the cycles at each instruction of burst.*

Viper and native functions of tickslot are rows like those of the firmware; what bytecode takes is
in mp_execute_bytecode and in what that calls. `cycles` are a function's own, not its callees'.
"""

import argparse
import ast
import bisect
import json
import re
import subprocess
from collections import defaultdict

import bench_run
import virtual_pico
from common import BUILD, ROOT, Error, run

ELF = virtual_pico.FIRMWARE.with_suffix(".elf")
FLASH = 0x10000000
MHZ = 125
NATIVE = ("native", "viper")


class Symbols:
    """The firmware's functions, tickslot's native ones among them, by address."""

    def __init__(self, listing, native):
        """listing: what `nm -n` prints. native: {symbol: name}."""
        places = {}
        for line in listing.splitlines():
            address, kind, name = line.split()[0], *line.split()[-2:]
            if kind in "tTrRwWA" and name != "$t":
                places.setdefault(int(address, 16), native.get(name, name))
        self.starts = sorted(places)
        self.names = [places[start] for start in self.starts]

    def at(self, address):
        """(the function's name, where it starts, where the next one does)."""
        index = bisect.bisect(self.starts, address) - 1
        if not FLASH <= address < 1 << 29 and address >> 28 != 2 or index < 0:
            return "boot ROM", 0, FLASH
        if address >= self.starts[-1]:
            return "RAM", self.starts[-1], 1 << 30
        return self.names[index], self.starts[index], self.starts[index + 1]


def native_functions():
    """{symbol: name} of tickslot's: freezing names them by file and class, and numbers them."""
    found = {}
    for path in sorted((ROOT / "lib").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "lib").with_suffix("").parts)
        file = path.relative_to(ROOT / "lib").as_posix().replace("/", "_slash_")
        file = file.replace(".py", "_dot_py")
        count = defaultdict(int)

        def visit(body, scope, module=module, file=file, count=count):
            for node in body:
                if isinstance(node, ast.ClassDef):
                    visit(node.body, (*scope, node.name))
                elif isinstance(node, ast.FunctionDef) and any(
                        isinstance(part, ast.Attribute) and part.attr in NATIVE
                        for part in node.decorator_list):
                    count[scope] += 1
                    symbol = "_".join(["fun_data", module.replace(".", "_"), *scope, file])
                    number = str(count[scope]) if count[scope] > 1 else ""
                    short = ".".join([module.removeprefix("tickslot."), *scope, node.name])
                    found[symbol + number] = short
        visit(ast.parse(path.read_text()).body, ())
    return found


def totals(rows, symbols, operations):
    """[(core, name, cycles, calls, {caller: times}) ...] of one operation, the dearest first."""
    cycles = defaultdict(float)
    callers = defaultdict(lambda: defaultdict(float))
    for core, address, spent, _, calls in rows:
        function = core, symbols.at(address)[0]
        cycles[function] += spent / operations
        for caller, times in calls:
            callers[function][symbols.at(caller)[0]] += times / operations
    found = [(core, name, spent, sum(callers[core, name].values()), dict(callers[core, name]))
             for (core, name), spent in cycles.items() if round(spent, 2)]
    return sorted(found, key=lambda row: -row[2])


def table(found, with_callers=False):
    """The totals as a table."""
    whole = sum(row[2] for row in found)
    two_cores = any(row[0] for row in found)
    lines = [f"{'cycles':>9} {'us':>7} {'share':>6} {'calls':>7}  function"]
    for core, name, cycles, calls, callers in found:
        where = f"  (core {core})" if two_cores else ""
        lines.append(f"{cycles:9.1f} {cycles / MHZ:7.2f} {cycles / whole:6.1%} {calls:7.2f}"
                     f"  {name}{where}")
        if with_callers:
            lines += [f"{'':25}{times:7.2f}    from {caller}"
                      for caller, times in sorted(callers.items(), key=lambda pair: -pair[1])
                      if round(times, 2)]
    lines.append(f"{whole:9.1f} {whole / MHZ:7.2f}                 in all")
    return "\n".join(lines)


def detail(rows, symbols, operations, beginning, disassembly):
    """The instructions of the functions whose names begin so, each with its cycles."""
    spent = {address: (cycles / operations, passes / operations)
             for _, address, cycles, passes, _ in rows if round(cycles / operations, 2)}
    functions = sorted({symbols.at(address) for address in spent
                        if symbols.at(address)[0].startswith(beginning)}, key=lambda f: f[1])
    if not functions:
        raise Error(f"no function ran whose name begins with {beginning!r}: the table has names")
    lines = []
    for name, start, end in functions:
        lines += ["", f"{name}  ({start:#x})", f"{'cycles':>9} {'passes':>7}"]
        for address, text in disassembly(start, end):
            cycles, passes = spent.get(address, (None, None))
            count = f"{cycles:9.2f} {passes:7.2f}" if cycles else " " * 17
            lines.append(f"{count}  {address:8x}  {text}")
    return "\n".join(lines)


def disassemble(start, end):
    """[(address, instruction) ...] of the firmware. Native code is data to the .elf: hence .bin."""
    listing = _output("arm-none-eabi-objdump", "-D", "-b", "binary", "-m", "arm",
                      "-M", "force-thumb", f"--adjust-vma={FLASH:#x}",
                      f"--start-address={start:#x}", f"--stop-address={end:#x}",
                      ELF.with_suffix(".bin"))
    found = re.findall(r"(?m)^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", listing)
    return [(int(address, 16), text.replace("\t", " ")) for address, text in found]


def _output(*command):
    done = subprocess.run([str(part) for part in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Error(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def measure(operation, peer):
    """Run the workload of that operation; return (its name, operations, the emulator's rows)."""
    result = BUILD / "bench" / "profile.json"
    result.parent.mkdir(parents=True, exist_ok=True)
    words = re.split(r"\W+", operation)
    for workload in bench_run.workloads():
        if workload.split("_")[0] != words[0]:
            continue
        for row in bench_run.run(workload, "pico", options={"profile": result},
                                 PROFILE=(operation, peer)):
            if "operations" in row:
                return row["name"], row["operations"], json.loads(result.read_text())
    raise Error(f"no workload has an operation whose name begins with {operation!r} and the peer"
                f" {peer!r}; make bench lists them")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operation", help="a row of make bench, or its beginning")
    parser.add_argument("--peer", default="tickslot", help="tickslot, asyncio or limit")
    parser.add_argument("--callers", action="store_true", help="say who called each function")
    parser.add_argument("--detail", metavar="FUNCTION",
                        help="the instructions of the functions whose names begin so")
    options = parser.parse_args()
    bench_run.build_firmware()
    symbols = Symbols(_output("arm-none-eabi-nm", "-n", ELF), native_functions())
    name, operations, rows = measure(options.operation, options.peer)
    print(f"{name}: {options.peer}, one operation on the virtual Pico")
    print(table(totals(rows, symbols, operations), options.callers))
    if options.detail:
        print(detail(rows, symbols, operations, options.detail, disassemble))


if __name__ == "__main__":
    run(main)
