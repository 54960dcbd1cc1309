"""The constants that files repeat, because `const` is inlined within its file only, agree."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "lib" / "tickslot"

CORE = ("slot", "wheel", "burst", "channel", "ticks", "scheduler", "task", "interval", "launcher")


def constants(path):
    """The `NAME = const(value)` of a file: their values and lines."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Name) and node.value.func.id == "const"):
            name = node.targets[0].id
            value = eval(compile(ast.Expression(node.value.args[0]), path.name, "eval"),
                         {key: value for key, (value, _) in found.items()})
            found[name] = value, node.lineno
    return found


def files():
    return {path.stem: constants(path) for path in sorted(PACKAGE.rglob("*.py"))}


def test_a_constant_of_the_core_has_one_value():
    """Whatever file of the core it stands in, and with or without the underscore."""
    values = {}
    for stem in CORE:
        for name, (value, line) in constants(PACKAGE / f"{stem}.py").items():
            values.setdefault(name.lstrip("_"), []).append((value, f"{stem}.py:{line}"))
    wrong = {name: places for name, places in values.items()
             if len({value for value, _ in places}) > 1}
    assert wrong == {}, "the same name, another value"
    assert sum(len(places) > 1 for places in values.values()) > 20, "the files were not found"


def test_what_other_files_say_of_the_state_block_is_what_slot_says():
    """A file above the core repeats a constant of slot.py under its name there."""
    slot = {name.lstrip("_"): value for name, (value, _) in constants(PACKAGE / "slot.py").items()}
    block = {"SLOTS_AT", "RECORD", "RECORD_BITS", "JOINER_AT", "WAIT_NEXT", "WAIT_PREVIOUS",
             "QUEUE_LO", "QUEUE_HI", "DEADLINE", "DEADLINE_HI", "MEMBER", "READY", "THROW", "DUE",
             "FRESH", "TOLD", "CLOCK_MASK", "SWITCHES"}
    wrong = [f"{stem}.py:{line}: {name} is {value}, in slot.py {slot[name.lstrip('_')]}"
             for stem, found in files().items() for name, (value, line) in found.items()
             if name.lstrip("_") in block & set(slot) and value != slot[name.lstrip("_")]]
    assert wrong == []


def test_what_other_files_say_of_operations_is_what_burst_says():
    """And those that have no `const` for them, of slot.py's."""
    found = files()
    said = {name: value for stem in ("slot", "burst") for name, (value, _) in found[stem].items()
            if name.startswith("_OP_") or name in ("_NONE", "_READY", "_CURRENT")}
    kinds = [(stem, name, value) for stem in found for name, (value, _) in found[stem].items()
             if name.startswith("_OP_")]
    plain = [(path.stem, name, int(value, 0)) for path in sorted(PACKAGE.rglob("*.py"))
             for name, value in re.findall(r"(?m)^(_\w+) = (\w+)\b", path.read_text())
             if name in said and re.fullmatch("0x[0-9A-F]+|[0-9]+", value)]
    assert [each for each in kinds + plain if said[each[1]] != each[2]] == []
    assert len(kinds) > 15 and len(plain) > 4, "the files were not found"


def test_the_words_of_the_header_are_apart():
    """No two words of the state block's header have one number; none is of the bitmap."""
    text = (PACKAGE / "slot.py").read_text()
    header = text[text.index("_LAST = const(0)"):text.index("# of a record")]
    words = [int(number) for number in re.findall(r"(?m)^_\w+ = const\((\d+)\)", header)]
    assert len(words) == len(set(words))
    assert all(word < 128 // 4 or 176 // 4 <= word < 192 // 4 for word in words)


def test_what_others_say_of_the_observers_block_is_what_observe_says():
    text = (PACKAGE / "observe.py").read_text()
    block = text[text.index("# kinds of records"):text.index("# the scheduler's block")]
    words = {name: int(value) for name, value in re.findall(r"(?m)^(_\w+) = const\((\d+)\)", block)}
    said = [(stem, name, int(value)) for stem in ("allocation", "hooks", "metrics", "trace")
            for name, value in re.findall(r"(?m)^(_\w+) = (?:const\()?(\d+)\b",
                                          (PACKAGE / f"{stem}.py").read_text())]
    wrong = [each for each in said if each[1] in words and words[each[1]] != each[2]]
    assert wrong == []
    assert sum(each[1] in words for each in said) > 15, "the files were not found"


def test_what_services_and_clients_say_of_requests_is_what_request_says():
    """They repeat a constant of request.py, or a stage of trace.py, under its name."""
    found = files()
    names = {name.lstrip("_"): value for name, (value, _) in found["request"].items()}
    names.update((name, value) for name, (value, _) in found["trace"].items()
                 if not name.startswith("_"))
    checked = [(stem, name, value, names[name.lstrip("_")])
               for stem in ("client", "service", "statistics")
               for name, (value, _) in found[stem].items()
               if name.lstrip("_") in names and name != "_TAKEN"]
    assert [item for item in checked if item[2] != item[3]] == []
    assert len(checked) > 50
