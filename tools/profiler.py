#!/usr/bin/env python3
"""Print the cycles of one operation, by function. They are the same in each run.

    python3 tools/profiler.py switch                     a row of `make bench`, or its beginning
    python3 tools/profiler.py switch --place unix        instructions on the Unix port (callgrind)
    python3 tools/profiler.py "sleep, 8" --peer asyncio
    python3 tools/profiler.py switch --callers           who called each function, and how often
    python3 tools/profiler.py switch --detail core.run_loop
                                                         the cycles at each of its instructions

Viper and native functions of tickslot have rows like those of the firmware. The cost of bytecode
is in mp_execute_bytecode and the functions that it calls. `cycles` are a function's own, without
its callees. The collector is off.
"""

import argparse
import ast
import bisect
import json
import re
import subprocess
from collections import defaultdict

import bench_report as report
import bench_run
import callgrind
import system_packages
import virtual_pico
from common import BUILD, Error, run

ELF = virtual_pico.FIRMWARE.with_suffix(".elf")
FLASH = 0x10000000
MHZ = 125


class Symbols:
    """The firmware's functions by address, tickslot's native ones included."""

    def __init__(self, listing, native):
        """listing: the output of `nm -n`. native: {symbol: name}."""
        places = {}
        for line in listing.splitlines():
            address, kind, name = line.split()[0], *line.split()[-2:]
            if kind in "tTrRwWA" and name != "$t":
                places.setdefault(int(address, 16), native.get(name, name))
        self.starts = sorted(places)
        self.names = [places[start] for start in self.starts]

    def at(self, address):
        """The name of the function at the address."""
        index = bisect.bisect(self.starts, address) - 1
        if not FLASH <= address < 1 << 29 and address >> 28 != 2 or index < 0:
            return "boot ROM"
        if address >= self.starts[-1]:
            return "RAM"
        return self.names[index]


def native_functions(library=BUILD / "lib"):
    """{symbol: name} of tickslot's native functions.

    Freezing names a viper function after its file, and adds a number. It names a native function
    by its own name, which is in its prelude.
    """
    found = {}
    for path in sorted(library.rglob("*.py")):
        module = ".".join(path.relative_to(library).with_suffix("").parts)
        file = path.relative_to(library).as_posix().replace("/", "_slash_")
        file = file.replace(".py", "_dot_py")
        count = defaultdict(int)

        def visit(body, scope, module=module, file=file, count=count):
            for node in body:
                if isinstance(node, ast.ClassDef):
                    visit(node.body, (*scope, node.name))
                elif isinstance(node, ast.FunctionDef):
                    made = {part.attr for part in node.decorator_list
                            if isinstance(part, ast.Attribute)}
                    if not made & {"native", "viper"}:
                        visit(node.body, (*scope, node.name))
                        continue
                    name = file if "viper" in made else node.name
                    count[scope, name] += 1
                    symbol = "_".join(["fun_data", module.replace(".", "_"), *scope, name])
                    number = str(count[scope, name]) if count[scope, name] > 1 else ""
                    short = ".".join([module.removeprefix("tickslot."), *scope, node.name])
                    found[symbol + number] = short
        visit(ast.parse(path.read_text()).body, ())
    return found


class Spent:
    """What ran at one address: `cost` cycles or instructions, in `passes` passes."""

    def __init__(self, function, address, cost, passes, calls, core=0):
        """calls: [(caller's name, times) ...], of a function's first address."""
        self.function = function
        self.address = address
        self.cost = cost
        self.passes = passes
        self.calls = calls
        self.core = core


def on_pico(rows, symbols):
    """The emulator's rows as Spent."""
    return [Spent(symbols.at(address), address, cycles, passes,
                  [(symbols.at(caller), times) for caller, times in calls], core)
            for core, address, cycles, passes, calls in rows]


def on_unix(once, twice, native):
    """callgrind's rows as Spent: the second count minus the first."""
    return [Spent(native.get(function, function), address, sign * cost, sign * cost,
                  [(native.get(caller, caller), sign * times) for caller, times in calls])
            for count, sign in ((once, -1), (twice, 1))
            for function, address, cost, calls in count.rows()]


def totals(spent, operations):
    """[(core, name, cost, calls, {caller: times}) ...] of one operation, highest cost first."""
    costs = defaultdict(float)
    callers = defaultdict(lambda: defaultdict(float))
    for row in spent:
        function = row.core, row.function
        costs[function] += row.cost / operations
        for caller, times in row.calls:
            callers[function][caller] += times / operations
    found = [(core, name, cost, sum(callers[core, name].values()), dict(callers[core, name]))
             for (core, name), cost in costs.items() if round(cost, 2)]
    return sorted(found, key=lambda row: -row[2])


