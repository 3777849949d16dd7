"""J1 to J6: never two things for one place, never backwards, the same bytes again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from nodes.bft.effects import PersistLock, PersistRound, SignProposal, SignVote
from nodes.bft.messages import Certificate, encode_message
from nodes.bft.recovery import RoundRecord
from nodes.bft.round import Step
from nodes.bft.runner import _sign_batch
from nodes.bft.said import last_place_of
from nodes.bft.signer import JournalSigner, RefusedToSign
from tests.nodes.bft.cluster import MAX_BYTES
from tests.nodes.bft.fakes import MemoryJournal, secret_of
from tests.nodes.bft.rig import Rig

RIG = Rig()
V = Hash(b"v" * 32)


def signer(journal: MemoryJournal) -> JournalSigner:
    return JournalSigner(
        secret=secret_of("org-a", RIG.bls),
        network=RIG.network,
        journal=journal,
        bls=RIG.bls,
        max_message_bytes=MAX_BYTES,
    )


def vote(kind: VoteType, height: int, round_: int, block_id: Hash, valid_round: int = -1) -> SignVote:
    return SignVote(
        type=kind,
        height=Height(height),
        round=Round(round_),
        block_id=block_id,
        valid_round=Round(valid_round),
        seat=0,
        validators_hash=RIG.validators.hash,
    )


def lock_on(proposal: bytes, polka: Certificate) -> PersistLock:
    return PersistLock(height=Height(1), validators_hash=RIG.validators.hash, proposal=proposal, polka=polka)


PREVOTE = vote(VoteType.PREVOTE, 1, 2, V)


def test_the_same_again_is_the_same_bytes_also_after_a_restart() -> None:
    journal = MemoryJournal()
    first = signer(journal).sign_vote(PREVOTE)
    assert first == RIG.vote(VoteType.PREVOTE, 2, V, 0)
    again = signer(journal)
    assert again.sign_vote(PREVOTE) == first
    assert len(journal.records()) == 1


@pytest.mark.parametrize(
    "request_",
    [
        replace(PREVOTE, block_id=NIL),
        replace(PREVOTE, valid_round=Round(1)),
        replace(PREVOTE, round=Round(1)),
        vote(VoteType.PRECOMMIT, 1, 1, NIL),
        vote(VoteType.PREVOTE, 0, 9, V),
    ],
    ids=[
        "another block",
        "another valid round",
        "an earlier round",
        "an earlier precommit",
        "an earlier height",
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_what_contradicts_or_regresses_is_refused(request_: SignVote, restarted: bool) -> None:
    journal = MemoryJournal()
    first = signer(journal)
    first.sign_vote(PREVOTE)
    with pytest.raises(RefusedToSign):
        (signer(journal) if restarted else first).sign_vote(request_)


def test_proposals_come_before_votes_of_their_round() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    block = RIG.block(0)
    request = SignProposal(
        height=Height(1),
        round=Round(3),
        block_id=V,
        valid_round=NO_ROUND,
        seat=0,
        validators_hash=RIG.validators.hash,
        block=block,
        polka=None,
    )
    proposal, raw = one.sign_proposal(replace(request, block_id=_id(block)))
    assert encode_message(proposal) == raw
    assert signer(journal).sign_proposal(replace(request, block_id=_id(block))) == (proposal, raw)
    with pytest.raises(RefusedToSign):
        one.sign_proposal(request)
    one.sign_vote(replace(PREVOTE, round=Round(3)))
    with pytest.raises(RefusedToSign):
        one.sign_proposal(replace(request, block_id=_id(block)))


def _id(block: object) -> Hash:
    from ledger.block import Block, header_id

    assert isinstance(block, Block)
    return header_id(block.header)


def test_nothing_up_to_a_committed_height_is_signed() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    one.committed(Height(5))
    one.committed(Height(4))
    for again in (one, signer(journal)):
        with pytest.raises(RefusedToSign):
            again.sign_vote(vote(VoteType.PRECOMMIT, 5, 99, V))
    assert one.sign_vote(vote(VoteType.PREVOTE, 6, 0, V)).height == 6


def test_a_fresh_journal_abstains_until_told_how_long() -> None:
    journal = MemoryJournal()
    journal.fresh = True
    one = signer(journal)
    assert one.abstains_until() is None
    with pytest.raises(RefusedToSign, match="abstaining"):
        one.sign_vote(PREVOTE)
    journal.fresh = False
    assert signer(journal).abstains_until() is None, "the abstention outlives a restart"
    one.abstain(Height(7))
    again = signer(journal)
    with pytest.raises(RefusedToSign):
        again.sign_vote(vote(VoteType.PREVOTE, 7, 0, V))
    assert again.sign_vote(vote(VoteType.PREVOTE, 8, 0, V)).height == 8


def test_recovery_resumes_in_the_last_step_with_its_lock() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    block = RIG.block(1)
    v = _id(block)
    polka = RIG.certificate(VoteType.PREVOTE, 0, v, [0, 1, 2])
    raw = encode_message(RIG.proposal(block))
    one.sign_vote(vote(VoteType.PREVOTE, 1, 0, v))
    one.lock(lock_on(raw, polka))
    unlocked = one.recovered(Height(1))
    assert unlocked is not None
    assert (unlocked.state.step, unlocked.state.locked_id) == (Step.PREVOTE, None), "no precommit, no lock"
    one.sign_vote(vote(VoteType.PRECOMMIT, 1, 0, v))
    one.sign_vote(vote(VoteType.PREVOTE, 1, 4, NIL))
    found = signer(journal).recovered(Height(1))
    assert found is not None
    assert (found.state.round, found.state.step) == (4, Step.PREVOTE)
    assert (found.state.locked_round, found.state.locked_id, found.state.valid_id) == (0, v, v)
    assert found.locked is not None
    assert (found.locked[1], found.polkas, len(found.votes)) == (raw, (polka,), 3)
    assert one.recovered(Height(2)) is None


def test_a_restarted_core_says_the_same_again_and_keeps_its_lock() -> None:
    """J4, end to end: the recovered core refuses another block and re-proposes nothing it should not."""
    journal = MemoryJournal()
    one = signer(journal)
    block, other = RIG.block(1), RIG.block(2, entry=b"other")
    v = _id(block)
    polka = RIG.certificate(VoteType.PREVOTE, 0, v, [0, 1, 2])
    one.sign_vote(vote(VoteType.PREVOTE, 1, 0, v))
    one.lock(lock_on(encode_message(RIG.proposal(block)), polka))
    one.sign_vote(vote(VoteType.PRECOMMIT, 1, 0, v))
    rig = Rig(recovered=one.recovered(Height(1)))
    assert not [e for e in rig.log if isinstance(e, SignVote)]
    rig.votes(VoteType.PRECOMMIT, 0, NIL, [1, 2])
    from nodes.bft.round import Timeout

    rig.fire(Timeout.PRECOMMIT, 0)
    votes = [e for e in rig.receive(2, rig.proposal(other, 1)) if isinstance(e, SignVote)]
    assert [(e.round, e.block_id) for e in votes] == [(1, NIL)]


def test_a_lock_whose_precommit_was_not_signed_leaves_the_lock_before_it() -> None:
    """J3, J4: the crash comes between the second lock's record and its precommit; the first binds."""
    journal = MemoryJournal()
    one = signer(journal)
    first, second = RIG.block(1), RIG.block(2, entry=b"second")
    for round_, block in ((0, first), (3, second)):
        one.sign_vote(vote(VoteType.PREVOTE, 1, round_, NIL))
        polka = RIG.certificate(VoteType.PREVOTE, round_, _id(block), [0, 1, 2])
        raw = encode_message(RIG.proposal(block, round_))
        one.lock(lock_on(raw, polka))
        if block is first:
            one.sign_vote(vote(VoteType.PRECOMMIT, 1, round_, _id(block)))
    found = signer(journal).recovered(Height(1))
    assert found is not None
    assert (found.state.locked_round, found.state.locked_id) == (0, _id(first))
    assert found.locked is not None
    assert found.locked[1] == encode_message(RIG.proposal(first, 0))


def test_it_knows_the_last_place_that_it_signed_in() -> None:
    journal = MemoryJournal()
    one = signer(journal)
    assert one.last_place() < (1, 0, 1)
    one.committed(Height(4))
    assert one.last_place() == last_place_of(Height(4))
    one.sign_vote(vote(VoteType.PREVOTE, 9, 0, NIL))
    assert one.last_place() == signer(journal).last_place() == (9, 0, 2)


def test_what_ended_a_round_is_written_before_what_is_signed_after_it() -> None:
    """J3: by the runner's signing thread, in the order in which the core asked; and it is recovered."""
    journal = MemoryJournal()
    ended = tuple(RIG.vote(VoteType.PRECOMMIT, 1, NIL, seat) for seat in (1, 2, 3))
    _sign_batch([(signer(journal), PersistRound(votes=ended)), (signer(journal), PREVOTE)])
    assert journal.records()[0] == RoundRecord(votes=ended)
    found = signer(journal).recovered(Height(1))
    assert found is not None
    assert set(found.votes) == {RIG.vote(VoteType.PREVOTE, 2, V, 0), *ended}
