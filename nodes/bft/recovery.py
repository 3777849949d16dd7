"""What to say after a restart: the journal's records of one height, turned into where to resume.

A validator resumes in the round and step of the last thing it signed, locked on
what it last locked on, and says the same bytes again (J4). It proposes or votes
anew only in steps after that. Reading and writing the journal is for `journal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ledger.block import header_id
from ledger.primitives import Hash, Height, Round
from ledger.seal import NO_ROUND, VoteType
from nodes.bft.messages import Certificate, Message, Proposal, Vote, decode_message
from nodes.bft.round import RoundState, Step


class SignedRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=1, forbid_unknown_fields=True
):
    """A proposal or vote that was signed, as it was sent."""

    payload: bytes


class LockRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=2, forbid_unknown_fields=True
):
    """What a precommit for a block rests on, and so a lock; or a prevote for a block proposed again."""

    proposal: bytes
    """The message that held the block; empty for a prevote, and when it is our own, recorded as signed."""
    polka: Certificate
    validators_hash: Hash
    """Of the set that signed the polka: with it the record says by itself what an auditor needs (F3)."""


class CommittedRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=3, forbid_unknown_fields=True
):
    """A height is decided and durable elsewhere: its records are not needed any more."""

    height: Height


class AbstainRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=4, forbid_unknown_fields=True
):
    """Nothing may be signed up to this height (J6)."""

    until: Height | None
    """None while it is not known how far the network may have come with signatures of ours."""


class AlarmRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=5, forbid_unknown_fields=True
):
    """This key signed what the journal does not know: nothing is signed until an abstention follows (K1)."""

    height: Height
    round: Round
    step: int
    """1 a proposal, 2 a prevote, 3 a precommit."""
    block_id: Hash


class RoundRecord(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=6, forbid_unknown_fields=True
):
    """The precommits that ended a round, and so brought its validator into the next one (B2)."""

    votes: tuple[Vote, ...]


Record = SignedRecord | LockRecord | CommittedRecord | AbstainRecord | AlarmRecord | RoundRecord


def standing(records: Sequence[Record]) -> Sequence[Record]:
    """What outlives its height: the last abstention, and an alarm raised since."""
    kept = [record for record in records if isinstance(record, AbstainRecord | AlarmRecord)]
    abstentions = [place for place, record in enumerate(kept) if isinstance(record, AbstainRecord)]
    return kept[abstentions[-1] :] if abstentions else kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Where to resume within a height."""

    state: RoundState
    votes: tuple[Vote, ...]
    """All our own votes of the height, and the precommits of everybody that ended a round."""
    proposal: tuple[Proposal, bytes] | None
    """Our own proposal of the round to resume in."""
    locked: tuple[Proposal, bytes] | None
    """The proposal that held the block of the newest lock."""
    polkas: tuple[Certificate, ...]
    """Every polka that a vote of ours rested on, that of the lock and what an auditor needs (F2), or that a
    proposal of ours carries: its prevote may be still to come."""


def recover(records: Sequence[Record], height: Height, max_bytes: int) -> Recovered | None:
    """Where the records of `height` end; None when nothing was signed there."""
    signed = [_decode(r.payload, max_bytes) for r in records if isinstance(r, SignedRecord)]
    votes = tuple(m for m, _ in signed if isinstance(m, Vote) and m.height == height)
    proposals = [(m, raw) for m, raw in signed if isinstance(m, Proposal) and m.height == height]
    if not votes and not proposals:
        return None
    round_ = max([v.round for v in votes] + [p.round for p, _ in proposals])
    locks = [r for r in records if isinstance(r, LockRecord) and r.polka.height == height]
    # One whose precommit was not signed before the crash is no lock: the one before it holds.
    held = [lock for lock in locks if _precommitted(votes, lock.polka)]
    lock = max(held, key=lambda r: r.polka.round, default=None)
    ended = [vote for r in records if isinstance(r, RoundRecord) for vote in r.votes if vote.height == height]
    polkas = [record.polka for record in locks] + [p.polka for p, _ in proposals if p.polka is not None]
    return Recovered(
        state=_state(round_, votes, lock.polka if lock else None),
        votes=tuple(dict.fromkeys((*votes, *ended))),
        proposal=next(((p, raw) for p, raw in proposals if p.round == round_), None),
        locked=_locked(lock, proposals, max_bytes) if lock else None,
        polkas=tuple(dict.fromkeys(polkas)),
    )


def _decode(payload: bytes, max_bytes: int) -> tuple[Message, bytes]:
    return decode_message(payload, max_bytes=max_bytes), payload


def _precommitted(votes: Sequence[Vote], polka: Certificate) -> bool:
    lock = (VoteType.PRECOMMIT, polka.round, polka.block_id)
    return any((vote.type, vote.round, vote.block_id) == lock for vote in votes)


def _state(round_: Round, votes: Sequence[Vote], polka: Certificate | None) -> RoundState:
    cast = [v.type for v in votes if v.round == round_]
    step = Step.PRECOMMIT if VoteType.PRECOMMIT in cast else Step.PREVOTE if cast else Step.PROPOSE
    locked: Hash | None = polka.block_id if polka else None
    locked_round = polka.round if polka else NO_ROUND
    return RoundState(
        round=round_,
        step=step,
        locked_round=locked_round,
        locked_id=locked,
        valid_round=locked_round,
        valid_id=locked,
        polka_seen=locked_round == round_,
    )


def _locked(
    lock: LockRecord, own: Sequence[tuple[Proposal, bytes]], max_bytes: int
) -> tuple[Proposal, bytes] | None:
    if lock.proposal:
        message, raw = _decode(lock.proposal, max_bytes)
        return (message, raw) if isinstance(message, Proposal) else None
    return next(((p, raw) for p, raw in own if header_id(p.block.header) == lock.polka.block_id), None)
