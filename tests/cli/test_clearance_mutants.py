"""Scenarios that nobody published: spoilt ones are refused, unless a cited rule permits them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cli.scenario import load_scenarios
from contracts.catalogue import ACTS
from contracts.clearance.vocabulary import DeclarationState
from tests.cli.mutant_verdicts import VERDICTS, verdict_on
from tests.cli.mutants import Mutant, mutants

pytestmark = pytest.mark.conformance

RICH = ("TT_EX010a", "TT_EX011a", "TT_IM014a", "TT_IM017a", "TT_IM033b", "TT_IM202a")
"""Scenarios that together have every kind of step."""


@pytest.fixture(scope="module")
def spoilt(conformance_data: Path) -> list[tuple[Mutant, str]]:
    """Every mutant of every scenario, with the published end of its scenario."""
    found = []
    for scenario in load_scenarios(conformance_data / "hmrc-cds" / "sequences.json"):
        made = list(mutants(scenario))
        end = next(mutant.when for mutant in made if mutant.how == "add")
        found += [(mutant, end) for mutant in made]
    return found


@pytest.mark.timeout(300)
def test_every_mutant_is_refused_as_expected_or_permitted_by_a_rule(spoilt: list[tuple[Mutant, str]]) -> None:
    wrong, used = [], set()
    for mutant, end in spoilt:
        row, outcome = verdict_on(mutant), mutant.play()
        if row is None or not row.agrees(outcome, end):
            wrong.append(f"{mutant}: {outcome}, expected {row}")
        else:
            used.add(row)
    assert wrong == []
    assert [row for row in VERDICTS if row not in used] == [], "rows that decide nothing"


def test_every_row_cites_its_rule_and_says_one_thing() -> None:
    for row in VERDICTS:
        assert row.why
        assert bool(row.refused) != bool(row.ends)


def test_half_of_all_mutants_that_act_are_refused(spoilt: list[tuple[Mutant, str]]) -> None:
    """What is permitted is the exception that it claims to be: annotations, requests, stories that stop."""
    rows = [verdict_on(mutant) for mutant, _ in spoilt]
    assert sum(bool(row and row.refused) for row in rows) * 2 > len(rows)


def test_a_table_that_allows_everything_fails(
    spoilt: list[tuple[Mutant, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [(mutant, verdict_on(mutant)) for mutant, _ in spoilt if mutant.scenario.name in RICH]
    refused = [(m, row) for m, row in expected if row and row.refused and m.how != "lodge"]
    everything = {"scope": (), "relation": None, "roles": (), "states": (), "guards": (), "paths": ()}
    for name, act in ACTS.items():
        if name.startswith("clearance."):
            loose = dataclasses.replace(act, leads_to=tuple(DeclarationState), **everything)
            monkeypatch.setitem(ACTS, name, loose)  # type: ignore[arg-type]
    assert len(refused) > 60
    caught = [mutant for mutant, row in refused if mutant.play() != row.refused]
    assert len(caught) == len(refused)
