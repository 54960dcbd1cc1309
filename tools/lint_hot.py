#!/usr/bin/env python3
"""Report code that allocates in functions marked `# hot`, which run with the heap locked.

    python3 tools/lint_hot.py                the package
    python3 tools/lint_hot.py FILE ...       these files

A function is hot if the line of its `def`, or the line above it and its decorators, ends in the
comment `# hot`. A line that may allocate has a comment with the reason: `# hot: allow <reason>`.

The rules are what MicroPython was measured to take from its heap. They only see the syntax. The
proof that an operation does not allocate is its test under a locked heap.
"""

import argparse
import ast
import builtins
import io
import re
import tokenize
from pathlib import Path

from common import ROOT, Error, run

_MAX_SMALL_INT = (1 << 30) - 1  # of a 32-bit board

_ALLOCATING_CALLS = {
    "bytearray", "bytes", "dict", "divmod", "enumerate", "filter", "float", "frozenset", "list",
    "map", "memoryview", "repr", "reversed", "set", "sorted", "str", "super", "tuple", "zip"}
_ALLOCATING_METHODS = {
    "append", "extend", "format", "insert", "items", "keys", "to_bytes", "unpack", "unpack_from",
    "values"}


class Package:
    """The names that the linted files define: they tell a method used as a value from a field."""

    def __init__(self, trees):
        self.classes, self.methods, self.generators = set(), set(), set()
        fields, plain = set(), set()
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.classes.add(node.name)
                    self.methods |= {item.name for item in node.body
                                     if isinstance(item, ast.FunctionDef)
                                     and not item.decorator_list}
                elif isinstance(node, ast.FunctionDef):
                    (self.generators if _yields(node) else plain).add(node.name)
                elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    fields.add(node.attr)
        self.methods -= fields
        self.generators -= plain
        self.classes -= {"ptr8", "ptr16", "ptr32"}  # on MicroPython these make no objects


def lint(paths):
    """Return (findings, hot functions seen); a finding is "file:line: what is wrong"."""
    sources = {path: path.read_text() for path in paths}
    trees = {path: ast.parse(text, path) for path, text in sources.items()}
    package = Package(trees.values())
    findings, seen = [], 0
    for path, text in sources.items():
        marks, allowed, bad = _comments(text)
        findings += [(path, line, message) for line, message in bad]
        for function in ast.walk(trees[path]):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([function.lineno, *(node.lineno for node in function.decorator_list)])
                mark = marks & {first - 1, *range(first, function.body[0].lineno)}
                if mark:
                    marks -= mark
                    seen += 1
                    rules = _Rules(package)
                    rules.function(function)
                    findings += [
                        (path, node.lineno, message) for node, message in rules.findings
                        if not allowed & set(range(node.lineno, node.end_lineno + 1))]
        findings += [(path, line, "`# hot` marks no function here") for line in marks]
    findings.sort()
    return [f"{_shown(path)}:{line}: {message}" for path, line, message in findings], seen


def _comments(text):
    """Return the lines of `# hot`, the lines of `# hot: allow`, and [(line, what is wrong)]."""
    marks, allowed, bad = set(), set(), []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        match = token.type == tokenize.COMMENT and re.match(r"#\s*hot\b(.*)", token.string)
        if not match:
            continue
        line, rest = token.start[0], match[1].strip()
        if not rest:
            marks.add(line)
        elif re.match(r":\s*allow\s+\S", rest):
            allowed.add(line)
        elif rest.startswith(":"):
            bad.append((line, "write `# hot: allow <reason>`"))
    return marks, allowed, bad


