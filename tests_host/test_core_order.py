"""Inside the core, too, imports point one way: each file knows only those before it."""

from test_layers import LAYER, PACKAGE, imported, read

# From what knows nothing of tasks, by way of the hot files, to what runs them.
ORDER = ["plain", "values", "slot", "wheel", "burst", "clock", "fault", "idle", "interval", "ticks",
         "calls", "channel", "task", "launcher", "scheduler"]


def backwards(sources, order):
    place = {name: number for number, name in enumerate(order)}
    return [f"{name} imports {target}" for name in order if name in sources
            for where, target in imported(name, sources[name], sources)
            if where == "inside" and target in place and place[target] >= place[name]]


def test_the_core():
    assert backwards(read(PACKAGE), ORDER) == []


def test_every_file_of_the_core_has_its_place():
    core = {name for name, layer in LAYER.items() if layer == "core"}
    assert core - set(ORDER) == set()


def test_a_step_back_is_found():
    sources = {"slot": "from .wheel import arm", "wheel": "from .slot import NONE", "plain": ""}
    assert backwards(sources, ORDER) == ["slot imports wheel"]
