#!/usr/bin/env python3
"""Write the package that MicroPython runs from the sources in lib/.

    python3 tools/expand.py                     build/lib (32 bit, boards) and build/lib64 (desktops)
    python3 tools/expand.py SOURCE TARGET       one folder, for 32 bit; --wide for 64 bit

MicroPython inlines constants within one file only, and a call in viper code costs 6 us on an
RP2040. So the sources use names and functions, and this tool puts in what they stand for:

* A name from a `layout.py` (`Header.TAIL`) becomes its number.
* A function with the decorator `@inline` is put in place of each call: its locals get names of
  their own, its parameters become the arguments. It may be a statement, `x = f(...)` or
  `return f(...)`; one that is a single `return` may stand in any expression.
* Conditions that are constant by then (`if WIDE:`) leave the branch that is taken.
* `core/on_cpython.py` stands for MicroPython's own modules, and is left out.

The line numbers of bytecode stay as they are in the source: tracebacks name the source's lines.
Native functions have no line numbers, and take the room of comments, docstrings and inline
functions before them. What cannot be expanded is refused with its file and line.
"""

import argparse
import ast
import builtins
import copy
import io
import shutil
import tokenize
from pathlib import Path

from common import BUILD, ROOT, Error, lock, run

LIBRARY = ROOT / "lib"
TARGETS = {BUILD / "lib": False, BUILD / "lib64": True}  # and whether a reference is 64 bits wide
CPYTHON = "core.on_cpython"
REAL = {"micropython": "import micropython", "const": "from micropython import const",
        "print_exception": "from sys import print_exception", "array": "from array import array"}
CASTS = {"ptr", "ptr8", "ptr16", "ptr32", "int", "uint"}  # they take no time in viper
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.LShift: "<<", ast.RShift: ">>",
             ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^"}


class Package:
    """The modules of a package: their texts, constants and inline functions."""

    def __init__(self, folder, wide):
        self.modules = {}
        for path in sorted(folder.rglob("*.py")):
            name = ".".join(path.relative_to(folder).with_suffix("").parts)
            self.modules[name] = Module(self, name, path)
        for module in self.modules.values():
            if module.is_layout:
                module.read_constants(wide)
        for module in self.modules.values():
            module.read_imports()

    def write(self, target, folder):
        """Write the expansion of every module under `target`."""
        for name, module in self.modules.items():
            text = module.expanded()
            if text is not None:
                path = target / module.path.relative_to(folder)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)


