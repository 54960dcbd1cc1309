"""The lint of hot functions: each rule has a line that it rejects beside one that it lets pass."""

import textwrap

import lint_hot
import pytest

AROUND = """
class Slot:
    def __init__(self):
        self.step = self.wake
        self.field = 0

    def wake(self):
        pass

    def plain_and_generator(self):
        pass

    # hot
    def run(self, other, item, gen):
{body}

def sleeper():
    yield
"""


def lint(tmp_path, text):
    file = tmp_path / "module.py"
    file.write_text(text)
    return lint_hot.lint([file])


def findings(tmp_path, body):
    found, seen = lint(tmp_path, AROUND.format(body=textwrap.indent(body, " " * 8)))
    assert seen == 1
    return found


@pytest.mark.parametrize("rejected, accepted", [
    ("x = [item]", "x[0] = item"),
    ("x = [i for i in other]", "for i in other: self.field = i"),
    ("x = any(i for i in other)", "x = len(other)"),
    ("x = {i for i in other}", "x = i in other"),
    ("x = {item}", "x = item in (1, 2)"),
    ("x = {item: 1}", "x = other[item]"),
    ("x = {i: 1 for i in other}", "other[item] = 1"),
    ("x = (item, 1)", "x = (1, 2)"),
    ("return item, other", "return item"),
    ("x = item, other, gen, 1", "x, y = item, other"),
    ("a, b, c, d = item, item, item, item", "a, b, c = item, other, gen"),
    ("x = lambda: 1", "x = self.step"),
    ("def f(): return item", "self.wake()"),
    ("class X: pass", "x = Slot"),
    ("x = f'{item}'", "x = 'constant'"),
    ("x = 'a %s' % item", "x = item % 7"),
    ("x = 'a' + item", "x = 1 + item"),
    ("x = item + b'a'", "x = item + 1"),
    ("x = 'a {}'.format(item)", "x = other.start(item)"),
    ("x = str(item)", "x = int(item)"),
    ("x = other[1:2]", "x = other[1]"),
    ("other[1:] = item", "other[1] = item"),
    ("other(*item)", "other(item)"),
    ("other(**item)", "other(key=item)"),
    ("x = self.wake", "x = self.field"),
    ("other(self.wake)", "other(self.step)"),
    ("x = other.wake", "other.wake()"),
    ("raise ValueError('wrong')", "raise self.field"),
    ("raise ValueError", "raise item"),
    ("x = 1.5", "x = 3"),
    ("x = item / 2", "x = item // 2"),
    ("item /= 2", "item //= 2"),
    ("x = divmod(item, 7)", "x = item % 7"),
    ("x = struct.unpack_from('<I', other)", "struct.pack_into('<I', other, 0, item)"),
    ("other.append(item)", "other.push(item)"),
    ("for k in other.items(): pass", "for k in other: pass"),
    ("x = 0x40000000", "x = 0x3fffffff"),
    ("x = 1 << 30", "x = 1 << 29"),
    ("x = Slot()", "x = self.field"),
    ("x = sleeper()", "x = gen.send(None)"),
])
def test_rule(tmp_path, rejected, accepted):
    found = findings(tmp_path, rejected)
    assert len(found) == 1, found
    assert "module.py:15: " in found[0]
    assert findings(tmp_path, accepted) == []


@pytest.mark.parametrize("function", [
    "def f(*args):  # hot\n    pass\n",
    "def f(**options):  # hot\n    pass\n",
])
def test_variable_arguments_are_rejected(tmp_path, function):
    found, _ = lint(tmp_path, function)
    assert len(found) == 1


def test_only_marked_functions_are_read(tmp_path):
    assert lint(tmp_path, "def f():\n    return [1.5]\n") == ([], 0)


@pytest.mark.parametrize("text", [
    "# hot\ndef f(x):\n    x = [x]\n",
    "def f(x):  # hot\n    x = [x]\n",
    "# hot\n@micropython.native\ndef f(x):\n    x = [x]\n",
    "@micropython.native  # hot\ndef f(x):\n    x = [x]\n",
    "@micropython.native\n# hot\ndef f(x):\n    x = [x]\n",
    "def f(x,\n      y):  # hot\n    x = [x]\n",
])
def test_where_the_mark_may_stand(tmp_path, text):
    found, seen = lint(tmp_path, text)
    assert (len(found), seen) == (1, 1)


def test_a_line_is_exempted_with_a_reason(tmp_path):
    assert findings(tmp_path, "x = [item]  # hot: allow runs once, before sealing") == []
    assert findings(tmp_path, "x = [  # hot: allow it has two lines\n    item]") == []
    assert len(findings(tmp_path, "x = 1  # hot: allow this line alone\nx = [item]")) == 1


def test_an_exemption_without_reason_is_rejected(tmp_path):
    found = findings(tmp_path, "x = [item]  # hot: allow")
    assert len(found) == 2 and "write `# hot: allow <reason>`" in found[0] + found[1]


def test_a_mark_on_nothing_is_rejected(tmp_path):
    found, seen = lint(tmp_path, "# hot\nx = 1\n")
    assert seen == 0 and "marks no function" in found[0]


def test_a_mark_in_a_string_is_none(tmp_path):
    assert lint(tmp_path, 'x = """\n# hot\n"""\n') == ([], 0)
