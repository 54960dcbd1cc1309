"""What MicroPython runs is the sources with numbers and texts put in, or an error with its line."""

import ast
import subprocess

import build_unix
import expand
import pytest
import source
from common import BUILD, ROOT, Error, lock

LAYOUT = '''"""A layout."""

WIDE = False
MICROPYTHON = False
TWO = 2


class Word:
    HEAD = 6
    TAIL = HEAD + 1
    SHIFT = 3 if WIDE else 2
'''

INLINE = '''"""Steps."""

from .layout import WIDE, Word
from .on_cpython import inline, ptr16


@inline
def slot_at(base, node):
    """An address."""
    return base + 960 + (node << Word.SHIFT)


@inline
def push(words, ring, node):
    """Put a node into the ring."""
    tail = int(words[Word.TAIL])
    ring[tail] = node
    words[Word.TAIL] = tail + 1


@inline
def larger(first, second):
    if first > second:
        return first
    else:
        return second


@inline
def spend(node: scratch, limit):
    left = limit
    node = 0
    return left
'''

HEAD = '''"""A module."""

from .inline import larger, push, slot_at, spend
from .layout import TWO, WIDE, Word
from .on_cpython import const, inline, micropython, ptr32

'''


@pytest.fixture
def package(tmp_path):
    """Expand a package whose core/code.py is HEAD and what is given: the text for MicroPython."""
    def expanded(text, wide=False, head=HEAD, **others):
        files = {"core/layout": LAYOUT, "core/inline": INLINE, "core/on_cpython": "",
                 "core/code": head + text, **others}
        for name, content in files.items():
            path = tmp_path / "lib" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        expand.expand(tmp_path / "lib", tmp_path / "out", wide)
        return (tmp_path / "out" / "core" / "code.py").read_text()
    return expanded


def code(text):
    """The lines that are there, without the first, which says where they come from."""
    return [line for line in text.splitlines()[1:] if line.strip()]


def native(body, name="f(words: ptr32, ring, node: int)"):
    return "@micropython.viper\ndef " + name + ":\n" + "".join(
        f"    {line}\n" for line in body.splitlines())


def test_names_become_numbers_and_docstrings_go(package):
    text = package("_MINE = const(TWO << 3)\n\n\ndef f(words):\n"
                   "    \"\"\"Docs.\"\"\"\n    return words[Word.TAIL] + _MINE  # why\n")
    assert code(text) == ["import micropython; from micropython import const",
                          "_MINE = const(16)", "def f(words):", "    return words[7] + 16"]


def test_bytecode_keeps_its_line(package):
    source_text = HEAD + ("\n# a comment\n\ndef f(words):\n    \"\"\"Docs,\n    long.\"\"\"\n"
                          "    if words:\n        return 1\n    elif not words:\n"
                          "        x = {'a': 1,\n             'b': Word.HEAD}\n"
                          "    else:\n        pass\n"
                          "    try:\n        x()\n    except (OSError,\n            ValueError):\n"
                          "        raise\n    finally:\n        words.last()\n")
    text = package(source_text.removeprefix(HEAD))

    def lines(tree):
        return [(type(node).__name__, node.lineno) for node in ast.walk(tree)
                if isinstance(node, (ast.Call, ast.Return, ast.Raise, ast.FunctionDef, ast.If))]
    assert lines(ast.parse(text)) == lines(ast.parse(source_text))


def test_a_body_stands_in_place_of_a_call_with_names_of_its_own(package):
    text = package(native("tail = node\npush(words, ring, tail)\nreturn tail"))
    assert code(text)[1:] == [
        "@micropython.viper", "def f(words: ptr32, ring, node: int):", "    tail = node",
        "    _push_tail = int(words[7])", "    ring[_push_tail] = tail",
        "    words[7] = _push_tail + 1", "    return tail"]


def test_a_single_return_stands_in_an_expression(package):
    body = native("return ptr32(slot_at(int(words), node))[0]")
    assert code(package(body))[-1] == "    return ptr32(int(words) + 960 + (node << 2))[0]"
    wide = package(body, wide=True)
    assert code(wide)[-1] == "    return ptr32(int(words) + 960 + (node << 3))[0]"


def test_returns_at_the_ends_give_the_value(package):
    text = package(native("size = larger(node, 3)\nreturn size"))
    assert code(text)[-5:] == ["    if node > 3:", "        size = node", "    else:",
                               "        size = 3", "    return size"]


@pytest.mark.parametrize("wide, left", [(False, ["    x = 2"]), (True, ["    x = 1"])])
def test_constant_conditions_leave_the_branch_that_is_taken(package, wide, left):
    text = package(native("if WIDE and node or WIDE:\n    x = 1\nelse:\n    x = 2\nreturn x"), wide)
    assert [line for line in code(text) if "x = " in line] in (
        [["        x = 1", "        x = 2"]] if wide else [left])
    text = package(native("x = 1 if WIDE else 2\nreturn x"), wide)
    assert code(text)[-2] == left[0]


def test_a_scratch_parameter_is_the_callers_variable(package):
    text = package(native("return spend(node, 5)"))
    assert code(text)[-3:] == ["    _spend_left = 5", "    node = 0", "    return _spend_left"]


