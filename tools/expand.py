#!/usr/bin/env python3
"""Write the package that MicroPython runs from the sources in lib/.

    python3 tools/expand.py                             build/lib (32 bit), build/lib64 (64 bit)
    python3 tools/expand.py --folders SOURCE TARGET     one package, for 32 bit; --wide for 64

MicroPython inlines constants only within one file. A call in viper code costs 6 us on an RP2040. So
the sources use names and functions, and this tool replaces them:

* A name from a `layout.py` (`Header.TAIL`) becomes its number.
* The body of a function with the decorator `@inline` replaces each call. Its locals get new names,
  its parameters become the arguments. The call is a statement, `x = f(...)` or `return f(...)`. A
  function that is a single `return` may be called in any expression.
* If a condition is then constant (`if WIDE:`), only the branch that is taken remains.
* MicroPython's own modules replace `core/on_cpython.py`.

Bytecode keeps its line numbers, so that tracebacks name the lines of the source. Native functions
have no line numbers: they use the space of the comments, docstrings and inline functions around
them. If the tool cannot expand something, it fails with file and line.
"""

import argparse
import ast
import builtins
import copy
from pathlib import Path

import syntax
from common import BUILD, ROOT, Error, lock, run
from line_writer import LineWriter
from syntax import (CASTS, Fold, Substitute, assigned, decorated, dotted, holds_return,
                    is_arithmetic, is_expression, is_simple, names_in, undocumented)

TARGETS = {BUILD / "lib": False, BUILD / "lib64": True}  # True: references have 64 bits
CPYTHON = "core.on_cpython"
REAL = {"micropython": "import micropython", "const": "from micropython import const",
        "print_exception": "from sys import print_exception", "array": "from array import array"}


