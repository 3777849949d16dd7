"""What the core may not do is found; what only looks like it is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import check_purity


def complaints(source: str) -> list[str]:
    return list(check_purity.check_source("ledger/x.py", source))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 0.5", "0.5 is a float"),
        ("x = 1j", "1j is a float"),
        ("x = a / b", "true division"),
        ("x = float(a)", "float()"),
        ("x = hash(a)", "hash()"),
        ("x = id(a)", "id()"),
        ("with open(a) as f: pass", "open()"),
        ("print(a)", "print()"),
        ("exec(a)", "exec()"),
        ("x = datetime.now(UTC)", ".now() reads the clock"),
        ("x = date.today()", ".today() reads the clock"),
        ("async def f(): pass", "f is a coroutine"),
        ("for x in {a, b}: pass", "order of a set"),
        ("for x in set(a): pass", "order of a set"),
        ("x = [y for y in frozenset(a)]", "order of a set"),
        ("x = {y: 1 for y in {z for z in a}}", "order of a set"),
        ("x = tuple(y for y in set(a))", "order of a set"),
    ],
)
def test_impure(source: str, complaint: str) -> None:
    (found,) = complaints(source)
    assert found.startswith("ledger/x.py:1: ")
    assert complaint in found


@pytest.mark.parametrize(
    "source",
    [
        "x = a // b",
        "x = seal.hash()",
        "x = block.id",
        "for x in sorted({a, b}): pass",
        "x = sorted(y for y in set(a))",
        "x = {y for y in set(a)}",
        "x = any(y > 1 for y in {a, b})",
        "x = a in {1, 2}",
        "x = len(set(a))",
        "now = 1",
    ],
)
def test_pure(source: str) -> None:
    assert complaints(source) == []


def test_only_the_core_is_held_to_it(tmp_path: Path) -> None:
    for name in (
        "ledger/a.py",
        "contracts/bill/b.py",
        "nodes/bft/round.py",
        "nodes/bft/engine.py",
        "cli/c.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 0.5\n")
    assert [line.partition(":")[0] for line in check_purity.check(tmp_path)] == [
        "contracts/bill/b.py",
        "ledger/a.py",
        "nodes/bft/round.py",
    ]
