"""No clause of the protocol is forgotten: many seeds must reach it, or something else shows it."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tests.simulation.elsewhere import ELSEWHERE
from tests.simulation.wanted import CLAUSES, ENOUGH_SEEDS, MANY_SEEDS, RARE, WANTED, missing

SPECIFIED = set(
    re.findall(r"\*\*([A-Z]\d+)\*\*", (ROOT / "docs/spec/consensus.md").read_text(encoding="utf-8"))
)
REACHED = {code for name in CLAUSES for code in re.findall(r"\b[A-Z]\d+\b", name)}


def test_every_clause_must_be_reached_or_is_shown_elsewhere() -> None:
    assert REACHED | set(ELSEWHERE) >= SPECIFIED
    assert set(ELSEWHERE) <= SPECIFIED - REACHED


@pytest.mark.parametrize("clause", ELSEWHERE)
def test_what_shows_it_instead_is_there(clause: str) -> None:
    file, _, name = ELSEWHERE[clause].where.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


def test_what_was_never_reached_is_named() -> None:
    counts = dict.fromkeys(WANTED, 1)
    assert missing(counts, MANY_SEEDS) == []
    rare, other = "J7 the journal is ahead of the ledger", "J3 wrote a lock"
    assert missing({**counts, rare: 0, other: 0}, MANY_SEEDS) == [other, rare]
    assert missing({**counts, rare: 0, other: 0}, ENOUGH_SEEDS) == [other]
    assert missing({}, ENOUGH_SEEDS - 1) == []
    assert set(WANTED) >= RARE
