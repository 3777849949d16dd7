"""The mutator changes what it says, in the functions that live, and nothing that means the same."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from contracts.catalogue import ACTS
from tools.mutate.code import Live, code_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.operators import changes
from tools.mutate.rows import row_mutants

SOURCE = '''
"""A module with a table that holds its functions."""
from functools import lru_cache

LIMIT = 3


def within(value: int, limit: int = 3) -> bool:
    """At most the limit."""
    return value <= limit and not value < 0


def over(limit):
    def check(value):
        return value > limit
    return check


@lru_cache
def sign(value):
    return "minus" if value < 0 else "plus"


TABLE = (within, over(10), lambda value: value == 1)
'''


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    (tmp_path / "mutable.py").write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("mutable", tmp_path / "mutable.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def mutants(module: ModuleType, *, only: str) -> list[Mutant]:
    path = Path(str(module.__file__))
    return [m for m in code_mutants(path, path.parent, Live(path.parent)) if only in str(m)]


@pytest.mark.parametrize(
    ("only", "ask", "before", "after"),
    [
        ("LtE becomes Lt", lambda m: m.TABLE[0](3), True, False),
        ("And becomes Or", lambda m: m.TABLE[0](-1), False, True),
        ("loses its `not`", lambda m: m.TABLE[0](1), True, False),
        ("Gt becomes GtE", lambda m: m.TABLE[1](10), False, True),
        ("Eq becomes NotEq", lambda m: m.TABLE[2](1), True, False),
        ("sign: `value < 0` becomes True", lambda m: m.sign(1), "plus", "minus"),
        ("within: `return value <= limit", lambda m: m.within(1), True, None),
    ],
)
def test_a_mutant_is_what_it_says_wherever_the_function_is_held(
    module: ModuleType, only: str, ask: Callable[[ModuleType], object], before: object, after: object
) -> None:
    assert ask(module) == before
    (mutant,) = mutants(module, only=only)
    mutant.apply()
    assert ask(module) == after


def test_types_defaults_and_docstrings_are_left_alone(module: ModuleType) -> None:
    said = [str(mutant) for mutant in mutants(module, only="within")]
    assert not [text for text in said if "`3`" in text or "At most" in text]
    assert len(said) == len(set(said)) > 5


def test_a_tree_is_as_before_when_its_changes_are_taken_back() -> None:
    tree = ast.parse(SOURCE)
    before = ast.dump(tree)
    for change in changes(tree):
        undo = change.make()
        assert ast.dump(tree) != before, change.says
        undo()
    assert ast.dump(tree) == before


def test_every_mutant_of_the_contracts_compiles() -> None:
    from contracts.bill import rules

    root = Path(__file__).resolve().parents[2]
    found = list(code_mutants(Path(rules.__file__), root, Live(root)))
    assert len(found) > 50
    assert all(mutant.covers for mutant in found)


def test_rows_lose_each_condition_and_gain_each_state() -> None:
    found = [str(mutant) for mutant in row_mutants()]
    conditions = [g for act in ACTS.values() for g in (*act.guards, *act.scope)]
    assert sum("condition" in text or "scope" in text for text in found) >= len(conditions)
    row = ACTS["bill.transfer"]
    mutant = next(m for m in row_mutants() if str(m) == "contracts bill.transfer: possible when voided")
    before = row.states
    mutant.apply()
    assert [state.value for state in row.states] == ["issued", "voided"]
    object.__setattr__(row, "states", before)
