"""F1 in the core: contradictions are noticed as they come in, whatever they consist of, and once a height."""

from __future__ import annotations

import msgspec

from ledger.accountability import Kind, Offence, check_charge
from ledger.block import header_id
from ledger.primitives import Hash, Height, TimeMs
from ledger.seal import VoteType
from nodes.bft.effects import Blame, Caught, Effect, PersistLock, Received, SignVote, Verified, Verify
from nodes.bft.messages import encode_message
from nodes.bft.recovery import LockRecord, SignedRecord, recover
from nodes.bft.round import Timeout
from nodes.bft.verify import run_job
from tests.nodes.bft.rig import Rig, only

PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT
V, W = Hash(b"v" * 32), Hash(b"w" * 32)


def caught(rig: Rig) -> list[tuple[Offence, tuple[str, ...]]]:
    """Who was caught so far, and how; everything that convicts them is checked."""
    found = only(rig.log, Caught)
    for item in found:
        check_charge(item.charge, item.place, rig.bls)
    return [(item.charge.offence, item.charge.guilty) for item in found]


def test_two_votes_in_one_round() -> None:
    rig = Rig()
    rig.votes(PRECOMMIT, 0, V, [2])
    rig.votes(PRECOMMIT, 0, W, [2])
    assert caught(rig) == [(Offence.TWO_PRECOMMITS, (rig.names[2],))]


def test_two_votes_of_which_one_came_before_we_voted() -> None:
    """A node that joins begins its height again: what was said to it before counts on."""
    rig = Rig(voting=False, awake=False)
    rig.votes(PRECOMMIT, 0, V, [2])
    rig.feed(rig.start(voting=True))
    rig.votes(PRECOMMIT, 0, W, [2])
    assert caught(rig) == [(Offence.TWO_PRECOMMITS, (rig.names[2],))]


def test_two_votes_that_were_being_checked_when_we_began_to_vote() -> None:
    rig = Rig(voting=False, awake=False)
    under_way: list[Effect] = []
    for block_id in (V, W):
        vote = rig.vote(PRECOMMIT, 0, block_id, 2)
        raw = encode_message(vote)
        received = Received(sender=rig.names[2], message=vote, raw=raw, clock_ms=TimeMs(rig.clock))
        under_way += rig.core.step(received)
    assert len(only(under_way, Verify)) == 2
    rig.feed(rig.start(voting=True))
    for effect in only(under_way, Verify):
        rig.feed(Verified(verdict=run_job(effect.job, rig.bls)))
    assert caught(rig) == [(Offence.TWO_PRECOMMITS, (rig.names[2],))]


def test_two_proposals_of_which_one_came_before_we_voted() -> None:
    rig = Rig(voting=False, awake=False)
    rig.receive(1, rig.proposal(rig.block(1)))
    rig.feed(rig.start(voting=True))
    rig.receive(1, rig.proposal(rig.block(1, entry=b"y")))
    assert caught(rig) == [(Offence.TWO_PROPOSALS, (rig.names[1],))]


def test_one_charge_of_a_kind_for_a_seat_and_round_is_enough() -> None:
    rig = Rig()
    for block_id in (V, W, Hash(b"x" * 32)):
        rig.votes(PREVOTE, 0, block_id, [2])
    rig.votes(PRECOMMIT, 0, V, [2])
    rig.votes(PRECOMMIT, 0, W, [2])
    assert caught(rig) == [
        (Offence.TWO_PREVOTES, (rig.names[2],)),
        (Offence.TWO_PRECOMMITS, (rig.names[2],)),
    ]


def skip(rig: Rig, *rounds: int) -> None:
    """Leave rounds by a quorum's precommits for no block."""
    for each in rounds:
        rig.votes(PRECOMMIT, each, Hash(bytes(32)), [1, 2, 3])


def test_amnesia_in_single_votes() -> None:
    """Seat 3 precommits V with others in round 0 and prevotes another block in round 1 as if it were new."""
    rig = Rig()
    rig.votes(PRECOMMIT, 0, V, [1, 3])
    rig.votes(PRECOMMIT, 0, W, [2])
    assert caught(rig) == []
    rig.fire(Timeout.PRECOMMIT, 0)
    rig.votes(PREVOTE, 1, W, [1, 2, 3])
    assert caught(rig) == [(Offence.AMNESIA, (rig.names[1],)), (Offence.AMNESIA, (rig.names[3],))]


