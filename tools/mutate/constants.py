"""Mutants of what modules hold: limits, sets of words, and tables by word, where a function reads them."""

from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import hashlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tools.mutate.mutant import Mutant

Word = str | enum.Enum

Other = tuple[str, object]
"""What is changed, in words, and the value that stands there then."""


def constant_mutants(path: Path, root: Path, text: str) -> Iterator[Mutant]:
    """Every mutant of the constants of one loaded module that some function of the contracts reads.

    What is only read while modules load has taken effect before a test runs.
    """
    file = str(path.relative_to(root))
    module = importlib.import_module(_module(file))
    for statement in ast.parse(text).body:
        name = _name(statement)
        value = vars(module).get(name)
        covers = tuple(
            (read, line) for read, line in _readers(root).get(name, ()) if _holds(read, name, value)
        )
        for change, other in _others(value) if covers else ():
            yield Mutant(
                file=file,
                line=statement.lineno,
                place=name,
                change=change,
                of=hashlib.sha256(repr(value).encode()).hexdigest()[:16],
                covers=covers,
                apply=partial(_put, name, value, other),
            )


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def _holds(file: str, name: str, value: object) -> bool:
    """Whether the module in a file holds this value by this name."""
    module = sys.modules.get(_module(file))
    return module is not None and vars(module).get(name) is value


def _name(statement: ast.stmt) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return targets[0].id if isinstance(targets[0], ast.Name) else ""


@functools.cache
def _readers(root: Path) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """The lines within functions of the contracts that read a name."""
    found: dict[str, dict[tuple[str, int], None]] = {}
    for path in sorted((root / "contracts").rglob("*.py")):
        file = str(path.relative_to(root))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.Lambda):
                for node in ast.walk(function):
                    if isinstance(node, ast.Name):
                        found.setdefault(node.id, {})[file, node.lineno] = None
    return {name: tuple(lines) for name, lines in found.items()}


def _others(value: Any) -> Iterator[Other]:
    """What else a number, a set of words or a table by word might be."""
    if isinstance(value, int) and not isinstance(value, bool | enum.Enum):
        yield f"{value} becomes {value + 1}", value + 1
    elif isinstance(value, tuple) and all(isinstance(one, Word) for one in value):
        for place, one in enumerate(value):
            yield f"without {_said(one)}", (*value[:place], *value[place + 1 :])
    elif isinstance(value, Mapping):
        for key, held in value.items():
            for change, other in _cells(held, tuple(value.values())):
                yield f"{_said(key)}: {change}", {**value, key: other}


def _cells(held: Any, all_held: tuple[Any, ...]) -> Iterator[Other]:
    """What else might stand in one row of a table: another's value, or a row with one cell changed."""
    if dataclasses.is_dataclass(held) and not isinstance(held, type):
        for field in dataclasses.fields(held):
            cells = [getattr(row, field.name) for row in all_held]
            for change, other in _cell(getattr(held, field.name), cells):
                yield f"{field.name} {change}", dataclasses.replace(held, **{field.name: other})
    else:
        yield from _cell(held, list(all_held))


def _cell(held: Any, of_others: list[Any]) -> Iterator[Other]:
    if isinstance(held, tuple):
        yield from _others(held)
    elif held is None or isinstance(held, Word | int):
        for other in [one for one in of_others if one != held][:1]:
            yield f"{_said(held)} becomes {_said(other)}", other


def _said(word: object) -> str:
    return str(word.value) if isinstance(word, enum.Enum) else str(word)


def _put(name: str, value: object, other: object) -> None:
    """Give the constant another value in its module and in every module that imported it."""
    for module in [m for n, m in sys.modules.items() if n.partition(".")[0] == "contracts"]:
        if vars(module).get(name) is value:
            setattr(module, name, other)
