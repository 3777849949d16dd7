"""What is let in, within which bounds, and who is blamed: V1 to V5, P2, B4, C2, F1, W1."""

from __future__ import annotations

import msgspec

from ledger.accountability import Offence, check_charge
from ledger.block import header_id
from ledger.primitives import Height, Round, TimeMs
from ledger.seal import NIL, VoteType
from nodes.bft.effects import (
    Behind,
    Blame,
    Caught,
    Decided,
    Halt,
    Judge,
    Judged,
    Received,
    Send,
    SetTimer,
    SignProposal,
    SignVote,
    Wake,
)
from nodes.bft.messages import Proposal, VoteBatch, Want, encode_message
from nodes.bft.round import Step, Timeout
from tests.nodes.bft.rig import Rig, only

PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT


def _cast(effects: list[object]) -> list[tuple[VoteType, int, bytes, int]]:
    return [(e.type, e.round, e.block_id, e.valid_round) for e in effects if isinstance(e, SignVote)]


def test_an_unverified_vote_neither_counts_nor_displaces() -> None:
    """V2: forged relays of seats 2 and 3 first, the real votes afterwards."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    for seat in (2, 3):
        forged = msgspec.structs.replace(rig.vote(PREVOTE, 0, v, seat), signature=b"f" * 96)
        assert not _cast(rig.receive(1, VoteBatch(votes=(forged,))))
    assert _cast(rig.votes(PREVOTE, 0, v, [2, 3])) == [(PRECOMMIT, 0, v, -1)]
    assert not only(rig.log, Blame), "a relay is not blamed, for it may have been lied to"


def test_a_forged_vote_of_its_own_is_blamed() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, rig.proposal(block))
    forged = msgspec.structs.replace(rig.vote(PREVOTE, 0, v, 2), signature=b"f" * 96)
    rig.receive(2, forged)
    effects = rig.votes(PREVOTE, 0, v, [1, 3])
    assert [b.organisation for b in only(effects, Blame)] == [rig.names[2]]
    assert _cast(effects) == [(PRECOMMIT, 0, v, -1)]


def test_who_relayed_a_false_vote_is_still_heard_for_itself_and_relays_again_in_the_next_round() -> None:
    """V5: two colluders whose signatures verify only together can make an honest relay look false."""
    rig = Rig()
    nobody = msgspec.structs.replace(rig.vote(PRECOMMIT, 0, NIL, 2), signature=b"f" * 96)
    rig.receive(3, VoteBatch(votes=(nobody,)))
    rig.receive(1, rig.vote(PRECOMMIT, 0, NIL, 1))
    rig.fire(Timeout.PROPOSE, 0)
    assert rig.core.work is not None
    assert rig.core.work.keeper._misled == set()
    rig.receive(3, rig.vote(PRECOMMIT, 0, NIL, 3))
    assert rig.core.work.keeper._misled == {rig.names[3]}
    relayed = VoteBatch(votes=(rig.vote(PREVOTE, 0, NIL, 1),))
    rig.receive(3, relayed)
    assert rig.core.work.keeper.add(rig.vote(PREVOTE, 0, NIL, 3), rig.names[3], Round(0)), "its own vote"
    assert not rig.core.work.keeper.add(rig.vote(PREVOTE, 0, NIL, 2), rig.names[3], Round(0)), "a relay"
    rig.votes(PRECOMMIT, 0, NIL, [2])
    rig.fire(Timeout.PRECOMMIT, 0)
    assert rig.core.work.state.round == 1
    assert rig.core.work.keeper.add(rig.vote(PREVOTE, 1, NIL, 2), rig.names[3], Round(1)), "a relay again"


def test_two_votes_of_one_seat_convict_it() -> None:
    """F1."""
    rig = Rig()
    rig.votes(PREVOTE, 0, b"a" * 32, [2])  # type: ignore[arg-type]
    (caught,) = only(rig.votes(PREVOTE, 0, b"b" * 32, [2]), Caught)  # type: ignore[arg-type]
    assert caught.charge.offence is Offence.TWO_PREVOTES
    assert caught.charge.guilty == (rig.names[2],)
    check_charge(caught.charge, caught.place, rig.bls)


def test_round_skip_counts_prevotes_and_precommits_together() -> None:
    rig = Rig()
    rig.votes(PREVOTE, 5, NIL, [2])
    assert rig.core.work is not None
    assert rig.core.work.state.round == 0
    rig.votes(PRECOMMIT, 5, NIL, [3])
    assert rig.core.work.state.round == 5


def test_memory_stays_bounded_against_far_rounds() -> None:
    """V2: a validator keeps two far rounds, and may not relay into them."""
    rig = Rig()
    for round_ in range(10, 400):
        rig.votes(PREVOTE, round_, NIL, [2])
        rig.receive(2, VoteBatch(votes=(rig.vote(PREVOTE, round_, NIL, 3),)))
    assert rig.core.work is not None
    assert len(rig.core.work.keeper._rounds) <= 2 + 1


def test_early_messages_wait_and_later_ones_say_that_we_lag() -> None:
    rig = Rig()
    vote = rig.vote(PREVOTE, 0, NIL, 2)
    assert rig.receive(2, msgspec.structs.replace(vote, height=Height(2))) == []
    assert rig.receive(2, msgspec.structs.replace(vote, height=Height(9))) == [
        Behind(organisation=rig.names[2], height=Height(8))
    ]
    for round_ in range(100):
        rig.receive(2, msgspec.structs.replace(vote, height=Height(2), round=Round(round_)))
    assert len(rig.core._intake._early) == 16


def test_a_late_verdict_or_verification_of_another_height_is_ignored() -> None:
    rig = Rig()
    assert rig.feed(Judged(height=Height(7), block_id=NIL, error="")) == []
    foreign = Received(
        sender="stranger",
        message=rig.vote(PREVOTE, 0, NIL, 2),
        raw=b"",
        clock_ms=TimeMs(rig.clock),
    )
    assert rig.feed(foreign) == []


def test_asleep_it_starts_no_timer_and_proposes_nothing() -> None:
    """W1."""
    rig = Rig(me=1, awake=False)
    assert rig.log == []
    effects = rig.feed(Wake())
    assert only(effects, SignProposal)
    assert {t.timeout for t in only(effects, SetTimer)} >= {Timeout.REBROADCAST, Timeout.PROPOSE}
    assert rig.feed(Wake()) == []


def test_a_proposal_wakes() -> None:
    rig = Rig(awake=False)
    block = rig.block(1)
    assert _cast(rig.receive(1, rig.proposal(block))) == [(PREVOTE, 0, header_id(block.header), -1)]


def test_wishes_are_granted_within_bounds() -> None:
    """B4."""
    rig = Rig()
    proposal = rig.proposal(rig.block(1))
    rig.receive(1, proposal)
    want = Want(height=Height(1), round=Round(0), block_id=NIL)
    answers = [send for _ in range(5) for send in only(rig.receive(3, want), Send)]
    assert [a.payload for a in answers] == [encode_message(proposal)] * 2
    rig.fire(Timeout.REBROADCAST, 0)
    assert only(rig.receive(3, want), Send)


def test_blocks_are_judged_once() -> None:
    rig = Rig()
    rig.auto_judge = False
    rig.receive(1, rig.proposal(rig.block(1)))
    rig.receive(1, rig.proposal(rig.block(1)))
    assert len(only(rig.log, Judge)) == 1
    assert rig.core.work is not None
    assert rig.core.work.state.step is Step.PROPOSE
    assert isinstance(rig.proposal(rig.block(1)), Proposal)


def _forged(proposal: Proposal) -> Proposal:
    return msgspec.structs.replace(proposal, signature=b"f" * 96)


def test_a_proposer_whose_proposal_was_false_makes_us_judge_nothing_more() -> None:
    """P2: the place that a false proposal leaves is not free for the next block of the same sender."""
    rig = Rig()
    for number in range(50):
        rig.receive(1, _forged(rig.proposal(rig.block(1, entry=bytes([number])))))
    assert len(only(rig.log, Judge)) == 1
    assert rig.core.work is not None
    assert len(rig.core.work.candidates._blocks) == 1


def test_a_false_proposal_is_never_handed_on() -> None:
    """Whoever hands it on would be blamed for it, and what a lock rests on has to be genuine."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    rig.receive(1, _forged(rig.proposal(block)))
    want = Want(height=Height(1), round=Round(0), block_id=v)
    assert only(rig.receive(3, want), Send) == []
    rig.votes(PREVOTE, 0, v, [1, 2, 3])
    rig.receive(2, rig.proposal(block))
    (answer,) = only(rig.receive(3, want), Send)
    assert answer.payload == encode_message(rig.proposal(block))
    candidate = rig.core.work.candidates.candidate(v) if rig.core.work else None
    assert candidate is not None
    assert candidate.raw == answer.payload


