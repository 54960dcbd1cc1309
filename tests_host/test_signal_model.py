"""Every order of the memory accesses of posts to a Signal, and of its scheduler's; and wrong ones.

What is gone through is what a board runs of lib/tickslot/sync/signal.py, as tools/expand.py writes
it: each access to a word is made a step. A wrong variant is a change of the source's text.
"""

import ast
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import expand
import pytest
import tickslot.sync.signal as text
from tickslot.core.layout import Header

PACKAGE = expand.ROOT / "lib" / "tickslot"

SCHEDULER, SIGNAL, PRODUCERS = 10000, 20000, (30000, 40000)  # the addresses of their blocks


class Steps(ast.NodeTransformer):
    """Makes a generator of a function: it yields what it is about to read, or to write."""

    def visit_Subscript(self, node):
        return ast.Yield(ast.Tuple([node.value, node.slice], ast.Load()))

    def visit_Assign(self, node):
        value = self.visit(node.value)
        target = node.targets[0]
        if not isinstance(target, ast.Subscript):
            return ast.Assign(node.targets, value)
        return ast.Expr(ast.Yield(ast.Tuple([target.value, target.slice, value], ast.Load())))

    def visit_FunctionDef(self, node):
        node.decorator_list = []
        return self.generic_visit(node)


@cache
def stepped(changes=()):
    """`post` and `next_post` as generators, from the source with these changes."""
    source = (PACKAGE / "sync" / "signal.py").read_text()
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    with TemporaryDirectory() as folder:
        shutil.copytree(PACKAGE / "core", Path(folder, "core"))
        Path(folder, "sync").mkdir()
        Path(folder, "sync", "signal.py").write_text(source)
        tree = ast.parse(expand.read(Path(folder), wide=False)["sync.signal"].expanded())
    functions = [node for node in tree.body
                 if isinstance(node, ast.FunctionDef) and node.name in ("post", "next_post")]
    names = {"ptr32": int}
    for function in functions:
        tree = ast.fix_missing_locations(Steps().visit(ast.Module([function], [])))
        exec(compile(tree, function.name, "exec"), names)
    return names["post"], names["next_post"]


class Run:
    """A scheduler and a thread a producer; `orders` are the values that each of them posts."""

    def __init__(self, orders, rings, capacity, post, next_post):
        self.memory = {SIGNAL + 4 * text._LAST: rings[-1]}
        for ring, following in zip(rings, rings[1:] + rings[:1], strict=True):
            self.memory[ring + 4 * text._PLACES] = capacity + 1
            self.memory[ring + 4 * text._NEXT] = following
        self.got = []
        self.kept = []  # what was not dropped
        self.threads = [self.scheduler(next_post)]
        self.threads += [self.producer(post, rings[i % len(rings)], values)
                         for i, values in enumerate(orders)]
        self.seen = [() for _ in self.threads]  # what each knows: what it read since a known place
        self.places = [0 for _ in self.threads]
        self.next = [next(thread) for thread in self.threads]

    def scheduler(self, next_post):
        while True:
            yield None  # asleep until the bell rings
            yield SCHEDULER, Header.BELL, 0
            while (value := (yield from next_post(SIGNAL))) >= 0:
                self.got.append(value)

    def producer(self, post, ring, values):
        for value in values:
            if (yield from post(ring, SCHEDULER, value)):
                self.kept.append(value)
            yield None

    def can_go_on(self):
        bell = self.memory.get(SCHEDULER + 4 * Header.BELL, 0)
        return [i for i, step in enumerate(self.next)
                if step != "ended" and (i or step is not None or bell)]

    def go_on(self, thread):
        step = self.next[thread]
        value = None
        if step is None:
            self.seen[thread] = ("goes on",)
            self.places[thread] += thread > 0  # the scheduler's rounds are all alike
        else:
            at = step[0] + 4 * step[1]
            if len(step) == 3:
                self.memory[at] = step[2]
            else:
                value = self.memory.get(at, 0)
            self.seen[thread] += (value,)
        try:
            self.next[thread] = self.threads[thread].send(value)
        except StopIteration:
            self.next[thread] = "ended"
        if self.next[thread] is None:
            self.seen[thread] = ()

    def state(self):
        return (tuple(sorted(self.memory.items())), tuple(self.seen), tuple(self.places),
                tuple(self.got), tuple(self.kept))


def wrong(orders, rings=PRODUCERS, capacity=1, changes=()):
    """(An order of steps that ends wrong, or None; how many states there are)."""
    post, next_post = stepped(changes)
    stack, seen = [()], set()
    while stack:
        order = stack.pop()
        run = Run(orders, rings, capacity, post, next_post)
        for thread in order:
            run.go_on(thread)
        state = run.state()
        if state in seen:
            continue
        seen.add(state)
        threads = run.can_go_on()
        stack += [(*order, thread) for thread in threads]
        if not threads:
            dropped = sum(run.memory.get(ring + 4 * text._DROPPED, 0) for ring in rings)
            in_order = all([value for value in run.got if value in values]
                           == [value for value in run.kept if value in values] for values in orders)
            everything = len(run.got) + dropped == sum(map(len, orders))
            if not (in_order and everything and sorted(run.got) == sorted(run.kept)):
                return order, len(seen)
    return None, len(seen)


@pytest.mark.parametrize("capacity, orders", [
    (1, [(1, 2, 3)]), (2, [(1, 2, 3, 4)]), (1, [(1, 2), (11,)]), (2, [(1, 2), (11,)])])
def test_each_post_is_delivered_or_counted_in_every_order(capacity, orders):
    order, states = wrong(orders, PRODUCERS[: len(orders)], capacity)
    assert order is None
    assert states > 1000


VALUE = "producer[_RING + posted] = value\n"
INDEX = "producer[_POSTED] = after  # after the value: who sees this sees the value\n"
BELL = "    ptr32(base)[Header.BELL] = 1\n"


@pytest.mark.parametrize("changes", [
    ((f"{VALUE}        {INDEX}", f"{INDEX}        {VALUE}"),),
    (("if after == producer[_TAKEN]:", "if after == 99:"),),
    ((BELL, ""), ("    done = 0\n", f"    done = 0\n{BELL}")),
], ids=["index before the value", "never full", "bell first"])
def test_a_wrong_one_is_caught(changes):
    assert wrong([(1, 2, 3)], PRODUCERS[:1], 2, changes)[0]


def test_a_bell_that_is_cleared_after_the_rings_were_read_is_caught(monkeypatch):
    def scheduler(self, next_post):
        while True:
            yield None
            while (value := (yield from next_post(SIGNAL))) >= 0:
                self.got.append(value)
            yield SCHEDULER, Header.BELL, 0

    monkeypatch.setattr(Run, "scheduler", scheduler)
    assert wrong([(1, 2, 3)], PRODUCERS[:1], 2)[0]
