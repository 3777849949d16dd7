"""The page of limits: what bounds a hostile peer or client, what happens there, and which test goes there.

Values and reasons come from the code; what happens and the test from `limits.toml`.
A limit of a file that is listed in full, yet missing there, is an error, and so is
a test that does not exist.
"""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterator
from typing import Any

from tools.docs.markdown import notice, page, table, wrapped
from tools.tree import ROOT

SOURCE = "tools/docs/limits.toml"

INTRODUCTION = """Nothing that a stranger, a peer or a client sends may take more than its share of a node.
Each bound stands in the code beside its reason, and has a test that goes beyond it, often with a lower value,
and sees that others are served. Faults are charged to the peer that committed them: it is disconnected, and
stays away for a pause that doubles. `[api]` in `node.toml` sets the rates of the API
([configuration](configuration.md)); the others are fixed."""

COMPLETE = frozenset(
    {
        "nodes/network/limits.py",
        "nodes/mempool.py",
        "nodes/api/limits.py",
        "nodes/bft/inbox.py",
        "nodes/bft/intake.py",
        "nodes/bft/votes.py",
    }
)
"""Files of which every limit must be listed."""

NO_LIMITS = frozenset({"DEFAULT_LIMITS", "DEFAULT_PAGE", "DEFAULT_WAIT_MS"})
"""What those files name beside their limits."""

HEAD = ("limit", "value", "why", "beyond it", "test")
LIMIT_CLASSES = frozenset({"Limits", "PoolLimits"})


def groups() -> list[dict[str, Any]]:
    """What `limits.toml` says, in its order."""
    found: list[dict[str, Any]] = tomllib.loads((ROOT / SOURCE).read_text(encoding="utf-8"))["group"]
    return found


def limits_page() -> str:
    """The text of `docs/reference/limits.md`; raises `ValueError` for a gap."""
    parts = ["# Limits", notice(f"nodes/ and {SOURCE}"), wrapped(INTRODUCTION)]
    for group in groups():
        file, rows = group["file"], group["limits"]
        meanings = dict(_meanings(file))
        gaps = meanings.keys() - {row["name"] for row in rows} - NO_LIMITS
        if file in COMPLETE and gaps:
            raise ValueError(f"{SOURCE} lacks {', '.join(sorted(gaps))} of {file}")
        rows = [_row(file, row, meanings) for row in rows]
        parts += [f"## {group['title']}", f"`{file}`", table(HEAD, rows)]
    return page(parts)


def missing_tests() -> list[str]:
    """The tests that are named and do not exist."""
    named = [row["test"].split("::") for group in groups() for row in group["limits"]]
    return [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]


def _row(file: str, row: dict[str, str], meanings: dict[str, str]) -> tuple[str, ...]:
    path, test = row["test"].split("::")
    name = row["name"]
    if name not in meanings:
        raise ValueError(f"{file} has no {name}")
    link = f"[{test}](../../{path})"
    return f"`{name.rpartition('.')[2]}`", _value(file, name), meanings[name], row["beyond"], link


def _meanings(file: str) -> Iterator[tuple[str, str]]:
    """Constants and fields of a file, with the sentences beneath them."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    yield from _documented(tree.body, "")
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in LIMIT_CLASSES:
            yield from _documented(node.body, f"{node.name}.")


def _documented(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    """What is assigned in a body; a sentence beneath several stands for all of them."""
    meaning = ""
    for node in reversed(body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            meaning = " ".join(str(node.value.value).split())
        for name in _assigned(node):
            if prefix or name.isupper():
                yield prefix + name, meaning


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    flat: list[ast.expr] = []
    for target in targets:
        flat += target.elts if isinstance(target, ast.Tuple) else [target]
    return [item.id for item in flat if isinstance(item, ast.Name) and not item.id.startswith("_")]


def _value(file: str, name: str) -> str:
    value: Any = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    for part in name.split("."):
        value = getattr(value, part)
        value = value() if part in LIMIT_CLASSES else value
    return f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