def table(found, place="pico", with_callers=False):
    """The totals as a table."""
    whole = sum(row[2] for row in found)
    two_cores = any(row[0] for row in found)

    def us(cycles):
        return f" {cycles / MHZ:7.2f}" if place == "pico" else ""

    lines = [f"{'cycles':>9} {'us':>7}" if place == "pico" else f"{'instructions':>12}"]
    width = len(lines[0]) - len(us(0))
    lines[0] += f" {'share':>6} {'calls':>7}  function"
    for core, name, cost, calls, callers in found:
        where = f"  (core {core})" if two_cores else ""
        lines.append(f"{cost:{width}.1f}{us(cost)} {cost / whole:6.1%} {calls:7.2f}"
                     f"  {name}{where}")
        if with_callers:
            lines += [f"{times:{width + len(us(0)) + 15}.2f}    from {caller}"
                      for caller, times in sorted(callers.items(), key=lambda pair: -pair[1])
                      if round(times, 2)]
    lines.append(f"{whole:{width}.1f}{us(whole)}{'':17}in all")
    return "\n".join(lines)


def detail(spent, operations, beginning, disassembly):
    """The instructions, with costs, of the functions whose names have this beginning."""
    at = defaultdict(lambda: [0, 0])
    functions = defaultdict(set)
    for row in spent:
        if row.function.startswith(beginning) and row.passes:
            at[row.address][0] += row.cost / operations
            at[row.address][1] += row.passes / operations
            functions[row.function].add(row.address)
    if not functions:
        raise Error(f"no function ran whose name begins with {beginning!r}: the table has names")
    lines = []
    for name, addresses in sorted(functions.items(), key=lambda pair: min(pair[1])):
        lines += ["", f"{name}  ({min(addresses):#x})", f"{'cost':>9} {'passes':>7}"]
        for address, text in disassembly(min(addresses), max(addresses) + 1):
            cost, passes = at[address]
            count = f"{cost:9.2f} {passes:7.2f}" if round(cost, 2) else " " * 17
            lines.append(f"{count}  {address:8x}  {text}")
    return "\n".join(lines)


def disassemble(start, end):
    """[(address, instruction) ...] of the .bin: in the .elf native code is data."""
    return _instructions("arm-none-eabi-objdump", "-D", "-b", "binary", "-m", "arm",
                         "-M", "force-thumb", f"--adjust-vma={FLASH:#x}",
                         f"--start-address={start:#x}", f"--stop-address={end:#x}",
                         ELF.with_suffix(".bin"))


def disassemble_unix(start, end):
    return _instructions("objdump", "-D", "-j", ".text", f"--start-address={start:#x}",
                         f"--stop-address={end:#x}", bench_run.BINARY)


def _instructions(*command):
    found = re.findall(r"(?m)^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", _output(*command))
    return [(int(address, 16), text.replace("\t", " ")) for address, text in found]


def _output(*command):
    system_packages.ensure_command(command[0])
    done = subprocess.run([str(part) for part in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Error(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def measure(operation, place, peer):
    """Run the workload of that operation; return (its name, operations, [Spent ...])."""
    profile = BUILD / "bench" / "profile.json"
    profile.parent.mkdir(parents=True, exist_ok=True)
    native = native_functions()
    first = re.split(r"\W+", operation)[0]
    for workload in bench_run.workloads():
        if f'"{first}' not in (bench_run.WORKLOADS / f"{workload}.py").read_text():
            continue  # it has no row with this beginning
        if place == "unix":
            for row, once, twice in callgrind.workload(workload, PROFILE=(operation, peer)):
                return row["name"], row["operations"], on_unix(once, twice, native)
            continue
        for row in bench_run.run(workload, "pico", options={"profile": profile},
                                 PROFILE=(operation, peer)):
            if "operations" in row:
                symbols = Symbols(_output("arm-none-eabi-nm", "-n", ELF), native)
                rows = json.loads(profile.read_text())
                return row["name"], row["operations"], on_pico(rows, symbols)
    raise Error(f"no workload has an operation whose name begins with {operation!r} and the peer"
                f" {peer!r}; make bench lists them")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("operation", help="a row of make bench, or its beginning")
    parser.add_argument("--place", choices=report.PLACES, default="pico")
    parser.add_argument("--peer", default="tickslot", help="tickslot, asyncio or limit")
    parser.add_argument("--callers", action="store_true", help="say who called each function")
    parser.add_argument("--detail", metavar="FUNCTION",
                        help="the instructions of the functions whose names begin so")
    options = parser.parse_args()
    if options.place != "unix":
        bench_run.build_firmware()
    name, operations, spent = measure(options.operation, options.place, options.peer)
    print(f"{name}: {options.peer}, one operation on the {report.PLACES[options.place]}")
    print(table(totals(spent, operations), options.place, options.callers))
    if options.detail:
        print(detail(spent, operations, options.detail,
                     disassemble_unix if options.place == "unix" else disassemble))


if __name__ == "__main__":
    run(main)
