"""M1 to M6: every message decodes to itself, and nothing else decodes."""

from __future__ import annotations

import msgspec
import pytest

from ledger.primitives import Hash, Height, Round
from ledger.seal import NIL, VoteType
from nodes.bft.messages import (
    MAX_BATCH_VOTES,
    MAX_VOTE_BYTES,
    Message,
    ProtocolError,
    VoteBatch,
    Want,
    decode_message,
    encode_message,
    max_message_bytes,
)
from tests.nodes.bft.rig import Rig

RIG = Rig()
V = Hash(b"v" * 32)
BLOCK = RIG.block(1)
PREVOTE, PRECOMMIT = VoteType.PREVOTE, VoteType.PRECOMMIT
VOTE = RIG.vote(PREVOTE, 3, V, 1, 2)
POLKA = RIG.certificate(PREVOTE, 0, V, [0, 1, 2])
WANT = Want(height=Height(1), round=Round(0), block_id=NIL)
LIMIT = 100_000

GOOD: list[Message] = [
    VOTE,
    RIG.vote(PRECOMMIT, 0, NIL, 99 % 4),
    RIG.proposal(BLOCK),
    RIG.proposal(BLOCK, 1, 0, POLKA),
    VoteBatch(votes=(VOTE, VOTE)),
    VoteBatch(votes=()),
    WANT,
]


@pytest.mark.parametrize("message", GOOD, ids=lambda m: type(m).__name__)
def test_round_trip(message: Message) -> None:
    assert decode_message(encode_message(message), max_bytes=LIMIT) == message


def change(message: Message, **fields: object) -> Message:
    return msgspec.structs.replace(message, **fields)  # type: ignore[arg-type]


BAD: list[tuple[str, Message]] = [
    ("height 0", change(VOTE, height=0)),
    ("negative round", change(VOTE, round=-1)),
    ("round beyond four bytes", change(VOTE, round=2**31)),
    ("short block id", change(VOTE, block_id=b"x")),
    ("short signature", change(VOTE, signature=b"x" * 95)),
    ("seat beyond the largest set", change(VOTE, seat=100)),
    ("unknown vote type", change(VOTE, type=3)),
    ("valid round not before the round", change(VOTE, valid_round=3)),
    ("nil with a valid round", change(VOTE, block_id=NIL)),
    ("precommit with a valid round", change(VOTE, type=PRECOMMIT)),
    ("batch with a bad vote", VoteBatch(votes=(change(VOTE, valid_round=9),))),  # type: ignore[arg-type]
    ("batch too long", VoteBatch(votes=(VOTE,) * (MAX_BATCH_VOTES + 1))),
    ("re-proposal without polka", RIG.proposal(BLOCK, 1, 0, None)),
    ("fresh proposal with polka", RIG.proposal(BLOCK, 1, -1, POLKA)),
    ("polka of another round", RIG.proposal(BLOCK, 3, 1, POLKA)),
    ("polka of precommits", RIG.proposal(BLOCK, 1, 0, RIG.certificate(PRECOMMIT, 0, V, [0, 1, 2]))),
    ("block of another height", change(RIG.proposal(BLOCK), height=2)),
    ("valid round not before", change(RIG.proposal(BLOCK, 1, 0, POLKA), round=0)),
]


@pytest.mark.parametrize(("why", "message"), BAD, ids=[c[0] for c in BAD])
def test_contradictions_are_refused(why: str, message: Message) -> None:
    with pytest.raises(ProtocolError):
        decode_message(encode_message(message), max_bytes=2 * LIMIT)


RAW = encode_message(VOTE)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x02" + RAW[1:],
        RAW[:-1],
        RAW + b"\x00",
        b"\x01\x93\x09\x01\x02",
        b"\x01\x80",
        b"\x01\xc1",
        b"\x01",
    ],
)
def test_other_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_message(payload, max_bytes=LIMIT)


def test_every_change_of_a_byte_is_refused_or_another_message() -> None:
    for index in range(len(RAW)):
        data = bytearray(RAW)
        data[index] ^= 0x81
        try:
            assert decode_message(bytes(data), max_bytes=LIMIT) != VOTE
        except ProtocolError:
            continue


def test_sizes() -> None:
    assert len(RAW) <= MAX_VOTE_BYTES
    with pytest.raises(ProtocolError, match="limit"):
        decode_message(RAW, max_bytes=len(RAW) - 1)
    entries = tuple(bytes(1_000) for _ in range(200))
    header = RIG.ledger.build("org-b", 0, entries)
    largest = encode_message(RIG.proposal(header, 1, 0, POLKA))
    assert len(largest) <= max_message_bytes(block_bytes=200_000, block_entries=200)
