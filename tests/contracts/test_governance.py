"""Proposals from opening to their effect, and the whole set swapped in steps."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.execution import validators_after
from contracts.governance.model import MIN_ROTATION_MS, ProposalState
from contracts.views import summary
from ledger.genesis import GenesisValidator
from tests.contracts import world as worlds
from tests.contracts.guards.governance import ADD, ADMIT, VALIDATORS
from tests.contracts.world import PROPOSAL, World, bls_pair, key_text, make_genesis, signing_key

FOUR = ("qinzhou-customs", "beibu-port", "beibu-line", "haiphong-customs")
OTHERS = ("tonkin-line", "haiphong-terminal", "corridor-rail", "guangxi-bank")


def network(*validators: str) -> World:
    """A world whose founding validators are these, with real keys."""
    seats = tuple(GenesisValidator(organisation=name, **bls_pair(f"first {name}")) for name in validators)
    return World(state=dict(worlds.execution.genesis_records(make_genesis(validators=seats))))


def seats(world: World) -> list[str]:
    return [seat.organisation for seat in validators_after(world).validators]


def add(organisation: str) -> dict[str, Any]:
    return {"type": "add_validator", "organisation": organisation, **bls_pair(f"second {organisation}")}


def remove(organisation: str) -> dict[str, Any]:
    return {"type": "remove_validator", "organisation": organisation}


def test_a_quorum_of_three_of_four_adds_a_fifth() -> None:
    world = network(*FOUR).propose(add("guangxi-bank")).ballots(*FOUR[:2])
    assert seats(world) == [*FOUR]
    assert world.record(PROPOSAL).state is ProposalState.OPEN
    world.ballots(FOUR[2])
    proposal = world.record(PROPOSAL)
    assert (proposal.state, proposal.effective_height) == (ProposalState.PASSED, world.context.height + 2)
    assert seats(world) == [*FOUR, "guangxi-bank"], "the new seat is the last, and nobody moved"
    assert world.refuse("proposal.vote", PROPOSAL, FOUR[3], {"choice": "no"}).code == "record.wrong-state"
    assert "Passed; the new set seals from block 7 on." in summary(proposal).values()


def test_a_proposal_is_rejected_once_no_quorum_can_follow() -> None:
    world = network(*FOUR).propose(add("guangxi-bank"))
    world.do("proposal.vote", PROPOSAL, FOUR[0], {"choice": "no"})
    assert world.record(PROPOSAL).state is ProposalState.OPEN
    world.do("proposal.vote", PROPOSAL, FOUR[1], {"choice": "no"})
    assert world.record(PROPOSAL).state is ProposalState.REJECTED
    assert seats(world) == [*FOUR]


def test_a_ballot_replaces_the_one_before() -> None:
    world = network(*FOUR).propose(add("guangxi-bank"))
    world.do("proposal.vote", PROPOSAL, FOUR[0], {"choice": "no"})
    world.ballots(*FOUR[:3])
    proposal = world.record(PROPOSAL)
    assert proposal.state is ProposalState.PASSED
    assert {ballot.organisation for ballot in proposal.ballots} == set(FOUR[:3])


def test_the_ballot_of_a_validator_removed_meanwhile_does_not_count() -> None:
    world = network(*FOUR).propose(add("guangxi-bank")).ballots(FOUR[0], FOUR[1])
    other = "proposal/" + "2" * 32
    world.propose(remove(FOUR[1]), key=other, who=FOUR[0]).ballots(FOUR[0], FOUR[2], FOUR[3], key=other)
    assert seats(world) == [FOUR[0], FOUR[2], FOUR[3]]
    refusal = world.refuse("proposal.vote", PROPOSAL, FOUR[1], {"choice": "yes"})
    assert refusal.code == "proposal.not-validator"
    world.ballots(FOUR[2])
    assert world.record(PROPOSAL).state is ProposalState.OPEN, "two of three are no quorum"
    world.ballots(FOUR[3])
    assert world.record(PROPOSAL).state is ProposalState.PASSED
    assert [ballot.organisation for ballot in world.record(PROPOSAL).ballots] == sorted(
        FOUR[i] for i in (0, 2, 3)
    )


def test_a_smaller_set_may_be_satisfied_by_ballots_already_cast() -> None:
    """Ballots are counted when one is cast: saying yes again is enough."""
    world = network(*FOUR).propose(add("guangxi-bank")).ballots(FOUR[0], FOUR[1])
    other = "proposal/" + "2" * 32
    world.propose(remove(FOUR[2]), key=other).ballots(FOUR[0], FOUR[1], FOUR[3], key=other)
    other = "proposal/" + "3" * 32
    world.propose(remove(FOUR[3]), key=other).ballots(FOUR[0], FOUR[1], FOUR[3], key=other)
    assert world.record(PROPOSAL).state is ProposalState.OPEN
    world.ballots(FOUR[0])
    assert seats(world) == [FOUR[0], FOUR[1], "guangxi-bank"]


def test_a_removed_key_never_comes_back() -> None:
    world = network(*FOUR).propose(remove(FOUR[3])).ballots(*FOUR[:3])
    back = {"type": "add_validator", "organisation": FOUR[3], **bls_pair(f"first {FOUR[3]}")}
    body = {"title": "t", "expires_ms": world.now + 1, "change": back}
    refusal = world.refuse("proposal.open", "proposal/" + "2" * 32, FOUR[0], body)
    assert (refusal.code, refusal.final) == ("proposal.key-used", True)
    assert "a validator key of haiphong-customs" in refusal.message
    fresh = "proposal/" + "3" * 32
    world.propose(add(FOUR[3]), key=fresh).ballots(*FOUR[:3], key=fresh)
    assert seats(world) == [*FOUR]


def test_of_two_proposals_with_one_key_one_passes() -> None:
    world = network(*FOUR).propose(add("guangxi-bank"))
    other = "proposal/" + "2" * 32
    twice = {**add("guangxi-bank"), "organisation": "corridor-rail"}
    world.propose(twice, key=other).ballots(*FOUR[:2], key=other).ballots(*FOUR[:3])
    world.ballots(FOUR[2], key=other)
    refusal = world.refuse("proposal.vote", other, FOUR[3], {"choice": "yes"})
    assert (refusal.code, refusal.field) == ("proposal.key-used", "subject")
    world.do("proposal.vote", other, FOUR[2], {"choice": "no"})
    world.do("proposal.vote", other, FOUR[3], {"choice": "no"})
    assert world.record(other).state is ProposalState.REJECTED


def test_the_whole_set_is_swapped_in_steps() -> None:
    world = network(*FOUR)
    for number, (old, new) in enumerate(zip(FOUR, OTHERS, strict=True)):
        for offset, change in enumerate((add(new), remove(old))):
            key = f"proposal/{2 * number + offset:032x}"
            world.propose(change, key=key, who=seats(world)[0])
            world.ballots(*seats(world)[: validators_after(world).quorum], key=key)
    assert seats(world) == [*OTHERS]


def test_rotating_keeps_the_seat() -> None:
    world = network(*FOUR)
    before = validators_after(world)
    world.do("validator.rotate", VALIDATORS, FOUR[1], bls_pair("fresh"))
    after = validators_after(world)
    assert seats(world) == [*FOUR]
    changed = [
        old.bls_key != new.bls_key for old, new in zip(before.validators, after.validators, strict=True)
    ]
    assert changed == [False, True, False, False]
    again = world.refuse("validator.rotate", VALIDATORS, FOUR[1], bls_pair("fresher"))
    assert (again.code, again.final) == ("validator.rotated-lately", False)
    by_ballot = {"type": "rotate_validator", "organisation": FOUR[1], **bls_pair("fresher")}
    world.propose(by_ballot).ballots(*FOUR[:3])
    world.do("validator.rotate", VALIDATORS, FOUR[1], bls_pair("freshest"))
    world.now += MIN_ROTATION_MS
    world.do("validator.rotate", VALIDATORS, FOUR[1], bls_pair("freshest of all"))


def test_an_admitted_organisation_acts_and_gets_a_seat() -> None:
    world = network(*FOUR).propose(ADMIT).ballots(*FOUR[:3])
    assert world.record(PROPOSAL).effective_height is None
    world.members["pearl-line/chief"] = signing_key("pearl")
    body = {"key": key_text("clerk"), "permissions": ["signer"]}
    world.do("member.enrol", "member/pearl-line/clerk", "pearl-line", body)
    seat = "proposal/" + "2" * 32
    world.propose(add("pearl-line"), key=seat).ballots(*FOUR[:3], key=seat)
    assert seats(world)[-1] == "pearl-line"
    assert world.record("organisation/pearl-line").nodes[0].name == "node-1"


def test_a_node_key_that_another_organisation_has_cannot_be_taken() -> None:
    """Or its node would be locked out: the directory of peers is by key."""
    world = network(*FOUR).propose(ADMIT).ballots(*FOUR[:3])
    stolen = {**ADMIT, "organisation": "pirate-line", **{"numbering_key": None, "numbering_possession": None}}
    stolen = {name: value for name, value in {**stolen, "roles": ["trader"]}.items() if value is not None}
    body = {"title": "t", "expires_ms": world.now + 1, "change": stolen}
    refusal = world.refuse("proposal.open", "proposal/" + "2" * 32, FOUR[0], body)
    assert (refusal.code, refusal.field) == ("proposal.key-used", "body.change.nodes.0.key")


def test_the_last_validator_cannot_be_removed_but_replaced() -> None:
    world = World()
    body = {"title": "t", "expires_ms": world.now + 1, "change": remove("qinzhou-customs")}
    assert world.refuse("proposal.open", PROPOSAL, "qinzhou-customs", body).code == "proposal.no-quorum"
    world.propose(ADD).ballots("qinzhou-customs")
    out = "proposal/" + "2" * 32
    world.propose(remove("qinzhou-customs"), key=out).ballots("qinzhou-customs", "beibu-line", key=out)
    assert seats(world) == ["beibu-line"]


@pytest.mark.parametrize("change", [ADD, ADMIT, remove("beibu-line"), {**ADD, "type": "rotate_validator"}])
def test_every_change_is_said_in_words(change: dict[str, Any]) -> None:
    world = network(*FOUR[:2], FOUR[3]) if change["type"] == "add_validator" else network(*FOUR)
    said = summary(world.propose(change).record(PROPOSAL))
    assert change["organisation"] in said["asks"]
    assert said["yes"] == "nobody"