class Module:
    def __init__(self, package, name, path):
        self.package, self.name, self.path = package, name, path
        self.text = path.read_text()
        self.tree = ast.parse(self.text, path)
        self.is_layout = name.split(".")[-1] == "layout"
        self.constants = {}  # "NAME" or "Class.NAME": its number
        self.inlines = {}  # name here: (module, function)
        self.expanding = []
        self.names = None

    def fail(self, node, message):
        raise Error(f"{self.path}:{node.lineno}: {message}")

    def read_constants(self, wide):
        tree = copy.deepcopy(self.tree)
        for node in tree.body:
            if isinstance(node, ast.Assign) and _dotted(node.targets[0]) in ("WIDE", "MICROPYTHON"):
                value = wide if _dotted(node.targets[0]) == "WIDE" else True
                node.value = ast.copy_location(ast.Constant(value), node)
        names = {}
        exec(compile(tree, self.path, "exec"), names)
        for name, value in names.items():
            if isinstance(value, type):
                self.constants |= {f"{name}.{key}": number for key, number in vars(value).items()
                                   if isinstance(number, int)}
            elif isinstance(value, int):
                self.constants[name] = value

    def read_imports(self):
        """Learn which names stand for constants and inline functions of other modules."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and _decorated(node, "inline"):
                self.inlines[node.name] = self, node
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            other = self.package.modules.get(self.target_of(node))
            for alias in node.names if other else ():
                here = alias.asname or alias.name
                for key, number in other.constants.items() if other.is_layout else ():
                    first, _, rest = key.partition(".")
                    if first == alias.name:
                        self.constants[f"{here}.{rest}" if rest else here] = number
                for function in other.tree.body:
                    if (isinstance(function, ast.FunctionDef) and function.name == alias.name
                            and _decorated(function, "inline")):
                        self.inlines[here] = other, function

        for node in self.tree.body:  # its own constants
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) \
                    and _dotted(node.value.func) == "const":
                value = _Fold().visit(self.expression(copy.deepcopy(node.value.args[0])))
                if isinstance(value, ast.Constant) and isinstance(value.value, int):
                    self.constants[node.targets[0].id] = value.value

    def target_of(self, node):
        """The module that a relative import names."""
        here = self.name.split(".")[:-1]
        return ".".join([*here[:len(here) - node.level + 1], *filter(None, [node.module])])

    # -- the whole file --------------------------------------------------------

    def expanded(self):
        """The text that MicroPython runs; None where nothing is left of the file."""
        if self.name == CPYTHON or self.is_layout:
            return None
        self.exact = {}  # line: its text, for bytecode
        self.native = []  # (line in the source, lines)
        source = self.text.splitlines()
        comments = {token.start[0] for token in tokenize.generate_tokens(
            io.StringIO(self.text).readline) if token.type == tokenize.COMMENT
            and not token.line[:token.start[1]].strip()}
        self.lines = {number: line.rstrip() for number, line in enumerate(source, 1)
                      if line.strip() and number not in comments}
        self.block(self.tree)
        output = []
        begin = 0  # where the native lines begin that come before the next line of bytecode
        entries = [(line, [text], True) for line, text in self.exact.items()]
        entries += [(line, lines, False) for line, lines in self.native]
        for line, lines, exact in sorted(entries, key=lambda entry: entry[0]):
            if exact:
                output[begin:] = _joined(output[begin:], line - 1 - begin)
                if len(output) >= line:
                    raise Error(f"{self.path}:{line}: expanded, the native code before this line "
                                f"is {len(output) - line + 1} lines too long: leave room, or move "
                                "this line up")
                output += [""] * (line - len(output) - 1)
                begin = line
            elif not output:
                output.append("")
            output += lines
        if not output:
            return None
        output[0] = output[0] or (f"# Made of lib/tickslot/{self.name.replace('.', '/')}.py by "
                                  "tools/expand.py: change it there.")
        return "\n".join(output) + "\n"

    def block(self, parent):
        """Take up the statements of a module, a class or a bytecode function."""
        body = parent.body
        docstring = _is_docstring(body[0]) if body else False
        if docstring and len(body) == 1 and not isinstance(parent, ast.Module):
            self.exact[body[0].lineno] = " " * body[0].col_offset + "pass"
        for node in body[docstring:]:
            self.statement(node)

    def statement(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if _decorated(node, "inline"):
                return
            if _decorated(node, "viper") or _decorated(node, "native"):
                tree = self.function(copy.deepcopy(node))
                pad = " " * node.col_offset
                self.native.append((first, [pad + line for line in
                                            ast.unparse(tree).splitlines()]))
                return
        if isinstance(node, ast.ImportFrom) and node.level and self.import_(node):
            return
        inner = [block for block in (getattr(node, name, None) for name in
                                     ("body", "orelse", "finalbody")) if isinstance(block, list)]
        inner += [handler.body for handler in getattr(node, "handlers", ())]
        if inner and _holds_function(node):
            self.compound(node, inner)
            return
        self.copy_exactly(node, _first_line(node), node.end_lineno)
        for child in ast.walk(node):  # classes and functions have docstrings
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) \
                    and _is_docstring(child.body[0]) and len(child.body) > 1:
                for line in range(child.body[0].lineno, child.body[0].end_lineno + 1):
                    self.exact.pop(line, None)

    def compound(self, node, inner):
        """A statement with functions inside: its own lines, then its blocks."""
        inside = {line for block in inner for child in block
                  for line in range(_first_line(child), child.end_lineno + 1)}
        first = _first_line(node)
        for line in range(first, node.end_lineno + 1):
            if line not in inside:
                self.copy_exactly(None, line, line)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            self.block(node)
        else:
            for block in inner:
                for child in block:
                    self.statement(child)

    def import_(self, node):
        """An import of the package's own: what is left of it. True where that is done."""
        target = self.target_of(node)
        other = self.package.modules.get(target)
        pad = " " * node.col_offset
        names = [alias.asname or alias.name for alias in node.names]
        if target == CPYTHON:
            lines = [line for name, line in REAL.items() if name in names]
            if lines:
                self.exact[node.lineno] = pad + "; ".join(lines)
            return True
        if other is None:
            return False
        if other.is_layout:
            return True
        if not any(name in self.inlines for name in names):
            return False
        left = [alias for alias in node.names if (alias.asname or alias.name) not in self.inlines]
        if left:
            self.exact[node.lineno] = pad + ast.unparse(
                ast.ImportFrom(node.module, left, node.level))
        return True

    def copy_exactly(self, node, first, last):
        """Copy lines of bytecode, the constants and one-expression functions put in."""
        edits = []
        lines = range(first, last + 1)
        for child in self._replaceable(lines):
            if child.lineno != child.end_lineno:
                self.fail(child, "in bytecode this must stand on one line")
            new = self.expression(copy.deepcopy(child))
            edits.append((child.lineno, child.col_offset, child.end_col_offset, new))
        for line in lines:
            if line in self.lines:
                self.exact[line] = self.lines[line]
        for line, start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
            text = self.exact[line].encode()
            if isinstance(new, ast.Constant):
                new = ast.unparse(new)
            else:
                new = f"({ast.unparse(new)})"
            self.exact[line] = (text[:start] + new.encode() + text[end:]).decode()

    def _replaceable(self, lines):
        """The outermost constants and inline calls in these lines."""
        found = []

        def look(node):
            if getattr(node, "lineno", None) and (node.end_lineno < lines[0]
                                                  or node.lineno > lines[-1]):
                return
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) \
                    and node.func.id in self.inlines:
                found.append(node)
            elif isinstance(node, (ast.Name, ast.Attribute)) and _dotted(node) in self.constants \
                    and isinstance(node.ctx, ast.Load):
                found.append(node)
            else:
                for child in ast.iter_child_nodes(node):
                    look(child)

        look(self.tree)
        return found

    # -- functions -------------------------------------------------------------

    def function(self, node):
        """A native function with everything put in."""
        node.body = self.body(node.body)
        if _is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
        return ast.fix_missing_locations(_Fold().visit(node))

    def bound(self):
        """The names that this module binds anywhere: imports, definitions, arguments, variables."""
        if self.names is None:
            self.names = CASTS | set(dir(builtins)) | _assigned(self.tree.body)
            for node in ast.walk(self.tree):
                if isinstance(node, ast.alias):
                    self.names.add((node.asname or node.name).split(".")[0])
                elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    self.names.add(node.name)
                elif isinstance(node, ast.arg):
                    self.names.add(node.arg)
        return self.names

    def body(self, statements):
        """A block with each statement of an inline call replaced by the function's body."""
        done = []
        for node in statements:
            call = getattr(node, "value", None)
            function = self._inlined(call)
            if function is None or (isinstance(function.body[-1], ast.Return)
                                    and len(_undocumented(function.body)) == 1):
                for name in ("body", "orelse", "finalbody"):
                    if isinstance(getattr(node, name, None), list):
                        setattr(node, name, self.body(getattr(node, name)))
                for handler in getattr(node, "handlers", ()):
                    handler.body = self.body(handler.body)
                done.append(self.expression(node))
            elif isinstance(node, ast.Expr):
                done += self.inline(call, None)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = self.expression(node.targets[0])
                done += self.inline(call, lambda value, target=target: ast.Assign(
                    [copy.deepcopy(target)], value))
            elif isinstance(node, ast.Return):
                done += self.inline(call, ast.Return)
            else:
                self.fail(node, f"{function.name}() has statements: it cannot stand here")
        return done

    def _inlined(self, call):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            return self.inlines.get(call.func.id, (None, None))[1]
        return None

    def expression(self, node):
        """Put constants and one-expression functions into an expression or a plain statement."""
        module = self

        class Put(ast.NodeTransformer):
            def visit_Attribute(self, node):
                number = module.constants.get(_dotted(node))
                return self.generic_visit(node) if number is None else _number(number, node)

            def visit_Name(self, node):
                number = module.constants.get(node.id)
                stored = number is None or isinstance(node.ctx, ast.Store)
                return node if stored else _number(number, node)

            def visit_Call(self, node):
                function = module._inlined(node)
                if function is None:
                    return self.generic_visit(node)
                if len(_undocumented(function.body)) > 1 or not isinstance(function.body[-1],
                                                                           ast.Return):
                    module.fail(node, f"{function.name}() has statements: it cannot stand here")
                return module.inline(node, lambda value: value)[0]

        return Put().visit(node)

    def inline(self, call, end):
        """The body of an inline function for this call; `end` makes of its value what is wanted."""
        home, function = self.inlines[call.func.id]
        name = function.name
        if function in self.expanding:
            self.fail(call, f"{name}() calls itself")
        body = copy.deepcopy(_undocumented(function.body))
        arguments = self.arguments(function, call)
        own = _assigned(body)
        one = len(body) == 1 and isinstance(body[0], ast.Return)
        scratch = {each.arg for each in function.args.args
                   if isinstance(each.annotation, ast.Constant)
                   and each.annotation.value == "scratch"}
        for parameter in own & set(arguments) - scratch:
            home.fail(function, f"{name}() assigns to its parameter {parameter}: use a local")
        for parameter in scratch:
            if not isinstance(arguments[parameter], ast.Name):
                self.fail(call, f"{name}() uses {parameter} as scratch: give it a variable")
        own -= scratch
        uses = [node.id for statement in body for node in ast.walk(statement)
                if isinstance(node, ast.Name)]
        for parameter, value in arguments.items():
            if not _is_simple(value) and uses.count(parameter) > 1:
                self.fail(call, f"{name}(): {ast.unparse(value)} would be evaluated "
                          f"{uses.count(parameter)} times: give it a variable")
            if not one and not _is_arithmetic(value):
                self.fail(call, f"{name}(): {ast.unparse(value)} would be evaluated later than "
                          "here: give it a variable")
        # What it names at home is put in there, what it is given and keeps has names of here.
        home.expanding, expanding = [*self.expanding, function], home.expanding
        body = home.body(body)
        home.expanding = expanding
        free = {node.id for statement in body for node in ast.walk(statement)
                if isinstance(node, ast.Name)} - own - set(arguments)
        mapping = {local: ast.Name(f"_{name}_{local}") for local in own} | arguments
        done = []
        for statement in body:
            folded = _Fold().visit(_Substitute(mapping).visit(statement))
            done += folded if isinstance(folded, list) else [folded]
        left = {node.id for statement in done for node in ast.walk(statement)
                if isinstance(node, ast.Name)}
        for missing in sorted(free & left - self.bound()):
            if not missing.startswith("_"):
                self.fail(call, f"{name}() needs the name {missing} here: import it")
        return self.body(self.ended(call, function, done, end))

    def ended(self, call, function, body, end):
        """Make of each `return` at an end of the body what `end` says; others are refused."""
        *before, last = body
        for statement in before:
            if any(isinstance(node, ast.Return) for node in ast.walk(statement)):
                self.fail(call, f"{function.name}() returns from its middle: it cannot be inlined")
        if isinstance(last, ast.If) and any(isinstance(node, ast.Return) for node in
                                            ast.walk(last)):
            last.body = self.ended(call, function, last.body, end)
            last.orelse = self.ended(call, function, last.orelse, end) if last.orelse else []
        elif isinstance(last, ast.Return):
            if end is None:
                return before or [ast.Pass()]
            last = end(last.value)
        elif any(isinstance(node, ast.Return) for node in ast.walk(last)):
            self.fail(call, f"{function.name}() returns from its middle: it cannot be inlined")
        return [*before, last]

    def arguments(self, function, call):
        """The parameters' arguments, constants and inner calls put in."""
        parameters = [each.arg for each in function.args.args]
        given = dict(zip(parameters, call.args))
        if len(call.args) > len(parameters):
            self.fail(call, f"{function.name}() takes {len(parameters)} arguments")
        for keyword in call.keywords:
            if keyword.arg not in parameters or keyword.arg in given:
                self.fail(call, f"{function.name}() takes no further {keyword.arg}")
            given[keyword.arg] = keyword.value
        defaults = function.args.defaults
        given = dict(zip(parameters[len(parameters) - len(defaults):], defaults)) | given
        for parameter in parameters:
            if parameter not in given:
                self.fail(call, f"{function.name}() needs its argument {parameter}")
        return {parameter: _Fold().visit(self.expression(value))
                for parameter, value in given.items()}