def test_native_code_takes_the_room_of_comments(package):
    body = "# room\n# room\n" + native("push(words, ring, node)\nreturn larger(node, 3)")
    text = package(body + "\n\nlast = 1\n")
    source_line = (HEAD + body).count("\n") + 3
    assert text.splitlines()[source_line - 1] == "last = 1"


@pytest.mark.parametrize("text, said", [
    (native("push(words, ring, words[3])"), "words[3]` would be evaluated later than here"),
    (native("return slot_at(node, node)\n"), None),
    (native("x = slot_at(node, push(words, ring, node))"), "has statements: call it in a native"),
    (native("x = larger(words[1], 2)"), "`words[1]` would be evaluated 2 times"),
    (native("spend(3, 4)"), "`3` is changed: give it a variable"),
    (native("slot_at(node)"), "slot_at() takes base, node"),
    (native("push(words, ring, node, node)"), "push() takes words, ring, node"),
    (native("push(words, ring, nodes=node)"), "push() takes words, ring, node"),
    ("def f(words, ring):\n    push(words, ring, 1)\n", "has statements: call it in a native"),
    ("@inline\ndef again(x):\n    again(x)\n\n\n" + native("again(node)"), "again() calls itself"),
    ("@inline\ndef odd(x):\n    x = 1\n\n\n" + native("odd(node)"),
     "odd() assigns to its parameter x"),
    ("@inline\ndef odd(x):\n    while x:\n        return 1\n    return 2\n\n\n"
     + native("return odd(node)"), "odd() returns from its middle"),
    (native("x = " + " + ".join(["node"] * 9)) + "last = 1\n" + native("push(words, ring, node)")
     + "last = 2\n", None),
])
def test_what_cannot_be_expanded_is_refused_with_its_line(package, tmp_path, text, said):
    if said is None:
        package(text)
        return
    with pytest.raises(Error) as caught:
        package(text)
    where, message = str(caught.value).split(": ", 1)
    path, line = where.rsplit(":", 1)
    assert said in message and path == str(tmp_path / "lib" / "core" / "code.py")
    assert 7 < int(line) <= (HEAD + text).count("\n")


def test_a_name_that_is_not_there_is_refused(package):
    other = INLINE + "\n\n@inline\ndef stop(node):\n    halt(node)\n\n\ndef halt(node):\n    pass\n"
    head = HEAD.replace("spend", "spend, stop")
    with pytest.raises(Error, match=r"code.py:\d+: stop\(\) needs the name halt here: import it"):
        package(native("stop(node)"), head=head, **{"core/inline": other})
    head = head.replace("stop\n", "stop, halt\n")
    assert code(package(native("stop(node)"), head=head, **{"core/inline": other}))[-1] \
        == "    halt(node)"


def test_too_little_room_is_refused(package):
    long = "\n".join(f"node = larger(node, {number})" for number in range(20))
    with pytest.raises(Error, match=r"code.py:\d+: expanded, the native code .* lines too long"):
        package(native(long) + "last = 1\n")


def test_twice_the_same_and_nothing_written_anew(package, tmp_path):
    text = package("x = Word.HEAD\n")
    before = (tmp_path / "out" / "core" / "code.py").stat()
    (tmp_path / "out" / "core" / "gone.py").write_text("old")
    assert package("x = Word.HEAD\n") == text
    assert (tmp_path / "out" / "core" / "code.py").stat().st_mtime_ns == before.st_mtime_ns
    assert not (tmp_path / "out" / "core" / "gone.py").exists()


def test_what_has_nothing_to_expand_is_the_same_machine_code(tmp_path):
    """All but the names of its files: the source is compiled as it stands, and expanded."""
    text = ("import micropython\n\n\ndef plain(x):\n    for y in (x,):\n"
            "        if y:\n            return y\n    raise ValueError(x)\n\n\n"
            "@micropython.viper\ndef hot(at: int, n: int) -> int:\n    \"\"\"Docs.\"\"\"\n"
            "    # a comment\n    p = ptr32(at)\n    total = 0\n    while n:\n"
            "        total += p[n]\n        n -= 1\n    return total\n\n\nlast = plain(3)\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "code.py").write_text(text)
    expand.expand(tmp_path / "lib", tmp_path / "out", wide=False)
    with lock(BUILD / "build_unix.lock"):
        compiler = build_unix.mpy_cross(source.find())
    for architecture in ("armv6m", "x64"):
        made = []
        for folder in ("lib", "out"):
            subprocess.run([compiler, f"-march={architecture}", "-s", "code.py",
                            "-o", tmp_path / "made.mpy", tmp_path / folder / "code.py"], check=True)
            made.append((tmp_path / "made.mpy").read_bytes())
        assert made[0] == made[1]


def test_every_expanded_module_keeps_the_lines_of_its_bytecode():
    """Each `raise` and each `def` of bytecode stands at its line in the source."""
    expand.prepare()
    found = 0
    for path in sorted((ROOT / "lib" / "tickslot").rglob("*.py")):
        made = BUILD / "lib" / "tickslot" / path.relative_to(ROOT / "lib" / "tickslot")
        if not made.exists():
            continue
        lines = path.read_text().splitlines()
        for number, line in enumerate(made.read_text().splitlines(), 1):
            if line.strip().startswith("raise "):
                assert lines[number - 1].strip().startswith(line.strip()[:9]), f"{made}:{number}"
                found += 1
    assert found > 50