def test_amnesia_told_by_the_polka_of_a_reproposal() -> None:
    """The prevotes are known only as the polka that a proposal of a later round brings."""
    rig = Rig()
    rig.votes(PRECOMMIT, 0, V, [3])
    rig.votes(PRECOMMIT, 0, Hash(bytes(32)), [1, 2])
    rig.fire(Timeout.PRECOMMIT, 0)
    skip(rig, 1)
    block = rig.block(3)
    polka = rig.certificate(PREVOTE, 1, header_id(block.header), [1, 2, 3])
    rig.receive(3, rig.proposal(block, 2, 1, polka))
    assert caught(rig) == [(Offence.AMNESIA, (rig.names[3],))]


def test_two_polkas_of_one_round() -> None:
    rig = Rig()
    block = rig.block(3)
    rig.votes(PREVOTE, 0, V, [0, 1, 2])
    skip(rig, 0, 1)
    polka = rig.certificate(PREVOTE, 0, header_id(block.header), [1, 2, 3])
    rig.receive(3, rig.proposal(block, 2, 0, polka))
    assert caught(rig) == [(Offence.TWO_PREVOTES, (rig.names[1], rig.names[2]))]


def test_an_honest_change_of_mind_is_no_offence() -> None:
    """Locked in round 0, then shown a polka of round 1: prevoting on its strength is what the rules ask."""
    rig = Rig()
    rig.votes(PRECOMMIT, 0, V, [1])
    rig.votes(PRECOMMIT, 0, Hash(bytes(32)), [2, 3])
    rig.fire(Timeout.PRECOMMIT, 0)
    skip(rig, 1)
    rig.votes(PREVOTE, 2, W, [1, 2, 3], valid_round=1)
    assert caught(rig) == []


def test_two_proposals_of_one_round() -> None:
    rig = Rig()
    shown, second = rig.block(1), rig.block(1, entry=b"second")
    rig.receive(1, rig.proposal(shown))
    rig.receive(1, rig.proposal(second))
    assert caught(rig) == [(Offence.TWO_PROPOSALS, (rig.names[1],))]
    (found,) = only(rig.log, Caught)
    said = {(a.kind, a.block_id) for a in (found.charge.first, found.charge.second)}
    assert said == {(Kind.PROPOSAL, header_id(block.header).hex()) for block in (shown, second)}
    assert rig.core.work is not None
    assert rig.core.work.candidates.candidate(header_id(second.header)) is None, "its block is not kept"
    assert only(rig.receive(1, rig.proposal(rig.block(1, entry=b"third"))), Verify) == []


def test_two_proposals_of_which_both_were_let_in() -> None:
    """P3: a quorum wants the second, so it is fetched, and compared."""
    rig = Rig()
    shown, wanted = rig.block(1), rig.block(1, entry=b"second")
    rig.receive(1, rig.proposal(shown))
    rig.votes(PREVOTE, 0, header_id(wanted.header), [1, 2, 3])
    rig.receive(2, rig.proposal(wanted))
    assert caught(rig) == [(Offence.TWO_PROPOSALS, (rig.names[1],))]


def test_a_second_proposal_with_another_valid_round_is_another_proposal() -> None:
    rig = Rig()
    block = rig.block(2)
    rig.votes(PREVOTE, 0, header_id(block.header), [1, 2, 3])
    skip(rig, 0)
    rig.receive(2, rig.proposal(block, 1))
    polka = rig.certificate(PREVOTE, 0, header_id(block.header), [1, 2, 3])
    rig.receive(2, rig.proposal(block, 1, 0, polka))
    assert caught(rig) == [(Offence.TWO_PROPOSALS, (rig.names[2],))]


