"""What validators say to each other, as bytes: msgpack arrays behind one version byte.

Decoding is strict: unknown kinds, extra fields, values out of range and
contradictions within a message raise `ProtocolError`, which is always the
sender's fault. Whether a signature verifies, and whether the sender may say it
now, is for `votes` and `driver`. Spec: docs/spec/consensus.md, clauses M1 to M6.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.governance.settings import BOUNDS
from ledger.block import MAX_HEADER_BYTES, Block
from ledger.genesis import Parameters
from ledger.primitives import MAX_SAFE_INTEGER, Hash, Height, Round
from ledger.seal import NIL, NO_ROUND, VoteType
from ledger.validators import MAX_VALIDATORS

WIRE_VERSION = 1
"""M1: the first byte of every message."""

MAX_ROUND = 2**31 - 1
"""A round is signed in four bytes, of which the valid round needs the sign."""

MAX_VOTE_BYTES = 256
"""A vote is about 150 bytes."""

MAX_BATCH_VOTES = 4 * MAX_VALIDATORS
"""Prevotes of a round, precommits of it and of the round before, with room for the caught equivocator."""

MAX_PROPOSAL_OVERHEAD = MAX_HEADER_BYTES + 2048
"""What a proposal carries beside its entries: header, parent seal, polka, signature."""

ENTRY_OVERHEAD = 5
"""The longest msgpack head of an entry."""


class ProtocolError(Exception):
    """A peer sent what no honest peer sends."""


HeightField = Annotated[Height, Meta(ge=1, le=MAX_SAFE_INTEGER)]
RoundField = Annotated[Round, Meta(ge=0, le=MAX_ROUND)]
ValidRoundField = Annotated[Round, Meta(ge=-1, le=MAX_ROUND)]
HashField = Annotated[Hash, Meta(min_length=32, max_length=32)]
SeatField = Annotated[int, Meta(ge=0, lt=MAX_VALIDATORS)]
SignatureField = Annotated[bytes, Meta(min_length=96, max_length=96)]
BitmapField = Annotated[bytes, Meta(min_length=1, max_length=(MAX_VALIDATORS + 7) // 8)]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Base of the messages: arrays, of which the first element of a message tells its kind."""


class Vote(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=1):
    """M2: one validator's prevote or precommit."""

    type: VoteType
    height: HeightField
    round: RoundField
    block_id: HashField
    """What it votes for; `NIL` for no block."""
    valid_round: ValidRoundField
    """Prevotes: the valid round of the proposal it answers. -1 for nil, and in every precommit."""
    seat: SeatField
    signature: SignatureField


class Certificate(_Wire, frozen=True, kw_only=True):
    """M3: a quorum's equal votes as one aggregate. Of prevotes it is a polka."""

    type: VoteType
    height: HeightField
    round: RoundField
    block_id: HashField
    valid_round: ValidRoundField
    signers: BitmapField
    """Seats, lowest bit of the first byte first."""
    signature: SignatureField


class Proposal(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=2):
    """M4: a block put to the vote in one round."""

    height: HeightField
    round: RoundField
    valid_round: ValidRoundField
    """-1 for a fresh block, else the earlier round in which it had the polka."""
    seat: SeatField
    """The proposer of the round."""
    signature: SignatureField
    polka: Certificate | None
    """The polka of `valid_round`, exactly when that is not -1."""
    block: Block


class VoteBatch(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=3):
    """M5: votes said again, one's own and those of others that were verified."""

    votes: Annotated[tuple[Vote, ...], Meta(max_length=MAX_BATCH_VOTES)]


class Want(_Wire, frozen=True, kw_only=True, tag_field="kind", tag=4):
    """M6: a request for the proposal of a round."""

    height: HeightField
    round: RoundField
    block_id: HashField
    """The block it must hold; `NIL` for whatever the proposer proposed."""


Message = Vote | Proposal | VoteBatch | Want

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_PREFIX = bytes([WIRE_VERSION])


def encode_message(message: Message) -> bytes:
    """The bytes of a message."""
    return _PREFIX + _ENCODER.encode(message)


def largest_message_bytes(parameters: Parameters) -> int:
    """The largest message whatever a ballot decides: one who is ahead sends what our height forbids yet."""
    return max_message_bytes(
        block_bytes=max(parameters.max_block_bytes, BOUNDS["max_block_bytes"][1]),
        block_entries=max(parameters.max_block_entries, BOUNDS["max_block_entries"][1]),
    )


def max_message_bytes(*, block_bytes: int, block_entries: int) -> int:
    """The largest message there can be, under these limits of a block."""
    proposal = block_bytes + ENTRY_OVERHEAD * block_entries + MAX_PROPOSAL_OVERHEAD
    return max(proposal, MAX_BATCH_VOTES * MAX_VOTE_BYTES)


def decode_message(payload: bytes, *, max_bytes: int) -> Message:
    """The message in `payload`; `ProtocolError` when it is too long, malformed or contradicts itself."""
    if len(payload) > max_bytes:
        raise ProtocolError(f"a message of {len(payload)} bytes, the limit is {max_bytes}")
    if not payload.startswith(_PREFIX):
        raise ProtocolError(f"expected a message of version {WIRE_VERSION}")
    try:
        message = _DECODER.decode(memoryview(payload)[1:])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"not a consensus message: {error}") from None
    _check(message)
    return message


def _check(message: Message) -> None:
    if isinstance(message, Vote):
        _check_vote(message)
    elif isinstance(message, VoteBatch):
        for vote in message.votes:
            _check_vote(vote)
    elif isinstance(message, Proposal):
        _check_proposal(message)


def _check_vote(vote: Vote | Certificate) -> None:
    if vote.valid_round >= vote.round:
        raise ProtocolError("the valid round of a vote lies before its round")
    if vote.valid_round != NO_ROUND and (vote.type is VoteType.PRECOMMIT or vote.block_id == NIL):
        raise ProtocolError("only a prevote for a block has a valid round")


def _check_proposal(proposal: Proposal) -> None:
    if proposal.block.header.height != proposal.height:
        raise ProtocolError("the block is of another height than the proposal")
    if proposal.valid_round >= proposal.round:
        raise ProtocolError("the valid round of a proposal lies before its round")
    polka = proposal.polka
    if (polka is None) != (proposal.valid_round == NO_ROUND):
        raise ProtocolError("a polka comes with a re-proposal and with nothing else")
    if polka is None:
        return
    _check_vote(polka)
    if (
        polka.type is not VoteType.PREVOTE
        or polka.height != proposal.height
        or polka.round != proposal.valid_round
    ):
        raise ProtocolError("the polka is of another height or round than the proposal's valid round")