def test_what_a_quorum_wants_may_come_from_anybody_but_not_without_end() -> None:
    """P3: other rounds' proposals of a block that is here already are not what is missing."""
    rig = Rig()
    mine, other = rig.block(1), rig.block(1, entry=b"other")
    rig.receive(1, rig.proposal(mine))
    rig.votes(PREVOTE, 0, header_id(other.header), [1, 2, 3])
    rig.receive(2, rig.proposal(other))
    rig.votes(PRECOMMIT, 0, NIL, [2])
    assert rig.core.work is not None
    work = rig.core.work
    work.candidates.want(Round(1), header_id(other.header))
    for round_ in range(5, 400, 4):
        rig.receive(3, rig.proposal(other, round_))
    assert len(work.candidates._held) == 2


def test_who_answers_a_wish_falsely_is_not_asked_first_again() -> None:
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    want = encode_message(Want(height=Height(1), round=Round(0), block_id=v))
    asked = only(rig.votes(PREVOTE, 0, v, [1, 2, 3]), Send)
    assert asked == [Send(organisation=rig.names[1], payload=want)]
    rig.receive(1, _forged(rig.proposal(block)))
    assert rig.receive(1, _forged(rig.proposal(block))) == []
    again = [s.organisation for s in only(rig.fire(Timeout.REBROADCAST, 0), Send) if s.payload == want]
    assert again == [rig.names[2]]
    rig.receive(2, rig.proposal(block))
    assert rig.core.work is not None
    assert rig.core.work.state.locked_id in (None, v)
    assert rig.core.work.state.valid_id == v


def test_a_true_header_with_other_entries_does_not_make_the_block_seem_invalid() -> None:
    """P5: the signature covers the header; whoever judged the false body would halt when others decide."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    false = rig.proposal(msgspec.structs.replace(block, entries=(b"other",)))
    rig.judge_error = "what judging the false body would say"
    effects = rig.receive(1, false)
    assert [b.organisation for b in only(effects, Blame)] == [rig.names[1]]
    assert not only(effects, Judge)
    rig.judge_error = ""
    assert only(rig.votes(PRECOMMIT, 0, v, [1, 2, 3]), Send), "the block is asked for"
    effects = rig.receive(2, rig.proposal(block))
    assert not only(effects, Halt)
    assert [d.block for d in only(effects, Decided)] == [block]
