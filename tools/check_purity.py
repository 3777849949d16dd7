"""The core turns values into values: what import contracts cannot see is checked here.

The import contracts of `pyproject.toml` keep clocks, sockets, SQL and the like
out of the core by name. This check reads the syntax of the same modules for what
needs no import: coroutines, floats, built-ins that reach outside or differ
between two runs, reading the present time, and iteration over a set, whose order
depends on the process. Sorting a set, counting it or asking what it holds is fine.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.tree import ROOT, python_files

PURE_PACKAGES = ("ledger", "contracts")
"""Packages of which every module is pure."""

PURE_MODULES = frozenset(
    f"nodes/bft/{name}.py"
    for name in (
        "accountability",
        "candidates",
        "driver",
        "effects",
        "intake",
        "messages",
        "proposer",
        "recovery",
        "rivals",
        "round",
        "speaker",
        "tallies",
        "timing",
        "verify",
        "votes",
        "work",
    )
)
"""The pure half of the embedded engine; the rest of it does the I/O."""

FORBIDDEN_CALLS = {
    "breakpoint": "it stops for a person",
    "eval": "it runs text as code",
    "exec": "it runs text as code",
    "float": "floats differ in how they are written; use integers in minor units",
    "hash": "it differs between processes; use ledger.hashing",
    "id": "it differs between processes",
    "input": "it reads the terminal",
    "open": "it reads or writes a file",
    "print": "it writes to the terminal",
}
"""Built-ins the core does not call, and why."""

CLOCK_METHODS = frozenset({"now", "today", "utcnow"})
"""Methods of `datetime` types that read the clock."""

SET_BUILDERS = frozenset({"frozenset", "set"})

ORDER_BLIND = frozenset({"all", "any", "frozenset", "len", "max", "min", "set", "sorted", "sum"})
"""Calls whose result does not depend on the order of what they consume."""


def is_pure(name: str) -> bool:
    """Whether the module at this path, relative to the root, belongs to the core."""
    return name.partition("/")[0] in PURE_PACKAGES or name in PURE_MODULES


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SET_BUILDERS


class _Visitor(ast.NodeVisitor):
    """Collects (line, complaint) pairs from one module."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._order_blind: set[ast.AST] = set()

    def _complain(self, node: ast.expr | ast.stmt, why: str) -> None:
        self.found.append((node.lineno, why))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._complain(node, f"{node.name} is a coroutine")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, float | complex):
            self._complain(node, f"{node.value} is a float")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div):
            self._complain(node, "true division makes a float; use // or integers in minor units")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            if node.func.id in FORBIDDEN_CALLS:
                self._complain(node, f"{node.func.id}(): {FORBIDDEN_CALLS[node.func.id]}")
            if node.func.id in ORDER_BLIND:
                self._order_blind.update(node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS:
            self._complain(node, f".{node.func.attr}() reads the clock; time means block time")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._check_iteration(node.iter)
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._check_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._check_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._check_comprehension(node)

    def _check_comprehension(self, node: ast.ListComp | ast.DictComp | ast.GeneratorExp) -> None:
        if node not in self._order_blind:
            for generator in node.generators:
                self._check_iteration(generator.iter)
        self.generic_visit(node)

    def _check_iteration(self, iterated: ast.expr) -> None:
        if _is_set(iterated):
            self._complain(iterated, "the order of a set differs between processes; sort it")


def check_source(name: str, source: str) -> Iterator[str]:
    """What in this module of the core is not a function of its arguments."""
    visitor = _Visitor()
    visitor.visit(ast.parse(source, filename=name))
    for line, why in sorted(visitor.found):
        yield f"{name}:{line}: {why}"


def check(root: Path = ROOT) -> list[str]:
    """Everything impure in the core below `root`."""
    found: list[str] = []
    for path in python_files(root):
        name = path.relative_to(root).as_posix()
        if is_pure(name):
            found += check_source(name, path.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Print what is impure; 1 when anything is."""
    found = check()
    print("\n".join(found) if found else "purity: the core is a function of its arguments")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
