#!/usr/bin/env python3
"""Say how much flash and RAM tickslot takes in a firmware image, module by module.

    python3 tools/firmware_size.py build/RPI_PICO/firmware.elf

Counted are the objects that freezing made of each module. The names that they share with all other
frozen code (interned strings) are one pool, given as a whole. What a module takes on the heap when
a program imports it is another matter: a device test measures that.
"""

import argparse
import re
import subprocess
from collections import defaultdict
from pathlib import Path

from common import Error, run

# The prefixes that MicroPython's tools/mpy-tool.py gives to the objects of a frozen module.
FROZEN = re.compile(r"(?:frozen_module|raw_code|proto_fun|fun_data|children|const_\w+?|qstr_table"
                    r"|obj_table|const_obj|const_qstr)_(tickslot(?:_\w+)?)")
POOL = "mp_qstr_frozen_const"


def sizes(elf):
    """Return {module: (bytes of flash, bytes of RAM)} for the frozen modules of tickslot."""
    found = defaultdict(lambda: [0, 0])
    modules = _modules()
    for size, kind, name in _symbols(elf):
        match = FROZEN.match(name)
        if match:
            owner = next((module for module in modules
                          if f"{match[1]}_".startswith(module.replace(".", "_") + "_")), "tickslot")
            found[owner][kind in "dDbB"] += size
    return {module: tuple(pair) for module, pair in sorted(found.items())}


def _modules():
    """The modules of the package as dotted names, longest first."""
    library = Path(__file__).resolve().parent.parent / "lib"
    found = [".".join(path.relative_to(library).with_suffix("").parts)
             for path in library.rglob("*.py")]
    return sorted(found, key=len, reverse=True)


def _symbols(elf):
    done = subprocess.run(["arm-none-eabi-nm", "-S", elf], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Error(f"{elf} cannot be read: {done.stderr.strip()}")
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"[0-9a-f]+ ([0-9a-f]+) (\w) (\S+)", line)
        if match:
            yield int(match[1], 16), match[2], match[3]


def report(elf):
    """Return the sizes as a table."""
    found = sizes(elf)
    lines = [f"{'bytes':36} {'flash':>8} {'RAM':>6}"]
    for module, (flash, ram) in found.items():
        lines.append(f"{module:36} {flash:8} {ram:6}")
    lines.append(f"{'tickslot in all':36} {sum(f for f, _ in found.values()):8}"
                 f" {sum(r for _, r in found.values()):6}")
    pool = sum(size for size, _, name in _symbols(elf) if name.startswith(POOL))
    lines.append(f"{'names of all frozen code, tickslot or not':41} {pool:3}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("elf", type=Path)
    print(report(parser.parse_args().elf), end="")


if __name__ == "__main__":
    run(main)
