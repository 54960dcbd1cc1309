"""How expand.py reads and changes Python's syntax trees."""

import ast
import copy
import operator

CASTS = {"ptr", "ptr8", "ptr16", "ptr32", "int", "uint"}  # these cost nothing in viper
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
              ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.BitOr: operator.or_,
              ast.BitAnd: operator.and_, ast.BitXor: operator.xor}


class Fold(ast.NodeTransformer):
    """Compute constant expressions, and keep only the branches that are taken."""

    def visit_If(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return (node.body if node.test.value else node.orelse) or ast.Pass()
        return node

    def visit_IfExp(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if isinstance(node.operand, ast.Constant) and isinstance(node.op, ast.Not):
            return ast.copy_location(ast.Constant(not node.operand.value), node)
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        sides = [getattr(side, "value", None) for side in (node.left, node.right)]
        if type(node.op) in _OPERATORS and all(isinstance(side, int) for side in sides):
            return number(_OPERATORS[type(node.op)](*map(int, sides)), node)
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        stops = isinstance(node.op, ast.Or)
        values = []
        for value in node.values:
            constant = isinstance(value, ast.Constant)
            if not constant or bool(value.value) == stops or value is node.values[-1]:
                values.append(value)
            if constant and bool(value.value) == stops:
                break
        node.values = values
        return node if len(values) > 1 else values[0]


class Substitute(ast.NodeTransformer):
    """Replace parameters by arguments, and locals by new names."""

    def __init__(self, mapping):
        self.mapping = mapping

    def visit_Name(self, node):
        new = copy.deepcopy(self.mapping.get(node.id, node))
        if isinstance(new, ast.Name):
            new.ctx = node.ctx
        return ast.copy_location(new, node)


def number(value, node):
    if isinstance(value, bool) or value >= 0:
        return ast.copy_location(ast.Constant(value), node)
    return ast.copy_location(ast.UnaryOp(ast.USub(), ast.Constant(-value)), node)


def without_blocks(node):
    head = copy.copy(node)
    head.body = [ast.Pass()]
    for name in ("orelse", "finalbody"):
        if hasattr(head, name):
            setattr(head, name, [])
    if isinstance(head, ast.Try):
        head.handlers, head.finalbody = [], [ast.Pass()]
    return head


def decorated(node, name):
    return any(dotted(each).split(".")[-1] == name for each in node.decorator_list)


def dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def undocumented(body):
    return body[1:] if is_docstring(body[0]) else body


def is_expression(function):
    body = undocumented(function.body)
    return len(body) == 1 and isinstance(body[0], ast.Return)


def first_line(node):
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])


def names_in(body):
    return {node.id for each in body for node in ast.walk(each) if isinstance(node, ast.Name)}


def assigned(tree):
    return {node.id for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def holds_return(node):
    return any(isinstance(each, ast.Return) for each in ast.walk(node))


def is_simple(node):
    """Whether the evaluation is free: a variable, a number, or a cast of one."""
    if isinstance(node, ast.Call) and dotted(node.func) in CASTS:
        return is_simple(node.args[0])
    return isinstance(getattr(node, "operand", node), (ast.Name, ast.Constant, ast.Attribute))


def is_arithmetic(node):
    """Whether its value is the same at any time: variables and numbers, no memory."""
    return not any(isinstance(each, ast.Subscript) or isinstance(each, ast.Call)
                   and dotted(each.func) not in CASTS for each in ast.walk(node))