class _Substitute(ast.NodeTransformer):
    def __init__(self, mapping):
        self.mapping = mapping

    def visit_Name(self, node):
        new = self.mapping.get(node.id)
        if new is None:
            return node
        new = copy.deepcopy(new)
        if isinstance(new, ast.Name):
            new.ctx = node.ctx
        return ast.copy_location(new, node)


class _Fold(ast.NodeTransformer):
    """Compute what is constant, and leave the branches that are taken."""

    def visit_If(self, node):
        node = self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return (node.body if node.test.value else node.orelse) or ast.Pass()
        return node

    def visit_IfExp(self, node):
        node = self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_UnaryOp(self, node):
        node = self.generic_visit(node)
        if isinstance(node.operand, ast.Constant) and isinstance(node.op, ast.Not):
            return _number(not node.operand.value, node)
        return node

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        sign = OPERATORS.get(type(node.op))
        if sign and all(isinstance(side, ast.Constant) and isinstance(side.value, int)
                        for side in (node.left, node.right)):
            return _number(eval(f"{int(node.left.value)} {sign} {int(node.right.value)}"), node)
        return node

    def visit_BoolOp(self, node):
        node = self.generic_visit(node)
        stops = isinstance(node.op, ast.Or)
        values = []
        for value in node.values:
            if isinstance(value, ast.Constant):
                if bool(value.value) != stops:
                    continue  # it decides nothing
                values.append(value)
                break
            values.append(value)
        if not values:
            return node.values[-1]
        node.values = values
        return node if len(values) > 1 else values[0]