class Module:
    """A source file: its constants, its inline functions, and its text as MicroPython runs it."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.tree = ast.parse(path.read_text(), path)
        self.is_layout = name.split(".")[-1] == "layout"
        self.constants = {}  # "NAME" or "Class.NAME": its number
        self.inlines = {}  # name here: (module, function)
        self.expanding = ()  # the inline functions whose calls are being replaced
        nodes = list(ast.walk(self.tree))
        binding = ast.alias, ast.FunctionDef, ast.ClassDef, ast.arg
        self.bound = CASTS | set(dir(builtins)) | assigned(self.tree) | {
            (getattr(node, "asname", None) or getattr(node, "name", None) or node.arg).split(".")[0]
            for node in nodes if isinstance(node, binding)}

    def fail(self, node, message):
        raise Error(f"{self.path}:{node.lineno}: {message}")

    def read_constants(self, wide):
        flags = {"WIDE": wide, "MICROPYTHON": True}
        tree = copy.deepcopy(self.tree)
        for node in tree.body:
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) in flags:
                node.value = ast.copy_location(ast.Constant(flags[dotted(node.targets[0])]), node)
        names = {}
        exec(compile(tree, self.path, "exec"), names)
        for name, value in names.items():
            members = vars(value).items() if isinstance(value, type) else [("", value)]
            self.constants |= {f"{name}.{key}".rstrip("."): number for key, number in members
                               if isinstance(number, int)}

    def read_imports(self, modules):
        """Find the constants and inline functions that the module imports or defines."""
        self.modules = modules
        for node in ast.walk(self.tree):
            other = modules.get(self.target_of(node)) if isinstance(node, ast.ImportFrom) else None
            for alias in node.names if other else ():
                here = alias.asname or alias.name
                for key, number in other.constants.items() if other.is_layout else ():
                    first, _, rest = key.partition(".")
                    if first == alias.name:
                        self.constants[f"{here}.{rest}".rstrip(".")] = number
                if alias.name in other.own_inlines():
                    self.inlines[here] = other, other.own_inlines()[alias.name]
        self.inlines |= {name: (self, each) for name, each in self.own_inlines().items()}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) \
                    and dotted(node.value.func) == "const":
                value = Put(self).visit(copy.deepcopy(node.value.args[0]))
                if isinstance(value, ast.Constant) and isinstance(value.value, int):
                    self.constants[node.targets[0].id] = value.value

    def own_inlines(self):
        return {node.name: node for node in self.tree.body
                if isinstance(node, ast.FunctionDef) and decorated(node, "inline")}

    def target_of(self, node):
        here = self.name.split(".")[:-1]
        return ".".join([*here[:len(here) - node.level + 1], *filter(None, [node.module])]) \
            if node.level else None

    def expanded(self):
        """The text that MicroPython runs; None if nothing is left of the file."""
        writer = LineWriter(self.path, Put(self).visit, self.function, self.import_)
        writer.write(self.tree.body, 0)
        writer.flush()
        if not writer.lines:
            return None
        place = self.name.replace(".", "/")
        writer.lines[0] = writer.lines[0] or f"# Made by `make lib` of lib/tickslot/{place}.py"
        return "\n".join(writer.lines) + "\n"

    def import_(self, node):
        """What is left of an import from the package."""
        target = self.target_of(node)
        names = {alias.asname or alias.name: alias for alias in node.names}
        if target == CPYTHON:
            return "; ".join(line for name, line in REAL.items() if name in names)
        if target in self.modules and self.modules[target].is_layout:
            return ""
        left = [alias for name, alias in names.items() if name not in self.inlines]
        return ast.unparse(ast.ImportFrom(node.module, left, node.level)) if left else ""

    def function(self, node):
        """A native function with all names and calls replaced."""
        node.body = self.body(undocumented(node.body)) or [ast.Pass()]
        return ast.fix_missing_locations(node)

    def body(self, statements):
        """A native block with the body of an inline function in place of each call."""
        done = []
        for node in statements:
            call = getattr(node, "value", None)
            function = self.inlined(call)
            if function is None or is_expression(function):
                for name in ("body", "orelse", "finalbody"):
                    if isinstance(getattr(node, name, None), list):
                        setattr(node, name, self.body(getattr(node, name)))
                for handler in getattr(node, "handlers", ()):
                    handler.body = self.body(handler.body)
                node = Put(self).visit(node)
                done += node if isinstance(node, list) else [node]
            elif isinstance(node, ast.Expr):
                done += self.inline(call, None)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                done += self.inline(call, lambda value, node=node: ast.Assign(
                    copy.deepcopy(node.targets), value), node.targets[0])
            elif isinstance(node, ast.Return):
                done += self.inline(call, ast.Return)
            else:
                self.fail(node, f"{function.name}() has statements: it cannot stand here")
        return done

    def inlined(self, call):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            return self.inlines.get(call.func.id, (None, None))[1]
        return None

    def inline(self, call, end, target=None):
        """The body of an inline function for this call; `end(value)` makes its last statement.

        The variable `target` replaces the local that it returns, unless an argument uses `target`.
        """
        home, function = self.inlines[call.func.id]
        name = function.name
        if function in self.expanding:
            self.fail(call, f"{name}() calls itself")
        body = copy.deepcopy(undocumented(function.body))
        arguments = self.arguments(function, call)
        scratch = {each.arg for each in function.args.args
                   if each.annotation and dotted(each.annotation) == "scratch"}
        own = assigned(ast.Module(body, [])) - scratch
        for parameter in own & set(arguments):
            home.fail(function, f"{name}() assigns to its parameter {parameter}: use a local")
        uses = [node.id for each in body for node in ast.walk(each) if isinstance(node, ast.Name)]
        for parameter, value in arguments.items():
            shown = f"{name}(): `{ast.unparse(value)}`"
            if parameter in scratch and not isinstance(value, ast.Name):
                self.fail(call, f"{shown} is changed: give it a variable")
            if not is_simple(value) and uses.count(parameter) > 1:
                self.fail(call, f"{shown} would be evaluated {uses.count(parameter)} times: give it"
                          " a variable")
            if not is_expression(function) and not is_arithmetic(value):
                self.fail(call, f"{shown} would be evaluated later than here: give it a variable")
        home.expanding, before = (*self.expanding, function), home.expanding
        body = home.body(body)  # replaces the names and calls of its own module
        home.expanding = before
        free = names_in(body) - own - set(arguments)
        mapping = {each: ast.Name(f"_{name}_{each}") for each in own}
        last = dotted(body[-1].value) if isinstance(body[-1], ast.Return) else "?"
        if isinstance(target, ast.Name) and last in own \
                and target.id not in names_in(list(arguments.values())):
            mapping[last] = target
            body.pop()
        put = Substitute(mapping | arguments)
        body = Fold().visit(ast.Module([put.visit(each) for each in body], [])).body
        for missing in sorted(free & names_in(body) - self.bound):
            if not missing.startswith("_"):
                self.fail(call, f"{name}() needs the name {missing} here: import it")
        return self.body(self.ended(call, name, body, end))

    def ended(self, call, name, body, end):
        """Replace each `return` at an end of the body by `end(value)`; other returns fail."""
        *before, last = body
        returns = [each for each in before if holds_return(each)]
        if isinstance(last, ast.If) and holds_return(last) and not returns:
            last.body = self.ended(call, name, last.body, end)
            last.orelse = self.ended(call, name, last.orelse, end) if last.orelse else []
        elif isinstance(last, ast.Return) and not returns:
            last = end(last.value) if end else ast.Pass()
        elif returns or holds_return(last):
            self.fail(call, f"{name}() returns from its middle: it cannot be inlined")
        return [*before, last]

    def arguments(self, function, call):
        """The parameters' arguments, with constants and inner calls replaced."""
        parameters = [each.arg for each in function.args.args]
        defaults = function.args.defaults
        given = dict(zip(reversed(parameters), reversed(defaults), strict=False))
        given |= dict(zip(parameters, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords}
        if set(given) != set(parameters) or len(call.args) > len(parameters):
            self.fail(call, f"{function.name}() takes {', '.join(parameters)}")
        return {parameter: Put(self).visit(copy.deepcopy(given[parameter]))
                for parameter in parameters}


class Put(Fold):
    """Replace constants, and calls of one-expression functions, in an expression or statement."""

    def __init__(self, module):
        self.module = module

    def visit_Attribute(self, node):
        value = self.module.constants.get(dotted(node))
        return self.generic_visit(node) if value is None else syntax.number(value, node)

    def visit_Name(self, node):
        value = self.module.constants.get(node.id)
        kept = value is None or isinstance(node.ctx, ast.Store)
        return node if kept else syntax.number(value, node)

    def visit_Call(self, node):
        function = self.module.inlined(node)
        if function is None:
            return self.generic_visit(node)
        if not is_expression(function):
            self.module.fail(node, f"{function.name}() has statements: call it in a native function"
                             ", as a statement of its own")
        return self.module.inline(node, ast.Expr)[0].value


def read(source, wide):
    """Return {name: Module} of the package in the folder `source`."""
    modules = {}
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts)
        modules[name] = Module(name, path)
    for module in modules.values():
        if module.is_layout:
            module.read_constants(wide)
    for module in modules.values():
        module.read_imports(modules)
    return modules


def expand(source, target, wide):
    """Write the expansion of the package in `source` to `target`; keep files that are the same."""
    texts = {target / module.path.relative_to(source): module.expanded()
             for name, module in read(source, wide).items()
             if name != CPYTHON and not module.is_layout}
    for path in target.rglob("*.py"):
        if not texts.get(path):
            path.unlink()
    for path, text in texts.items():
        if text and not (path.exists() and path.read_text() == text):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(path)


def prepare():
    """Bring build/lib and build/lib64 up to date."""
    with lock(BUILD / "expand.lock"):
        for target, wide in TARGETS.items():
            expand(ROOT / "lib" / "tickslot", target / "tickslot", wide)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folders", nargs=2, type=Path, metavar=("SOURCE", "TARGET"))
    parser.add_argument("--wide", action="store_true", help="for a machine of 64 bits")
    options = parser.parse_args()
    expand(*options.folders, options.wide) if options.folders else prepare()


if __name__ == "__main__":
    run(main)
