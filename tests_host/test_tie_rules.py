"""The table of ties in the documentation is the one that the enumeration of orders checks."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "lib" / "tickslot" / "README.md"
SCRIPT = ROOT / "tests_host" / "mpy" / "core" / "wait_queue_orders.py"


def test_the_table_is_what_is_checked():
    table = {}
    for orders, outcome in re.findall(r"^\| ([RDC, ]+) \| (.+) \|$", README.read_text(), re.M):
        table.update(dict.fromkeys(orders.split(", "), outcome))
    for node in ast.parse(SCRIPT.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "TOGETHER":
            assert table == ast.literal_eval(node.value)
            return
    raise AssertionError("no TOGETHER in the script")
