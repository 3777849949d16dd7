"""How code can be changed a little: each node of a function's tree, and what might stand there instead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""What may stand for a comparison: its opposite, and for an order also what moves its border by one."""

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
"""What may stand for an operator."""

CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}
"""What may stand for a built-in."""


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of a tree, which can be taken back."""

    line: int
    """Line of the changed node."""
    lines: tuple[int, int]
    """First and last line of the statement that it is in: a test that runs none of them cannot notice."""
    says: str
    """What is changed, in words."""
    make: Callable[[], Callable[[], None]]
    """Edits the tree; what it returns takes the edit back."""


def changes(function: ast.AST, words: AbstractSet[ast.AST] = frozenset()) -> Iterator[Change]:
    """Every small change of a function's own code, nested functions included.

    Types, docstrings, the text of errors and `words` for people stay as they are.
    """
    for node, lines in _executed(function, (0, 0)):
        if node not in words:
            for change in _of_node(node):
                yield replace(change, lines=lines)


Lines = tuple[int, int]


def _executed(node: ast.AST, lines: Lines) -> Iterator[tuple[ast.AST, Lines]]:
    """The nodes that run, each with the lines of its statement.

    Not annotations, defaults, decorators, docstrings or error messages.
    """
    if isinstance(node, ast.FunctionDef):
        for statement in node.body:
            if not _is_text(statement):
                yield from _executed(statement, lines)
        return
    if isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from _executed(node.value, _lines(node))
        return
    if isinstance(node, ast.Raise | Kept):
        return
    lines = _lines(node) if isinstance(node, ast.stmt | ast.Lambda) else lines
    yield node, lines
    for child in ast.iter_child_nodes(node):
        yield from _executed(child, lines)


def _lines(node: ast.stmt | ast.Lambda) -> Lines:
    """Of a block its head only: what is in it has statements of its own."""
    if isinstance(node, ast.If | ast.While):
        return node.lineno, node.test.end_lineno or node.lineno
    if isinstance(node, ast.For):
        return node.lineno, node.iter.end_lineno or node.lineno
    if isinstance(node, ast.With):
        return node.lineno, node.items[-1].context_expr.end_lineno or node.lineno
    if isinstance(node, ast.Try):
        return node.lineno, node.lineno
    return node.lineno, node.end_lineno or node.lineno


class Kept(ast.If):
    """Names that a closure refers to even when a change drops them, so that it fits the one that lives."""


def keep_names(closure: ast.FunctionDef) -> None:
    """Let a closure refer to its names once more, where nothing runs."""
    names = [
        node for node in ast.walk(closure) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    values: list[ast.expr] = [ast.Name(name, ast.Load()) for name in dict.fromkeys(node.id for node in names)]
    kept = Kept(ast.Constant(False), [ast.Expr(ast.Tuple(values, ast.Load()))], [])
    closure.body.append(ast.fix_missing_locations(ast.copy_location(kept, closure.body[-1])))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _of_node(node: ast.AST) -> Iterator[Change]:
    for kind, change in KINDS.items():
        if isinstance(node, kind):
            yield from change(node)


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for kind in COMPARISONS[type(operator)]:
            new = [*node.ops[:place], kind(), *node.ops[place + 1 :]]
            yield _replaced(node, "ops", new, f"{_name(operator)} becomes {kind.__name__}", ast.unparse(node))


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield _replaced(node, "op", other, f"{_name(node.op)} becomes {_name(other)}", ast.unparse(node))
    for place, value in enumerate(node.values):
        less = [*node.values[:place], *node.values[place + 1 :]]
        less = less if len(less) > 1 else [less[0], less[0]]  # one alone would be no syntax
        dropped = f"`{ast.unparse(value)}` is dropped"
        yield _replaced(node, "values", less, dropped, ast.unparse(node), value.lineno)


def _negation(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        twice = ast.copy_location(ast.UnaryOp(ast.Not(), node.operand), node.operand)
        yield _replaced(node, "operand", twice, "loses its `not`", ast.unparse(node))


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    other = ARITHMETIC.get(type(node.op))
    if other is not None:
        yield _replaced(node, "op", other(), f"{_name(node.op)} becomes {other.__name__}", ast.unparse(node))


def _branch(node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
    for truth in (True, False):
        yield _replaced(node, "test", ast.Constant(truth), f"becomes {truth}", ast.unparse(node.test))


def _filter(node: ast.comprehension) -> Iterator[Change]:
    for place, test in enumerate(node.ifs):
        less = [*node.ifs[:place], *node.ifs[place + 1 :]]
        yield _replaced(node, "ifs", less, "is dropped", f"if {ast.unparse(test)}", test.lineno)


def _result(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not _is_none(node.value):
        yield _replaced(node, "value", ast.Constant(None), "becomes None", ast.unparse(node))


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield _replaced(node, "value", not node.value, f"becomes {not node.value}", str(node.value))
    elif isinstance(node.value, int):
        yield _replaced(node, "value", node.value + 1, f"becomes {node.value + 1}", str(node.value))
    elif isinstance(node.value, str) and node.value and " " not in node.value:
        yield _replaced(node, "value", node.value + "x", "gets another letter", repr(node.value))


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        other = ast.Name(CALLS[node.func.id], ast.Load())
        yield _replaced(node, "func", other, f"becomes {other.id}", f"{node.func.id}(...)")
    if isinstance(node.func, ast.Name) and node.func.id == "replace":
        for place, word in enumerate(node.keywords):
            less = [*node.keywords[:place], *node.keywords[place + 1 :]]
            yield _replaced(node, "keywords", less, "is not written", f"{word.arg}=", word.value.lineno)


KINDS: dict[Any, Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _comparison,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _negation,
    ast.BinOp: _arithmetic,
    ast.If: _branch,
    ast.IfExp: _branch,
    ast.While: _branch,
    ast.comprehension: _filter,
    ast.Constant: _constant,
    ast.Return: _result,
    ast.Call: _call,
}
"""What is changed in which kind of node."""


def _replaced(node: ast.AST, field: str, new: object, says: str, of: str, line: int = 0) -> Change:
    """A field of a node, or a whole node, that gets another value."""

    def make() -> Callable[[], None]:
        old = getattr(node, field)
        if isinstance(new, ast.expr):
            ast.copy_location(new, old)
        setattr(node, field, new)
        return lambda: setattr(node, field, old)

    return Change(line or getattr(node, "lineno", 0), (0, 0), f"`{_short(of)}` {says}", make)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _name(operator: ast.AST) -> str:
    return type(operator).__name__


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."
