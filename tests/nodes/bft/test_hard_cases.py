"""The known hard cases by name, each as one validator lives it: lines 26, 28, 32, 36, 42, and disagreement.

Hidden lock, unlocking for a newer valid value, a decision in a past round, a
proposer that crashes after proposing, and votes said again are in `test_driver`.
Validator 0 is ours; 1, 2 and 3 propose in rounds 0, 1 and 2.
"""

from __future__ import annotations

import pytest

from ledger.accountability import Offence, Place, accuse
from ledger.accountability.attestation import seal_attestation
from ledger.block import Block, header_id
from ledger.primitives import Hash, Height
from ledger.seal import NIL, VoteType
from nodes.bft.accountability import certificate_attestation
from nodes.bft.effects import Caught, Decided, Effect, SignProposal, SignVote
from nodes.bft.round import Timeout
from tests.nodes.bft.rig import Rig, only

PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT


def cast(effects: list[Effect]) -> list[tuple[VoteType, int, bytes, int]]:
    return [(e.type, e.round, e.block_id, e.valid_round) for e in only(effects, SignVote)]


def locked_in_round_0(rig: Rig) -> tuple[Block, Hash]:
    """It precommitted the block of round 0, which was not decided, and is in round 1."""
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [1, 2])
    rig.votes(PRECOMMIT, 0, NIL, [1, 2])
    rig.fire(Timeout.PRECOMMIT, 0)
    return block, v


def on_to_round_2(rig: Rig) -> None:
    rig.votes(PREVOTE, 1, NIL, [1, 2, 3])
    rig.votes(PRECOMMIT, 1, NIL, [1, 2, 3])


def test_line_26_locked_it_prevotes_nil_against_any_fresh_block() -> None:
    rig = Rig()
    locked_in_round_0(rig)
    assert cast(rig.receive(2, rig.proposal(rig.block(2, entry=b"other"), 1))) == [(PREVOTE, 1, NIL, -1)]


def test_line_26_even_the_locked_block_needs_a_polka_when_it_comes_as_fresh() -> None:
    """D4, our deviation: a prevote without valid round never betrays a lock, and never needs an excuse."""
    rig = Rig()
    block, _ = locked_in_round_0(rig)
    assert cast(rig.receive(2, rig.proposal(block, 1))) == [(PREVOTE, 1, NIL, -1)]


def test_line_28_the_locked_block_comes_again_with_the_polka_of_its_lock() -> None:
    rig = Rig()
    block, v = locked_in_round_0(rig)
    polka = rig.certificate(PREVOTE, 0, v, [0, 1, 2])
    assert cast(rig.receive(2, rig.proposal(block, 1, 0, polka))) == [(PREVOTE, 1, v, 0)]


def test_line_28_without_a_lock_a_block_proposed_again_is_prevoted_on_the_word_of_its_polka() -> None:
    rig = Rig()
    on_to_round_2(rig)
    other = rig.block(1, entry=b"other")
    w = header_id(other.header)
    polka = rig.certificate(PREVOTE, 0, w, [1, 2, 3])
    assert cast(rig.receive(3, rig.proposal(other, 2, 0, polka))) == [(PREVOTE, 2, w, 0)]


def test_line_32_a_polka_older_than_its_lock_does_not_move_it() -> None:
    """Locked in round 1, shown a polka of round 0 for another block."""
    rig = Rig()
    rig.fire(Timeout.PROPOSE, 0)
    rig.votes(PREVOTE, 0, NIL, [1, 2])
    rig.votes(PRECOMMIT, 0, NIL, [1, 2])
    block, other = rig.block(2), rig.block(1, entry=b"other")
    v, w = header_id(block.header), header_id(other.header)
    rig.receive(2, rig.proposal(block, 1))
    assert (PRECOMMIT, 1, v, -1) in cast(rig.votes(PREVOTE, 1, v, [1, 2]))
    rig.votes(PRECOMMIT, 1, NIL, [1, 2])
    rig.fire(Timeout.PRECOMMIT, 1)
    polka = rig.certificate(PREVOTE, 0, w, [1, 2, 3])
    assert cast(rig.receive(3, rig.proposal(other, 2, 0, polka))) == [(PREVOTE, 2, NIL, -1)]


