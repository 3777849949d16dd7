"""The hard cases by name: one core, with the test playing the other validators.

Seats propose in turn: seat 1 in round 0 of height 1, seat 2 in round 1, and so on.
"""

from __future__ import annotations

import msgspec
import pytest

from ledger.block import header_id
from ledger.genesis import Parameters
from ledger.primitives import Height, Round, TimeMs
from ledger.seal import NIL, VoteType, verify_seal
from nodes.bft.effects import (
    Blame,
    Broadcast,
    Build,
    Caught,
    Decided,
    Halt,
    PersistLock,
    PersistRound,
    Received,
    Send,
    SignProposal,
    SignVote,
    Verified,
    Verify,
    Wake,
)
from nodes.bft.messages import VoteBatch, Want, decode_message, encode_message
from nodes.bft.recovery import RoundRecord, SignedRecord, recover
from nodes.bft.round import Timeout
from nodes.bft.verify import VoteJob, run_job
from tests.nodes.bft.cluster import MAX_BYTES
from tests.nodes.bft.rig import Rig, only

PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT


def _cast(effects: list[object]) -> list[tuple[VoteType, int, bytes, int]]:
    return [(e.type, e.round, e.block_id, e.valid_round) for e in effects if isinstance(e, SignVote)]


def test_happy_round_decides_with_a_seal_that_verifies() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    assert _cast(rig.receive(1, rig.proposal(block))) == [(PREVOTE, 0, v, -1)]
    effects = rig.votes(PREVOTE, 0, v, [1, 2])
    assert _cast(effects) == [(PRECOMMIT, 0, v, -1)]
    assert only(effects, PersistLock)[0].polka.block_id == v
    kinds = [type(e) for e in effects]
    assert kinds.index(PersistLock) < kinds.index(SignVote), "J3: the lock is written before the precommit"
    (decided,) = only(rig.votes(PRECOMMIT, 0, v, [1, 2]), Decided)
    verify_seal(decided.seal, rig.network, rig.validators, rig.bls)
    assert (decided.block_id, decided.timely) == (v, True)
    jobs = [e.job for e in rig.log if isinstance(e, Verify) and isinstance(e.job, VoteJob)]
    assert len(jobs) == 2, "one check for the prevotes, one for the precommits"


def test_hidden_lock() -> None:
    """Locked in round 0, it refuses another block in round 1, and prevotes its own again in round 2."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [1, 2])
    rig.votes(PRECOMMIT, 0, NIL, [1, 2])
    rig.fire(Timeout.PRECOMMIT, 0)
    other = rig.block(2, entry=b"other")
    assert _cast(rig.receive(2, rig.proposal(other, 1))) == [(PREVOTE, 1, NIL, -1)]
    rig.votes(PREVOTE, 1, NIL, [1, 2])
    rig.votes(PRECOMMIT, 1, NIL, [1, 2])
    polka = rig.certificate(PREVOTE, 0, v, [0, 1, 2])
    again = rig.proposal(block, 2, 0, polka)
    assert _cast(rig.receive(3, again)) == [(PREVOTE, 2, v, 0)]


def test_unlock_on_newer_valid_value() -> None:
    """A polka of round 1 for another block frees it from its lock of round 0."""
    rig = Rig()
    block, other = rig.block(1), rig.block(2, entry=b"other")
    v, w = header_id(block.header), header_id(other.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [1, 2])
    rig.votes(PRECOMMIT, 2, NIL, [1, 2])
    polka = rig.certificate(PREVOTE, 1, w, [1, 2, 3])
    assert _cast(rig.receive(3, rig.proposal(other, 2, 1, polka))) == [(PREVOTE, 2, w, 1)]


def test_a_reproposal_without_a_real_polka_is_blamed_and_not_answered() -> None:
    rig = Rig()
    block, other = rig.block(1), rig.block(2, entry=b"other")
    w = header_id(other.header)
    rig.votes(PRECOMMIT, 2, NIL, [1, 2])
    few = rig.certificate(PREVOTE, 1, w, [1, 2])
    foreign = rig.certificate(PREVOTE, 1, header_id(block.header), [1, 2, 3])
    forged = msgspec.structs.replace(rig.certificate(PREVOTE, 1, w, [1, 2, 3]), signature=b"z" * 96)
    for polka in (few, foreign, forged):
        effects = rig.receive(3, rig.proposal(other, 2, 1, polka))
        assert only(effects, Blame)
        assert not _cast(effects)


def test_a_polka_counts_only_with_its_valid_round() -> None:
    """D1: prevotes with differing valid rounds do not add up."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.votes(PRECOMMIT, 2, NIL, [1, 2])
    polka = rig.certificate(PREVOTE, 1, v, [1, 2, 3])
    rig.receive(3, rig.proposal(block, 2, 1, polka))
    assert not _cast(rig.votes(PREVOTE, 2, v, [1], -1) + rig.votes(PREVOTE, 2, v, [2], 0))
    assert _cast(rig.votes(PREVOTE, 2, v, [2, 3], 1)) == [(PRECOMMIT, 2, v, -1)]


