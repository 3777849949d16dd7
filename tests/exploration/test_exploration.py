"""Everything that four validators, one of them a traitor, can do at one height in two rounds with two values.

Exhaustive, up to the symmetries in `search` and the bounds in `model`: which of
the proposers is the traitor makes three searches, after which no state is left
unvisited. By hand, with more: `python -m tests.exploration --help`.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from ledger.accountability import Place, accuse
from ledger.accountability.attestation import Attestation, Kind
from ledger.primitives import Height, encode_base64url
from ledger.validators import ValidatorSet, encode_signers
from tests.exploration.model import Node, Setting, Tally
from tests.exploration.mutants import DEEPER, MUTANTS
from tests.exploration.search import Found, Search, attest
from tests.nodes.bft.fakes import fake_bls, make_set, names

CASES = {
    "the traitor proposes in round 0": (0, 2, 3),
    "the traitor proposes in round 1": (0, 1, 3),
    "the traitor proposes in neither": (0, 1, 2),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", CASES)
def test_one_traitor_can_do_nothing(case: str) -> None:
    """Agreement, no honest double vote, locks kept, and no honest validator ever to be accused."""
    found = Search(Setting(honest=CASES[case])).run()
    print(found.line(case))
    assert not found.violation, "\n".join(found.trace)
    assert found.states > 100_000, "a search that is over so soon has missed something"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_found(name: str) -> None:
    """Each with the shortest way to what it breaks."""
    found = []
    for honest in CASES.values():
        search = Search(Setting(honest=honest, apply=MUTANTS[name]))
        found.append(search.run())
        if found[-1].violation:
            break
    print(found[-1].line(name))
    print("\n".join(found[-1].trace))
    assert found[-1].violation, f"{name}: not noticed"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DEEPER)
def test_a_rule_that_three_rounds_break_is_found(name: str) -> None:
    """Not exhaustive: until it is found."""
    honest = CASES["the traitor proposes in round 0"]
    found = Search(Setting(honest=honest, rounds=3, apply=DEEPER[name])).run(limit=1_500_000)
    print(found.line(name))
    assert "an honest validator would be accused: amnesia" in found.violation


def test_a_smaller_quorum_is_found() -> None:
    found = Search(Setting(honest=CASES["the traitor proposes in round 0"], quorum=2)).run()
    print("\n".join(found.trace))
    assert "two values can be sealed" in found.violation
    assert found.trace[-1] == found.violation


def test_a_quorum_too_large_stops_everything() -> None:
    """The search is not deaf in the other direction: with all four needed nothing is ever sealed by three."""
    found = Search(Setting(honest=(0, 1, 2), quorum=5)).run()
    assert found.states < 5_000


# ----- more traitors than the protocol bears ----------------------------------

PLACE = Place(network=b"n" * 32, validators=make_set(names(4), fake_bls()), height=Height(1))  # type: ignore[arg-type]


def seats_text(seats: list[int], validators: ValidatorSet) -> str:
    return encode_base64url(encode_signers(tuple(sorted(seats)), validators.size))


def seals_of(nodes: tuple[Node, ...], setting: Setting, traitors: list[int]) -> list[Attestation]:
    found = []
    for value, rounds in Tally(setting, nodes).sealable().items():
        for round_ in rounds:
            seats = zip(setting.honest, nodes, strict=True)
            signers = [seat for seat, node in seats if node.precommits[round_] == value]
            text = seats_text(signers + traitors, PLACE.validators)
            found.append(attest(Kind.PRECOMMIT, round_, value, -1, text))
    return found


def polkas_of(nodes: tuple[Node, ...], setting: Setting, traitors: list[int]) -> list[Attestation]:
    """What honest validators' steps rested on: their witness logs."""
    found = []
    for round_, value, valid_round in sorted({polka for node in nodes for polka in node.polkas}):
        said = (value, valid_round)
        seats = zip(setting.honest, nodes, strict=True)
        signers = [seat for seat, node in seats if node.prevotes[round_] == said]
        text = seats_text(signers + traitors, PLACE.validators)
        found.append(attest(Kind.PREVOTE, round_, value, valid_round, text))
    return found


def accusations(traitors: list[int], rounds: int) -> tuple[Found, Counter[str]]:
    """Search for forks, and hold every accusation that follows from one to the truth."""
    honest = tuple(seat for seat in range(4) if seat not in traitors)
    setting = Setting(honest=honest, traitors=len(traitors), rounds=rounds)
    found = Search(setting, forks=True).run()
    guilty = tuple(PLACE.validators.validators[seat].organisation for seat in traitors)
    offences: Counter[str] = Counter()
    for nodes in found.forks:
        polkas = polkas_of(nodes, setting, traitors)
        for one, other in combinations(seals_of(nodes, setting, traitors), 2):
            if one.block_id != other.block_id:
                accusation = accuse((one, other), polkas, (), PLACE)
                assert accusation.guilty(PLACE) == guilty, (nodes, one, other)
                assert accusation.missing == ()
                offences.update(charge.offence.value for charge in accusation.charges)
    return found, offences


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_fork_of_two_traitors_names_both_and_nobody_else() -> None:
    """F2, exhaustively: from any two seals of different values and the polkas that honest steps rested on."""
    every: Counter[str] = Counter()
    for traitors in ([0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]):
        found, offences = accusations(traitors, rounds=2)
        print(found.line(f"traitors {traitors}"), f"{len(found.forks):,} forks, charges {dict(offences)}")
        assert not found.violation
        assert found.forks
        every += offences
    assert set(every) == {"two-precommits", "two-prevotes", "amnesia"}