def test_a_forged_second_proposal_convicts_its_sender_of_nothing_but_lying() -> None:
    """Whoever sends it is at fault, the proposer is not; and it is asked about once."""
    rig = Rig()
    rig.receive(1, rig.proposal(rig.block(1)))
    forged = msgspec.structs.replace(rig.proposal(rig.block(1, entry=b"forged")), signature=b"q" * 96)
    assert [blame.organisation for blame in only(rig.receive(3, forged), Blame)] == [rig.names[3]]
    assert caught(rig) == []
    assert rig.receive(3, forged) == []
    rig.receive(1, rig.proposal(rig.block(1, entry=b"second")))
    assert caught(rig) == [(Offence.TWO_PROPOSALS, (rig.names[1],))]


def test_one_doubtful_proposal_of_each_sender_is_checked_at_a_time() -> None:
    rig = Rig()
    rig.receive(1, rig.proposal(rig.block(1)))
    for number in range(5):
        proposal = rig.proposal(rig.block(1, entry=bytes([number])))
        raw, clock_ms = encode_message(proposal), TimeMs(rig.clock)
        rig.core.step(Received(sender=rig.names[1], message=proposal, raw=raw, clock_ms=clock_ms))
    assert rig.core.work is not None
    assert len(rig.core.work.suspects) == 1


def test_what_a_prevote_rested_on_outlives_a_crash() -> None:
    """J3, F2: the polka of a re-proposal is written before the prevote, and is no lock when read again."""
    rig = Rig()
    skip(rig, 0, 1)
    block = rig.block(3)
    polka = rig.certificate(PREVOTE, 1, header_id(block.header), [1, 2, 3])
    effects = rig.receive(3, rig.proposal(block, 2, 1, polka))
    (written,), (vote,) = only(effects, PersistLock), only(effects, SignVote)
    assert effects.index(written) < effects.index(vote)
    assert (written.proposal, written.polka, vote.valid_round) == (b"", polka, 1)
    said = rig.vote(PREVOTE, 2, vote.block_id, 0, 1)
    assert written.validators_hash == rig.validators.hash
    lock = LockRecord(proposal=b"", polka=polka, validators_hash=written.validators_hash)
    records = [lock, SignedRecord(payload=encode_message(said))]
    found = recover(records, Height(1), 4_000_000)
    assert found is not None
    assert (found.state.locked_id, found.locked, found.polkas) == (None, None, (polka,))
    again = Rig(recovered=found)
    assert again.core.work is not None
    assert again.core.work.polkas() == (polka,), "and so it comes into the witness log"


def test_a_proposal_made_again_is_prevoted_after_a_crash_that_came_in_between() -> None:
    """J4: the polka of our own proposal is in the proposal; no vote of ours has rested on it yet."""
    rig = Rig()
    block = rig.block(1)
    polka = rig.certificate(PREVOTE, 0, header_id(block.header), [1, 2, 3])
    again = rig.proposal(block, 3, 0, polka)  # seat 0 proposes in round 3
    assert again.seat == rig.me
    found = recover([SignedRecord(payload=encode_message(again))], Height(1), 4_000_000)
    assert found is not None
    assert found.polkas == (polka,)
    resumed = Rig(recovered=found)
    (written,), (vote,) = only(resumed.log, PersistLock), only(resumed.log, SignVote)
    assert (written.polka, vote.round, vote.valid_round) == (polka, 3, 0)


def test_a_lock_is_found_whatever_was_prevoted_after_it() -> None:
    """The record that a later prevote writes of the same polka does not hide the block."""
    rig = Rig()
    block = rig.block(1)
    v = header_id(block.header)
    raw = encode_message(rig.proposal(block))
    polka = rig.certificate(PREVOTE, 0, v, [0, 1, 2])
    votes = [rig.vote(PREVOTE, 0, v, 0), rig.vote(PRECOMMIT, 0, v, 0), rig.vote(PREVOTE, 2, v, 0, 0)]
    signed = [SignedRecord(payload=encode_message(vote)) for vote in votes]
    lock = LockRecord(proposal=raw, polka=polka, validators_hash=rig.validators.hash)
    again = msgspec.structs.replace(lock, proposal=b"")
    found = recover([signed[0], lock, signed[1], again, signed[2]], Height(1), 4_000_000)
    assert found is not None
    assert found.state.locked_id == v
    assert found.locked is not None
    assert found.locked[1] == raw
    assert found.polkas == (polka,)