def test_decision_in_a_past_round() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PRECOMMIT, 4, NIL, [1, 2])
    assert rig.core.work is not None
    assert rig.core.work.state.round == 4
    assert only(rig.votes(PRECOMMIT, 0, v, [1, 2, 3]), Send), "the block of a round long past was forgotten"
    decided = only(rig.receive(3, rig.proposal(block)), Decided)
    assert [d.round for d in decided] == [0]


def test_the_locked_block_is_never_forgotten_and_handed_out_on_request() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [1, 2])
    rig.votes(PRECOMMIT, 8, NIL, [1, 2])
    want = Want(height=Height(1), round=Round(0), block_id=v)
    assert only(rig.receive(3, want), Send)[0].payload == encode_message(rig.proposal(block))
    assert [d.round for d in only(rig.votes(PRECOMMIT, 0, v, [1, 2, 3]), Decided)] == [0]


def test_decision_without_the_proposal_asks_the_voters_for_it() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    effects = rig.votes(PRECOMMIT, 0, v, [1, 2, 3])
    (wish,) = only(effects, Send)
    assert decode_message(wish.payload, max_bytes=MAX_BYTES) == Want(
        height=Height(1), round=Round(0), block_id=v
    )
    asked = {wish.organisation}
    for _ in range(3):
        asked |= {e.organisation for e in only(rig.fire(Timeout.REBROADCAST, 0), Send)}
    assert asked >= {rig.names[1], rig.names[2], rig.names[3]}
    (decided,) = only(rig.receive(3, rig.proposal(block)), Decided)
    assert decided.block_id == v


def test_proposer_crashes_after_proposing() -> None:
    """Only we have its block and a polka for it; in our own round we re-propose it with the polka."""
    rig = Rig(me=2)
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [0, 3])
    effects = rig.votes(PRECOMMIT, 0, NIL, [0, 3])
    rig.fire(Timeout.PRECOMMIT, 0)
    (proposal,) = only(rig.log, SignProposal)
    assert (proposal.round, proposal.block_id, proposal.valid_round) == (1, v, 0)
    assert proposal.polka is not None
    assert not only(effects, Build)
    assert _cast(rig.log)[-1] == (PREVOTE, 1, v, 0)


def test_vote_rebroadcast_repeats_the_same_bytes_and_those_of_others_that_verified() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    rig.votes(PREVOTE, 0, v, [1, 2])

    def said() -> bytes:
        return only(rig.fire(Timeout.REBROADCAST, 0), Broadcast)[0].payload

    first = said()
    batch = decode_message(first, max_bytes=MAX_BYTES)
    assert isinstance(batch, VoteBatch)
    assert [(vote.type, vote.seat) for vote in batch.votes] == [
        (PREVOTE, 0),
        (PREVOTE, 1),
        (PREVOTE, 2),
        (PRECOMMIT, 0),
    ]
    assert said() == first


def test_what_ended_a_round_outlives_a_crash_and_brings_others_along() -> None:
    """J3, B2: a traitor's precommit took one validator on; it alone has the proof, and keeps it."""
    ahead = Rig(me=3)
    ahead.fire(Timeout.PROPOSE, 0)
    ahead.votes(PREVOTE, 0, NIL, [0, 2])
    effects = ahead.votes(PRECOMMIT, 0, NIL, [1, 2])
    (ended,) = only(effects, PersistRound)
    assert sorted(vote.seat for vote in ended.votes) == [1, 2, 3]
    assert ahead.core.work is not None
    assert ahead.core.work.state.round == 1
    (later,) = [vote for vote in only(ahead.fire(Timeout.PROPOSE, 1), SignVote) if vote.round == 1]
    assert ahead.log.index(ended) < ahead.log.index(later)

    said = [ahead.vote(vote.type, vote.round, vote.block_id, 3) for vote in only(ahead.log, SignVote)]
    records = [SignedRecord(payload=encode_message(vote)) for vote in said]
    found = recover([*records[:-1], RoundRecord(votes=ended.votes), records[-1]], Height(1), MAX_BYTES)
    assert found is not None
    resumed = Rig(me=3, recovered=found)
    (batch,) = [decode_message(e.payload, max_bytes=MAX_BYTES) for e in only(resumed.log, Broadcast)]

    behind = Rig(me=0)
    behind.fire(Timeout.PROPOSE, 0)
    assert behind.core.work is not None
    behind.receive(3, batch)
    assert behind.core.work.state.round == 1


def test_a_proposal_that_came_before_we_voted_is_answered_as_soon_as_we_do() -> None:
    """W1: it wakes whoever begins to vote, who then repeats what it says (B1)."""
    rig = Rig(voting=False, awake=False)
    rig.receive(1, rig.proposal(block := rig.block(1)))
    assert not only(rig.log, SignVote)
    effects = rig.feed(rig.start(voting=True))
    assert [vote.block_id for vote in only(effects, SignVote)] == [header_id(block.header)]
    assert rig.core.work is not None
    assert rig.core.work.awake