def _joined(lines, room):
    """Native lines in as much room: where they need more, simple statements share a line."""
    index = len(lines) - 1
    while len(lines) > room and index > 0:
        before, line = lines[index - 1], lines[index]
        indent = len(line) - len(line.lstrip())
        simple = not any(each.rstrip().endswith(":") or each.lstrip().startswith("@")
                         for each in (before, line))
        if simple and before.startswith(" " * indent) and before[indent:indent + 1].strip():
            lines[index - 1:index + 1] = [f"{before}; {line.strip()}"]
        index -= 1
    return lines


def _number(value, node):
    if isinstance(value, bool) or value >= 0:
        return ast.copy_location(ast.Constant(value), node)
    return ast.copy_location(ast.UnaryOp(ast.USub(), ast.Constant(-value)), node)


def _decorated(node, name):
    return any(_dotted(each).split(".")[-1] == name for each in node.decorator_list)


def _dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _is_docstring(node):
    return (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str))


def _undocumented(body):
    return body[1:] if _is_docstring(body[0]) else body


def _first_line(node):
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])


def _holds_function(node):
    return any(isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ImportFrom))
               for child in ast.walk(node) if child is not node) or isinstance(node, ast.ClassDef)


def _assigned(body):
    return {node.id for statement in body for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _is_simple(node):
    """Whether it costs nothing to evaluate: a variable, a number, or a cast of one."""
    if isinstance(node, ast.Call):
        return (_dotted(node.func) in CASTS and len(node.args) == 1
                and isinstance(node.args[0], (ast.Name, ast.Constant)))
    return isinstance(node, (ast.Name, ast.Constant, ast.Attribute)) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _is_arithmetic(node):
    """Whether it gives the same whenever it is evaluated: variables and numbers, no memory."""
    return not any(isinstance(each, ast.Subscript) or (
        isinstance(each, ast.Call) and _dotted(each.func) not in CASTS)
        for each in ast.walk(node))


def expand(source, target, wide):
    """Write the expansion of the package in the folder `source` to `target`, afresh."""
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    Package(source, wide).write(fresh, source)
    _replace(fresh, target)


def _replace(fresh, target):
    """Put the new folder's files into the old one's place; what is unchanged keeps its time."""
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*.py")}
    for path in [path for path in target.rglob("*.py") if path.relative_to(target) not in wanted]:
        path.unlink()
    for name in sorted(wanted):
        new, old = fresh / name, target / name
        if not old.exists() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            new.replace(old)
    shutil.rmtree(fresh)


def prepare():
    """Bring build/lib and build/lib64 up to date."""
    with lock(BUILD / "expand.lock"):
        for target, wide in TARGETS.items():
            expand(LIBRARY / "tickslot", target / "tickslot", wide)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", type=Path)
    parser.add_argument("target", nargs="?", type=Path)
    parser.add_argument("--wide", action="store_true", help="for a machine of 64 bits")
    options = parser.parse_args()
    if options.source and options.target:
        expand(options.source, options.target, options.wide)
    else:
        prepare()


if __name__ == "__main__":
    run(main)