@pytest.mark.parametrize("valid_round", [-1, 1])
def test_line_36_a_polka_with_another_valid_round_than_the_proposals_locks_nobody(valid_round: int) -> None:
    rig = Rig()
    on_to_round_2(rig)
    block = rig.block(1)
    v = header_id(block.header)
    polka = rig.certificate(PREVOTE, 0, v, [1, 2, 3])
    rig.receive(3, rig.proposal(block, 2, 0, polka))
    assert (PRECOMMIT, 2, v, -1) not in cast(rig.votes(PREVOTE, 2, v, [1, 2, 3], valid_round))


def test_line_42_a_polka_that_comes_late_makes_a_block_valid_and_locks_nobody() -> None:
    """It precommitted nil already. It proposes the block in its turn, and stays free to prevote others."""
    rig = Rig(me=3)
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, NIL, [0, 2])
    assert (PRECOMMIT, 0, NIL, -1) in cast(rig.fire(Timeout.PREVOTE, 0))
    rig.votes(PREVOTE, 0, v, [0, 1, 2])
    assert rig.core.work is not None
    state = rig.core.work.state
    assert (state.valid_id, state.valid_round, state.locked_id) == (v, 0, None)
    rig.votes(PRECOMMIT, 0, NIL, [0, 2])
    rig.fire(Timeout.PRECOMMIT, 0)
    other = rig.block(2, entry=b"other")
    assert cast(rig.receive(2, rig.proposal(other, 1)))[0][2] == header_id(other.header), "not locked"
    rig.votes(PRECOMMIT, 1, NIL, [0, 1, 2])
    (proposal,) = only(rig.log, SignProposal)
    assert (proposal.round, proposal.block_id, proposal.valid_round) == (2, v, 0)
    assert proposal.polka is not None


# ----- disagreement: 1 and 2 lie, which is one more than four can bear ---------


def decided(rig: Rig, round_: int, block: Block, others: list[int]) -> Decided:
    """The traitors and this validator decide a block in a round."""
    block_id = header_id(block.header)
    rig.receive(1 + round_, rig.proposal(block, round_))
    rig.votes(PREVOTE, round_, block_id, others)
    (decision,) = only(rig.votes(PRECOMMIT, round_, block_id, others), Decided)
    return decision


def named(one: Rig, first: Decided, other: Rig, second: Decided) -> list[tuple[Offence, tuple[str, ...]]]:
    place = Place(network=one.network, validators=one.validators, height=Height(1))
    seals = seal_attestation(first.seal), seal_attestation(second.seal)
    polkas = [certificate_attestation(polka) for polka in (*first.polkas, *second.polkas)]
    caught = [item.charge for rig in (one, other) for item in only(rig.log, Caught)]
    found = accuse(seals, polkas, caught, place)
    assert found.missing == ()
    return [(charge.offence, charge.guilty) for charge in found.charges]


def test_disagreement_in_one_round_names_both_who_precommitted_twice() -> None:
    one, other = Rig(me=0), Rig(me=3)
    first = decided(one, 0, one.block(1), [1, 2])
    second = decided(other, 0, other.block(1, entry=b"other"), [1, 2])
    assert first.block_id != second.block_id
    assert named(one, first, other, second) == [(Offence.TWO_PRECOMMITS, ("org-b", "org-c"))]


def test_disagreement_across_rounds_names_both_who_forgot_their_lock() -> None:
    one, other = Rig(me=0), Rig(me=3)
    first = decided(one, 0, one.block(1), [1, 2])
    other.fire(Timeout.PROPOSE, 0)
    other.votes(PREVOTE, 0, NIL, [1, 2])
    other.votes(PRECOMMIT, 0, NIL, [1, 2])
    second = decided(other, 1, other.block(2, entry=b"other"), [1, 2])
    assert (first.round, second.round) == (0, 1)
    assert named(one, first, other, second) == [(Offence.AMNESIA, ("org-b", "org-c"))]


def test_what_the_traitors_say_to_both_is_noticed_before_anybody_disagrees() -> None:
    """The second precommits reach the first validator too: it has caught them without any audit."""
    rig = Rig(me=0)
    decided_block = rig.block(1)
    rig.receive(1, rig.proposal(decided_block))
    rig.votes(PRECOMMIT, 0, Hash(b"w" * 32), [1, 2])
    rig.votes(PRECOMMIT, 0, header_id(decided_block.header), [1, 2])
    assert {item.charge.guilty for item in only(rig.log, Caught)} == {("org-b",), ("org-c",)}