def test_a_false_copy_of_our_own_proposal_does_not_displace_it() -> None:
    """Somebody hands us a forgery of what our journal has; it is found false only after we began to vote."""
    rig = Rig(me=1, voting=False, awake=False)
    own = rig.proposal(rig.block(1))
    forged = msgspec.structs.replace(own, signature=bytes(len(own.signature)))
    raw = encode_message(forged)
    received = Received(sender=rig.names[1], message=forged, raw=raw, clock_ms=TimeMs(rig.clock))
    (check,) = only(rig.core.step(received), Verify)
    found = recover([SignedRecord(payload=encode_message(own))], Height(1), MAX_BYTES)
    rig.feed(rig.start(voting=True, recovered=found))
    rig.feed(Verified(verdict=run_job(check.job, rig.bls)))
    wish = Want(height=Height(1), round=Round(0), block_id=NIL)
    assert [e.payload for e in only(rig.receive(2, wish), Send)] == [encode_message(own)]


def test_a_round_that_others_skipped_to_leaves_nothing_to_write() -> None:
    rig = Rig()
    assert not only(rig.votes(PRECOMMIT, 3, NIL, [1, 2]), PersistRound)


def test_a_decision_that_we_judge_invalid_halts() -> None:
    rig = Rig()
    rig.judge_error = "state_root: expected another"
    block = rig.block(1)
    v = header_id(block.header)
    assert _cast(rig.receive(1, rig.proposal(block))) == [(PREVOTE, 0, NIL, -1)]
    assert only(rig.votes(PRECOMMIT, 0, v, [1, 2, 3]), Halt)
    assert rig.feed(Wake()) == []


@pytest.mark.parametrize(
    ("offset_ms", "vote"), [(0, True), (900, True), (1_100, False), (-4_900, True), (-5_100, False)]
)
def test_timeliness_of_a_fresh_block(offset_ms: int, vote: bool) -> None:
    """T2: within precision ahead, within delay and precision behind."""
    rig = Rig()
    rig.clock += 10_000
    block = rig.block(1, time_ms=rig.clock + offset_ms)
    expected = header_id(block.header) if vote else NIL
    assert _cast(rig.receive(1, rig.proposal(block))) == [(PREVOTE, 0, expected, -1)]


@pytest.mark.parametrize(("offset_ms", "vote"), [(400, True), (600, False), (-1_400, True), (-1_600, False)])
def test_timeliness_is_judged_by_the_parameters_of_the_height(offset_ms: int, vote: bool) -> None:
    """T2, with what the height began with."""
    rig = Rig(parameters=Parameters(precision_ms=500, message_delay_ms=1_000))
    rig.clock += 10_000
    block = rig.block(1, time_ms=rig.clock + offset_ms)
    expected = header_id(block.header) if vote else NIL
    assert _cast(rig.receive(1, rig.proposal(block))) == [(PREVOTE, 0, expected, -1)]


def test_timeliness_is_not_asked_of_a_reproposal() -> None:
    """T4."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.votes(PRECOMMIT, 2, NIL, [1, 2])
    rig.clock += 1_000_000
    polka = rig.certificate(PREVOTE, 1, v, [1, 2, 3])
    assert _cast(rig.receive(3, rig.proposal(block, 2, 1, polka))) == [(PREVOTE, 2, v, 1)]


def test_a_fresh_block_names_the_rounds_proposer() -> None:
    rig = Rig()
    assert _cast(rig.receive(1, rig.proposal(rig.block(3)))) == [(PREVOTE, 0, NIL, -1)]


def test_a_proposal_from_another_than_the_proposer() -> None:
    rig = Rig()
    proposal = rig.proposal(rig.block(3), seat=3)
    assert only(rig.receive(3, proposal), Blame)
    relayed = rig.proposal(rig.block(1))
    assert rig.receive(3, relayed) == [], "P2: nobody asked for it"
    forged = msgspec.structs.replace(relayed, signature=b"q" * 96)
    assert only(rig.receive(1, forged), Blame)


def test_a_second_proposal_of_a_round_is_not_held() -> None:
    rig = Rig()
    rig.receive(1, rig.proposal(rig.block(1)))
    effects = rig.receive(1, rig.proposal(rig.block(1, entry=b"second")))
    assert [type(effect) for effect in effects] == [Verify, Caught], "F1: only what it proves"


def test_an_equivocating_proposers_other_block_is_fetched_when_a_quorum_wants_it() -> None:
    rig = Rig()
    shown, wanted = rig.block(1), rig.block(1, entry=b"second")
    w = header_id(wanted.header)
    rig.receive(1, rig.proposal(shown))
    effects = rig.votes(PREVOTE, 0, w, [1, 2, 3])
    assert only(effects, Send)
    assert _cast(rig.receive(2, rig.proposal(wanted))) == [(PRECOMMIT, 0, w, -1)]
