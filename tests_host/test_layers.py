"""Imports inside the package point one way, and only some layers may touch the outside."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "lib" / "tickslot"

# A layer may import itself and those below it; cores and net know nothing of one another.
RANK = {"core": 0, "primitives": 1, "observe": 2, "ipc": 3, "cores": 4, "net": 4, "package": 5}

# A module of the package and its layer. A folder's name stands for all that is inside it.
LAYER = {
    "__init__": "package",
    **dict.fromkeys((
        "burst", "calls", "channel", "clock", "fault", "idle", "interval", "launcher", "plain",
        "scheduler", "slot", "task", "ticks", "values", "wheel"), "core"),
    **dict.fromkeys((
        "attempt", "barrier", "choice", "deadline", "event", "lock", "primitive",
        "priority_channel", "pubsub", "scope", "semaphore", "signal", "supervisor", "timer",
        "waiting", "watch"), "primitives"),
    **dict.fromkeys((
        "allocation", "hooks", "metrics", "observe", "policy", "table", "trace"), "observe"),
    **dict.fromkeys(("buffers", "caller", "client", "request", "service", "statistics"), "ipc"),
    **dict.fromkeys((
        "cross_channel", "event_mailbox", "mailbox", "pool", "port", "ticker", "worker"), "cores"),
}

# Modules from outside that only these layers may import, or this one module of another.
ONLY = {
    "_thread": {"cores"},
    "socket": {"net"},
    "select": {"net"},
    "machine": {"observe", "cores", "net", "clock"},  # clock: what an idle scheduler waits with
}


def layer_of(module, table):
    while module and module not in table:
        module = module.rpartition(".")[0]
    return table.get(module)


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


def violations(sources, table):
    """Return a sentence for each import that points the wrong way; `sources` maps name to text."""
    found = []
    for name, source in sources.items():
        layer = layer_of(name, table)
        if layer is None:
            found.append(f"{name}: add it to LAYER in {Path(__file__).name}, with its layer")
            continue
        for where, target in imported(name, source, sources):
            if where == "outside":
                if not {layer, name} & ONLY.get(target, {layer}):
                    found.append(f"{name} ({layer}) imports {target}: only for "
                                 + ", ".join(sorted(ONLY[target])))
            else:
                other = layer_of(target, table)
                if other and other != layer and RANK[other] >= RANK[layer]:
                    found.append(f"{name} ({layer}) imports {target} ({other})")
    return found


def read(package):
    return {".".join(path.relative_to(package).with_suffix("").parts): path.read_text()
            for path in sorted(package.rglob("*.py"))}


def test_the_package():
    assert violations(read(PACKAGE), LAYER) == []


TABLE = {"__init__": "package", "clock": "core", "channel": "primitives", "hooks": "observe",
         "service": "ipc", "pool": "cores", "net": "net"}


@pytest.mark.parametrize("name, text", [
    ("channel", "from tickslot import clock"),
    ("channel", "from .clock import ManualClock"),
    ("channel", "import tickslot.clock"),
    ("net.stream", "from . import poll"),
    ("net.stream", "from ..service import Service"),
    ("net.stream", "import usocket, select"),
    ("pool", "import _thread, machine"),
    ("__init__", "from .pool import Pool"),
    ("clock", "import time"),
])
def test_allowed(name, text):
    sources = {**dict.fromkeys([*TABLE, "net.stream", "net.poll"], ""), name: text}
    assert violations(sources, TABLE) == []


@pytest.mark.parametrize("name, text, said", [
    ("clock", "from .channel import Channel", "clock (core) imports channel (primitives)"),
    ("clock", "def f():\n    from tickslot.hooks import x", "imports hooks (observe)"),
    ("service", "from tickslot import TIMEOUT", "imports __init__ (package)"),
    ("service", "import tickslot", "imports __init__ (package)"),
    ("pool", "from . import net", "pool (cores) imports net (net)"),
    ("net", "from .pool import Pool", "net (net) imports pool (cores)"),
    ("channel", "import machine",
     "channel (primitives) imports machine: only for clock, cores, net, observe"),
    ("service", "import _thread", "service (ipc) imports _thread: only for cores"),
    ("pool", "try:\n    import usocket\nexcept ImportError:\n    pass", "imports socket"),
    ("clock", "__import__('_thread')", "imports _thread"),
    ("novel", "", "novel: add it to LAYER"),
])
def test_refused(name, text, said):
    sources = {**dict.fromkeys(TABLE, ""), name: text}
    found = violations(sources, TABLE)
    assert len(found) == 1 and said in found[0]
