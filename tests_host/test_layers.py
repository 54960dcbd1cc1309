"""The house: a folder is a layer, imports point one way, and no file is too large to read."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "lib" / "tickslot"

# A folder, and the folders whose files its files may import: its own, and these.
BELOW = {
    "core": set(),
    "sync": {"core"},
    "observe": {"core", "sync"},
    "rpc": {"core", "sync", "observe"},
    "cores": {"core"},
    "io": {"core", "sync", "observe"},
    "": {"core"},  # __init__.py: what is not core, it loads when that is first named
}

# Imports that no rule allows, each with its reason.
EXCEPTIONS = {
    ("core.scheduler", "sync.select"): "`sched.select` is a short form; it imports when called",
}

# Modules from outside that only these files may import.
ONLY = {
    "_thread": {"core.doorbell", "cores.port"},
    "socket": {"io"},
    "select": {"io"},
    "machine": {"core.clock", "core.doorbell", "cores.port", "io"},
}
LARGEST = 400  # lines


def imported(name, source, modules):
    """Yield what the module `name` imports: ("inside", module) or ("outside", top)."""
    for node in ast.walk(ast.parse(source)):
        targets = []
        if isinstance(node, ast.Import):
            targets = [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [(".".join(filter(None, (node.module, alias.name))), node.level)
                       for alias in node.names]
        elif (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                and node.func.id == "__import__" and isinstance(node.args[0], ast.Constant)):
            targets = [(node.args[0].value, 0)]
        for target, level in targets:
            if level:  # relative: from the folder of the module, one further up for each dot more
                folder = name.split(".")[:-1]
                target = ".".join([*folder[:len(folder) - level + 1], target])
            elif target.split(".")[0] == "tickslot":
                target = target.partition(".")[2]
            else:
                yield "outside", target.split(".")[0].removeprefix("u")
                continue
            # `from x import y`: y is a module, or a name in the module x.
            while target and target not in modules:
                target = target.rpartition(".")[0]
            yield "inside", target or "__init__"


def folder(module):
    return module.rpartition(".")[0].split(".")[0]


def violations(sources):
    """Return a sentence for each import that points the wrong way; `sources` maps name to text."""
    found = []
    for name, source in sources.items():
        here = folder(name)
        for where, target in imported(name, source, sources):
            if where == "outside":
                if not {here, name} & ONLY.get(target, {here}):
                    found.append(f"{name} imports {target}: only for "
                                 + ", ".join(sorted(ONLY[target])))
            elif folder(target) not in {here} | BELOW[here] and (name, target) not in EXCEPTIONS:
                found.append(f"{name} imports {target}: {here or 'the package'} may import "
                             + (", ".join(sorted(BELOW[here])) or "nothing else"))
    return found


def circle(sources):
    """Return a circle of imports inside the package, or None."""
    imports = {name: {target for where, target in imported(name, source, sources)
                      if where == "inside" and (name, target) not in EXCEPTIONS}
               for name, source in sources.items()}
    done = set()

    def walk(name, way):
        if name in way:
            return [*way[way.index(name):], name]
        if name in done:
            return None
        ways = (walk(each, [*way, name]) for each in sorted(imports[name]))
        found = next(filter(None, ways), None)
        done.add(name)
        return found

    return next(filter(None, (walk(name, []) for name in sorted(imports))), None)


def read(package):
    return {".".join(path.relative_to(package).with_suffix("").parts): path.read_text()
            for path in sorted(package.rglob("*.py"))}


def test_the_package():
    sources = read(PACKAGE)
    assert len(sources) > 40
    assert violations(sources) == []
    assert circle(sources) is None


def test_every_exception_is_needed():
    sources = read(PACKAGE)
    for (name, target), reason in EXCEPTIONS.items():
        assert ("inside", target) in set(imported(name, sources[name], sources)), reason


def test_no_file_is_too_large():
    large = {name: text.count("\n") for name, text in read(PACKAGE).items()
             if text.count("\n") > LARGEST}
    assert large == {}, "what is larger is two things: two files"


def test_every_file_says_what_it_is():
    for name, text in read(PACKAGE).items():
        assert ast.get_docstring(ast.parse(text)), f"{name} has no docstring at its top"


def test_a_constant_of_a_layout_stands_once():
    """No file repeats a name of a layout, with its number, as a constant of its own."""
    sources = read(PACKAGE)
    layouts = {}
    for name, text in sources.items():
        if name.endswith("layout"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                    layouts.setdefault((node.targets[0].id, node.value.value), name)
    again = [f"{name}: {node.targets[0].id} is in {layouts[key]}"
             for name, text in sources.items() if not name.endswith("layout")
             for node in ast.parse(text).body if isinstance(node, ast.Assign)
             and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call)
             and getattr(node.value.func, "id", "") == "const"
             and isinstance(node.value.args[0], ast.Constant)
             for key in [(node.targets[0].id.lstrip("_"), node.value.args[0].value)]
             if key in layouts and key[1] > 8]
    assert len(layouts) > 100 and again == []


FILES = ["__init__", "core.clock", "core.scheduler", "sync.event", "sync.select", "observe.hooks",
         "rpc.service", "cores.pool", "cores.port", "io.stream", "io.poll"]


@pytest.mark.parametrize("name, text", [
    ("sync.event", "from ..core import clock"),
    ("sync.event", "from ..core.clock import ManualClock"),
    ("sync.event", "import tickslot.core.clock"),
    ("sync.event", "from .select import Select"),
    ("core.scheduler", "def f():\n    from ..sync.select import Select"),
    ("io.stream", "from . import poll"),
    ("io.stream", "import usocket, select"),
    ("cores.port", "import _thread, machine"),
    ("__init__", "from .core.clock import ManualClock"),
    ("core.clock", "import time"),
])
def test_allowed(name, text):
    assert violations({**dict.fromkeys(FILES, ""), name: text}) == []


@pytest.mark.parametrize("name, text, said", [
    ("core.clock", "from ..sync.event import Event", "core.clock imports sync.event: core may"),
    ("core.clock", "def f():\n    from tickslot.observe.hooks import x", "imports observe.hooks"),
    ("rpc.service", "from tickslot import TIMEOUT", "rpc.service imports __init__"),
    ("rpc.service", "from ..cores import port", "rpc.service imports cores.port"),
    ("cores.pool", "from ..rpc.service import Service", "cores.pool imports rpc.service"),
    ("cores.pool", "from ..sync.event import Event", "cores.pool imports sync.event"),
    ("sync.event", "from ..io import stream", "sync.event imports io.stream"),
    ("rpc.service", "import _thread", "rpc.service imports _thread: only for"),
    ("cores.pool", "try:\n    import usocket\nexcept ImportError:\n    pass", "imports socket"),
    ("core.clock", "__import__('_thread')", "imports _thread"),
])
def test_refused(name, text, said):
    found = violations({**dict.fromkeys(FILES, ""), name: text})
    assert len(found) == 1 and said in found[0]


def test_a_circle_is_found():
    sources = {"core.a": "from .b import x", "core.b": "from . import c", "core.c": "import sys"}
    assert circle(sources) is None
    sources["core.c"] = "def f():\n    from .a import y"
    assert circle(sources) == ["core.a", "core.b", "core.c", "core.a"]
