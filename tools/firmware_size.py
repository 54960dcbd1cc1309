#!/usr/bin/env python3
"""Print how much flash and RAM each module of tickslot takes in a firmware image, by kind.

    python3 tools/firmware_size.py build/RPI_PICO/firmware.elf

It counts the objects that freezing made of each module, and the module's texts:

    machine code  the functions compiled by viper and native
    bytecode      all other functions, the bodies of classes and of the module
    tables        a function's record, its inner functions, the names and constants that it uses
    messages      strings that are too long to be names: those of errors and reports
    names         names of attributes and arguments, and short strings. All frozen code shares one
                  pool of them: only the names that no other code has are counted

A device test measures what a module takes on the heap when a program imports it.
"""

import argparse
import re
import struct
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import system_packages
from common import BUILD, Error, run

# The prefixes that MicroPython's tools/mpy-tool.py gives to the objects of a frozen module.
FROZEN = re.compile(r"(?:frozen_module|raw_code|proto_fun|fun_data|children|const_\w+?|qstr_table"
                    r"|obj_table|const_obj|const_qstr)_(tickslot(?:_\w+)?)")
KINDS = "machine code", "bytecode", "tables", "messages", "names"
POOL = "mp_qstr_frozen_const_pool"
TABLE = "const_qstr_table_data_"


class Image:
    """The symbols and bytes of a 32-bit little-endian .elf."""

    def __init__(self, elf):
        self.symbols = list(_symbols(elf))
        self._bytes = Path(elf).read_bytes()
        start, size, count = (struct.unpack_from(kind, self._bytes, at)[0]
                              for kind, at in (("<I", 28), ("<H", 42), ("<H", 44)))
        # of each segment: type, offset, virtual and physical address, bytes in the file
        self._segments = [struct.unpack_from("<5I", self._bytes, start + index * size)
                          for index in range(count)]

    def numbers(self, address, kind, count):
        """Read `count` numbers at the address; `kind` is a format letter of `struct`."""
        for _, offset, begin, _, size in self._segments:
            if begin <= address < begin + size:
                return struct.unpack_from(f"<{count}{kind}", self._bytes, offset + address - begin)
        raise Error(f"nothing is at {address:#x}")


def sizes(elf):
    """Return {module: {one of KINDS, or "RAM": bytes}} for the frozen modules of tickslot."""
    image = Image(elf)
    found = defaultdict(Counter)
    modules = _modules()
    string = next((address for address, _, _, name in image.symbols if name == "mp_type_str"), None)
    for address, size, kind, name in image.symbols:
        match = FROZEN.match(name)
        if match:
            owner = _owner(match[1], modules)
            what = _what(kind, name)
            if name.startswith("const_obj_") and size == 16:
                type_of, _, length, _ = image.numbers(address, "I", 4)
                if type_of == string:
                    what = "messages"
                    size += length + 1
            found[owner][what] += size
    return dict(sorted(found.items()))


def _what(section, name):
    """The kind of an object, from the letter of `nm` for its section."""
    if section in "dDbB":
        return "RAM"
    if name.startswith("fun_data_"):  # mpy-tool puts machine code into .text
        return "machine code" if section in "tT" else "bytecode"
    return "tables"


def flash(kinds):
    """The bytes of flash, from the bytes by kind."""
    return sum(kinds[kind] for kind in KINDS)


def total(elf, of=None):
    """Return {kind: bytes} of these modules of tickslot together (None: all), names included."""
    kinds = Counter(names=names(elf, of))
    for module, its in sizes(elf).items():
        if of is None or module in of:
            kinds += its
    return kinds


def names(elf, of=None):
    """Bytes of flash for the names that only these modules of tickslot have (None: all)."""
    image = Image(elf)
    modules = _modules()
    ours, others = set(), set()
    pool = None
    for address, size, _, name in image.symbols:
        if name == POOL:
            pool = address
        elif name.startswith(TABLE):
            owner = name.removeprefix(TABLE)
            is_ours = owner.startswith("tickslot")
            if not is_ours or of is None or _owner(owner, modules) in of:
                (ours if is_ours else others).update(image.numbers(address, "H", size // 2))
    if pool is None:
        return 0
    # qstr_pool_t: previous pool, names before this one (and a bit), room, names, hashes, lengths
    _, before, _, count, _, lengths = image.numbers(pool, "I", 6)
    before &= 0x7FFFFFFF
    lengths = image.numbers(lengths, "B", count)
    # a name, its 0, its pointer, its hash and its length
    return sum(lengths[name - before] + 1 + 4 + 1 + 1
               for name in ours - others if before <= name < before + count)


def _owner(symbol, modules):
    return next((module for module in modules
                 if f"{symbol}_".startswith(module.replace(".", "_") + "_")), "tickslot")


def _modules():
    """The modules of the package as dotted names, longest first."""
    library = BUILD / "lib"
    found = [".".join(path.relative_to(library).with_suffix("").parts)
             for path in library.rglob("*.py")]
    return sorted(found, key=len, reverse=True)


def _symbols(elf):
    system_packages.ensure_command("arm-none-eabi-nm")
    done = subprocess.run(["arm-none-eabi-nm", "-S", elf], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Error(f"{elf} cannot be read: {done.stderr.strip()}")
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"([0-9a-f]+) ([0-9a-f]+) (\w) (\S+)", line)
        if match:
            yield int(match[1], 16), int(match[2], 16), match[3], match[4]


def report(elf):
    """Return the sizes as a table."""
    found = sizes(elf)
    whole = total(elf)
    lines = ["".join([f"{'bytes':28}", *(f"{kind:>14}" for kind in KINDS), f"{'flash':>9}",
                      f"{'RAM':>6}"])]
    for module, kinds in {**found, "tickslot in all": whole}.items():
        lines.append("".join([f"{module:28}", *(f"{kinds[kind] or '':14}" for kind in KINDS),
                              f"{flash(kinds):9}", f"{kinds['RAM']:6}"]))
    lines.append("".join([f"{'':28}", *(f"{whole[kind] / flash(whole):14.0%}" for kind in KINDS)]))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("elf", type=Path)
    print(report(parser.parse_args().elf), end="")


if __name__ == "__main__":
    run(main)
