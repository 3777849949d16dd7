"""The mutator changes what it says, in the functions that live, and nothing that means the same."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from contracts.catalogue import ACTS
from contracts.movement.vocabulary import EventType
from tools.mutate.__main__ import EXPLAINED
from tools.mutate.code import Live, code_mutants
from tools.mutate.constants import constant_mutants
from tools.mutate.mutant import Mutant
from tools.mutate.observe import ASKED_OF_ROWS
from tools.mutate.operators import changes
from tools.mutate.results import Outcome, Results
from tools.mutate.rows import row_mutants
from tools.mutate.sentences import words
from tools.tree import ROOT

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


PROJECT = {
    "contracts/rule.py": """def fits(value):
    if value > 3:
        return False
    return True


def grows(value):
    while value < 9:
        value += 1
    return value


def idle():
    return 1
""",
    "test_rule.py": """
import importlib.util

spec = importlib.util.spec_from_file_location("rule", "contracts/rule.py")
rule = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rule)


def test_what_fits():
    assert rule.fits(1) and not rule.fits(9)


def test_growth():
    assert rule.grows(7) == 9
""",
    "run.py": """
from pathlib import Path
import pytest
from tools.mutate import trials
from tools.mutate.trials import Trials

trials.PATIENCE_S = 1
root = Path.cwd()
files = [root / "contracts" / "rule.py"]
run = Trials(root, files, rows=False, budget_s=9, only="", folder=root / "kept")
pytest.main(["-q", "-p", "no:cacheprovider", "--tb=native", "test_rule.py"], plugins=[run])
print("outcomes:")
print(*(f"{outcome} {mutant}" for mutant, outcome in run.outcomes), sep=chr(10))
""",
}
"""A project with a rule, a test that holds half of it, and a run of the tool."""


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
    found = code_mutants(path, path.parent, Live(path.parent), path.read_text())
    return [mutant for mutant in found if only in str(mutant)]


@pytest.mark.parametrize(
    ("only", "ask", "before", "after"),
    [
        ("LtE becomes Lt", lambda m: m.TABLE[0](3), True, False),
        ("And becomes Or", lambda m: m.TABLE[0](-1), False, True),
        ("loses its `not`", lambda m: m.TABLE[0](1), True, False),
        ("Gt becomes GtE", lambda m: m.TABLE[1](10), False, True),
        ("`return value > limit` becomes None", lambda m: m.TABLE[1](11), True, None),
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


SAID = """
def check(call, wanted):
    rule = "with" if wanted == 1 else "without"
    mode = "one" if wanted == 2 else "two"
    kinds = {"kind": "amendment"}
    return fault("body.mode", rule=rule, mode=call.find("mode"), **kinds) if call.mode == mode else None


def tell(field, expected):
    return error("wrong-type", field, f"Expected {expected}.")


def note(node):
    return tell("number", "whole" if node else "any")
