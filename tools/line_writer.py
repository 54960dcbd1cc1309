"""Writes Python statements, so that each bytecode statement is at its line of the source."""

import ast
import copy

from common import Error
from syntax import decorated, first_line, is_docstring, without_blocks


class LineWriter:
    """Collects the lines of a file.

    put       replaces the constants in a plain statement or in the head of a compound one
    function  returns a native function expanded
    import_   returns what is left of a relative import, as text
    """

    def __init__(self, path, put, function, import_):
        self.path, self.put_in, self.function, self.import_ = path, put, function, import_
        self.lines = []
        self.native = []  # native lines to be written: (line in the source, text)

    def write(self, body, indent, native=False):
        """Write statements: bytecode ones each at its line, native ones where there is space."""
        for node in body:
            if isinstance(node, ast.FunctionDef) and decorated(node, "inline"):
                continue
            if isinstance(node, ast.ImportFrom) and node.level:
                text = self.import_(node)
                if text:
                    self.put(text, node.lineno, indent, native)
            elif not hasattr(node, "body"):
                if not is_docstring(node) or len(body) == 1 and indent:
                    node = ast.Pass(lineno=node.lineno) if is_docstring(node) else node
                    if not native:
                        node = self.put_in(copy.deepcopy(node))
                    self.put(ast.unparse(node), node.lineno, indent, native)
            elif not native and isinstance(node, ast.FunctionDef) \
                    and (decorated(node, "viper") or decorated(node, "native")):
                for line in ast.unparse(self.function(copy.deepcopy(node))).split("\n"):
                    self.put(line, first_line(node), indent, native=True)
            else:
                self.compound(node, indent, native)

    def compound(self, node, indent, native, word=None):
        """Write a statement with blocks; the head of each block is at its line."""
        head = self.put_in(copy.deepcopy(without_blocks(node)))
        for offset, line in enumerate(ast.unparse(head).split("\n    ")[0].split("\n")):
            line = line if word is None else word + line[2:]
            self.put(line, first_line(node) + offset if not native else 0, indent, native)
        self.write(node.body, indent + 4, native)
        for handler in getattr(node, "handlers", ()):
            self.compound(handler, indent, native)
        orelse, final = getattr(node, "orelse", []), getattr(node, "finalbody", [])
        if isinstance(node, ast.If) and len(orelse) == 1 and isinstance(orelse[0], ast.If) \
                and orelse[0].col_offset == node.col_offset:
            self.compound(orelse[0], indent, native, word="elif")
        elif orelse:
            self.put("else:", first_line(orelse[0]) - 1, indent, native)
            self.write(orelse, indent + 4, native)
        if final:
            self.put("finally:", first_line(final[0]) - 1, indent, native)
            self.write(final, indent + 4, native)

    def put(self, text, line, indent, native):
        text = " " * indent + text
        if native:
            self.native.append((line, text))
            return
        self.flush(line - 1)
        if len(self.lines) >= line:
            raise Error(f"{self.path}:{line}: expanded, the native code before this line is "
                        f"{len(self.lines) - line + 1} lines too long: move this line up")
        self.lines += [""] * (line - len(self.lines) - 1)
        self.lines.append(text)

    def flush(self, room=1 << 30):
        """Write the native lines up to line `room`: each function at its line, or earlier."""
        native = joined(self.native, room - len(self.lines))
        spare = max(room - len(self.lines) - len(native), 0)
        for line, text in native:
            gap = min(spare, max(line - 1 - len(self.lines), 0 if self.lines else 1))
            spare -= gap
            self.lines += [""] * gap
            self.lines.append(text)
        self.native = []


def joined(lines, room):
    """Fit native lines into `room` lines: if they need more, simple statements share a line."""
    index = len(lines) - 1
    while len(lines) > room and index > 0:
        (number, before), (_, line) = lines[index - 1], lines[index]
        indent = len(line) - len(line.lstrip())
        if not any(each.endswith(":") or each.lstrip().startswith("@") for each in (before, line)) \
                and before.startswith(" " * indent) and before[indent:indent + 1].strip():
            lines[index - 1:index + 1] = [(number, f"{before}; {line.strip()}")]
        index -= 1
    return lines