class _Rules(ast.NodeVisitor):
    """Collects (node, message) for what allocates."""

    def __init__(self, package):
        self.package = package
        self.findings = []

    def function(self, node):
        if node.args.vararg or node.args.kwarg:
            self.report(node.args.vararg or node.args.kwarg,
                        "*args and **kwargs allocate on every call; name the arguments")
        for statement in node.body:
            self.visit(statement)

    def report(self, node, message):
        self.findings.append((node, message))

    def visit_FunctionDef(self, node):
        self.report(node, "a nested function or lambda is a closure, made anew each time")

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.report(node, "a class statement allocates")

    def visit_ListComp(self, node):
        self.report(node, "a comprehension allocates; fill a preallocated buffer")

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_List(self, node):
        self.display(node, "list")

    def visit_Tuple(self, node):
        self.display(node, "tuple")

    def visit_Set(self, node):
        self.report(node, "a set display allocates")

    def visit_Dict(self, node):
        self.report(node, "a dict display allocates")

    def display(self, node, kind):
        constant = kind == "tuple" and all(isinstance(item, ast.Constant) for item in node.elts)
        if isinstance(node.ctx, ast.Load) and not constant:
            self.report(node, f"a {kind} display allocates; reuse a preallocated one")
        else:
            self.generic_visit(node)

    def visit_Assign(self, node):
        target, value = node.targets[0], node.value
        if (isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                and len(target.elts) == len(value.elts) in (2, 3) and len(node.targets) == 1
                and not any(isinstance(item, ast.Starred) for item in target.elts + value.elts)):
            # a, b = b, a  is compiled without a tuple.
            for item in target.elts + value.elts:
                self.visit(item)
        else:
            self.generic_visit(node)

    def visit_JoinedStr(self, node):
        self.report(node, "an f-string allocates")

    def visit_Slice(self, node):
        self.report(node, "a slice allocates; pass a buffer, an offset and a length")

    def visit_Constant(self, node):
        if isinstance(node.value, (float, complex)):
            self.report(node, "a float allocates; count in integers")
        elif isinstance(node.value, int) and abs(node.value) > _MAX_SMALL_INT:
            self.report(node, "past 30 bits an integer lives on the heap of a 32-bit board")

    def visit_BinOp(self, node):
        left, right = node.left, node.right
        if isinstance(node.op, ast.Div):
            self.report(node, "/ makes a float, which allocates; use // or >>")
        elif _is_text(left) and isinstance(node.op, (ast.Mod, ast.Add)) or _is_text(right):
            self.report(node, "building a string allocates")
        elif isinstance(node.op, ast.LShift) and all(
                isinstance(side, ast.Constant) and isinstance(side.value, int)
                for side in (left, right)) and left.value << right.value > _MAX_SMALL_INT:
            self.report(node, "past 30 bits an integer lives on the heap of a 32-bit board")
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        if isinstance(node.op, ast.Div):
            self.report(node, "/ makes a float, which allocates; use // or >>")
        self.generic_visit(node)

    def visit_Raise(self, node):
        raised = node.exc
        if isinstance(raised, ast.Call):
            self.report(node, "constructing an exception allocates; raise a preallocated one")
        elif isinstance(raised, ast.Name) and (
                raised.id in self.package.classes or isinstance(getattr(builtins, raised.id, 0),
                                                                type)):
            self.report(node, "raising a class constructs it; raise a preallocated exception")
        else:
            self.generic_visit(node)

    def visit_Call(self, node):
        function = node.func
        name = getattr(function, "attr", None) or getattr(function, "id", None)
        if isinstance(function, ast.Name) and name in _ALLOCATING_CALLS:
            self.report(node, f"{name}() allocates")
        elif isinstance(function, ast.Attribute) and name in _ALLOCATING_METHODS:
            self.report(node, f".{name}() allocates")
        elif isinstance(function, ast.Name) and name in self.package.classes:
            self.report(node, f"{name}() makes an object; make it in the constructor")
        elif name in self.package.generators:
            self.report(node, f"calling {name}() makes a generator")
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(
                keyword.arg is None for keyword in node.keywords):
            self.report(node, "* and ** in a call allocate; name the arguments")
        # A method that is called is no value: visit only its object.
        self.visit(function.value if isinstance(function, ast.Attribute) else function)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self.visit(argument.value if isinstance(argument, ast.Starred) else argument)

    def visit_Attribute(self, node):
        if isinstance(node.ctx, ast.Load) and node.attr in self.package.methods:
            self.report(node, f"naming the bound method .{node.attr} makes an object;"
                              " store it in the constructor")
        self.generic_visit(node)

    def visit_AnnAssign(self, node):  # the annotation is not run
        if node.value:
            self.visit(node.value)


def _is_text(node):
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def _yields(function):
    """Whether the function is a generator: it has a yield that is not a nested function's."""
    nodes = list(function.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            nodes += ast.iter_child_nodes(node)
    return False


def _shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files or sorted((ROOT / "lib" / "tickslot").rglob("*.py"))
    findings, seen = lint([file.resolve() for file in files])
    for finding in findings:
        print(finding)
    if findings:
        raise Error(f"{len(findings)} finding(s) in hot functions")
    print(f"lint_hot: {seen} hot functions, nothing that allocates")


if __name__ == "__main__":
    run(main)