"""


def test_words_of_sentences_are_left_alone_and_what_decides_is_not() -> None:
    tree = ast.parse(SAID)
    said = [change.says for change in changes(tree, words(tree))]
    letters = {text.split("`")[1] for text in said if text.endswith("letter")}
    assert letters == {"'one'", "'two'", "'body.mode'", "'mode'", "'kind'", "'wrong-type'", "'number'"}
    assert "`wanted == 1` Eq becomes NotEq" in said, "the facts of a sentence are right ones"
    assert "`node` becomes True" not in said
    assert "`wanted == 2` becomes True" in said


def test_a_change_is_noticed_by_whoever_runs_its_statement() -> None:
    source = (
        "def f(x):\n    if (x and\n            x > 1):\n        return [\n            x == 2]\n    return 0"
    )
    found = {change.says: change.lines for change in changes(ast.parse(source))}
    assert found["`x > 1` Gt becomes GtE"] == (2, 3), "of a block only its head"
    assert found["`x == 2` Eq becomes NotEq"] == (4, 5)
    assert found["`return 0` becomes None"] == (6, 6)


@pytest.mark.parametrize(("file", "name"), ASKED_OF_ROWS)
def test_whoever_is_asked_of_a_row_is_called_with_it(file: str, name: str) -> None:
    function = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), name)
    assert "act" in inspect.signature(function).parameters


def test_a_run_goes_on_where_it_ended(module: ModuleType, tmp_path: Path) -> None:
    (one,), (other,) = (mutants(module, only=said) for said in ("LtE becomes Lt", "And becomes Or"))
    results = Results(tmp_path / "results.jsonl")
    assert results.known(one, "tests 1", 3) is None
    results.add(one, Outcome.NOTICED, "tests 1", 3, "test_one")
    results.add(other, Outcome.SURVIVED, "tests 1", 3)
    again = Results(tmp_path / "results.jsonl")
    assert again.known(one, "tests 2", 9) is Outcome.NOTICED
    assert again.noticed_by(one) == "test_one"
    assert again.known(replace(one, of="changed"), "tests 1", 3) is None
    assert again.known(other, "tests 1", 3) is Outcome.SURVIVED
    assert again.known(other, "tests 1", 4) is None, "more tests may be asked"
    assert again.known(other, "tests 2", 3) is None, "other tests are there"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_no_test_holds_is_named_and_what_one_holds_is_not(tmp_path: Path) -> None:
    """The whole tool on a project of its own, twice: the second run knows the answers."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    first, second = (
        subprocess.run(
            [sys.executable, "-W", "ignore", "run.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    )
    said, again = (run.stdout.partition("outcomes:")[2].splitlines() for run in (first, second))
    assert said == again
    assert "survived contracts/rule.py:2 fits: `value > 3` Gt becomes GtE" in said
    assert "survived contracts/rule.py:2 fits: `3` becomes 4" in said
    assert "noticed contracts/rule.py:2 fits: `value > 3` Gt becomes LtE" in said
    assert "noticed contracts/rule.py:8 grows: `value < 9` becomes True" in said, "a loop is noticed"
    assert "unseen contracts/rule.py:14 idle: `return 1` becomes None" in said
    assert len((tmp_path / "kept" / "results.jsonl").read_text().splitlines()) == len(said) - 1


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

    path = Path(rules.__file__)
    found = list(code_mutants(path, ROOT, Live(ROOT), path.read_text()))
    assert len(found) > 50
    assert all(mutant.covers for mutant in found)


@pytest.mark.slow
def test_every_explanation_is_of_a_mutant_that_there_is() -> None:
    import contracts.catalogue  # noqa: F401  (every contract has to be loaded)

    known = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    live, found = Live(ROOT), {mutant.name for mutant in row_mutants()}
    for file in {name.partition(" ")[0] for name in known} - {"contracts"}:
        text = (ROOT / file).read_text(encoding="utf-8")
        found |= {mutant.name for mutant in code_mutants(ROOT / file, ROOT, live, text)}
        found |= {mutant.name for mutant in constant_mutants(ROOT / file, ROOT, text)}
    assert sorted(set(known) - found) == []


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


def test_constants_are_changed_wherever_a_module_holds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.movement import events, model, rules

    for name, module in list(sys.modules.items()):
        for constant in ("EVENTS", "MAX_BREACHES"):
            if name.startswith("contracts.") and hasattr(module, constant):
                monkeypatch.setattr(module, constant, getattr(module, constant))
    found: dict[str, Mutant] = {}
    for module in (events, model):
        path = Path(str(module.__file__))
        found |= {f"{m.place}: {m.change}": m for m in constant_mutants(path, ROOT, path.read_text())}
    assert not [name for name in found if name.startswith("MAX_LEGS")], "nothing reads it while a test runs"
    limit = found["MAX_BREACHES: 100 becomes 101"]
    assert {file for file, _ in limit.covers} == {"contracts/movement/rules.py"}
    limit.apply()
    held = vars(rules)
    assert (model.MAX_BREACHES, held["MAX_BREACHES"]) == (101, 101)
    assert "PARTIES_ONLY: without trader" in found
    before = events.EVENTS
    found["EVENTS: gate_out: states without in_facility"].apply()
    assert held["EVENTS"][EventType.GATE_OUT].states == ()
    assert held["EVENTS"] is events.EVENTS is not before
    assert held["EVENTS"][EventType.LOAD] == before[EventType.LOAD]
    assert "EVENTS: stuffing: to None becomes on_road" in found
