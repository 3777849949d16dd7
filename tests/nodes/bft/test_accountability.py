"""F2: two seals of one height name f + 1 guilty validators and no honest one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ledger.primitives import Hash, encode_base64url
from ledger.seal import Seal, VoteType
from ledger.validators import encode_signers
from nodes.bft.accountability import Charge, accuse
from nodes.bft.messages import Certificate
from tests.nodes.bft.rig import Rig

V, W = Hash(b"v" * 32), Hash(b"w" * 32)
RIG = Rig()


def seal(round_: int, block_id: Hash, seats: Sequence[int]) -> Seal:
    bitmap = encode_base64url(encode_signers(tuple(seats), 4))
    return Seal(
        height=1, round=round_, block_id=block_id.hex(), signers=bitmap, signature=encode_base64url(bytes(96))
    )


def polka(round_: int, block_id: Hash, seats: Sequence[int], valid_round: int = -1) -> Certificate:
    return RIG.certificate(VoteType.PREVOTE, round_, block_id, seats, valid_round)


# Seats 2 and 3 are the liars throughout; 0 is honest and saw V, 1 is honest and saw W.
CASES: list[tuple[str, Seal, Seal, list[Certificate], tuple[Charge, ...]]] = [
    (
        "both in one round",
        seal(0, V, [0, 2, 3]),
        seal(0, W, [1, 2, 3]),
        [],
        (Charge(offence="two-precommits", seats=(2, 3)),),
    ),
    (
        "a fresh block after the lock",
        seal(0, V, [0, 2, 3]),
        seal(1, W, [1, 2, 3]),
        [polka(0, V, [0, 2, 3]), polka(1, W, [1, 2, 3])],
        (Charge(offence="amnesia", seats=(2, 3)),),
    ),
    (
        "a re-proposal with a polka older than the lock",
        seal(3, W, [1, 2, 3]),
        seal(1, V, [0, 2, 3]),
        [polka(1, V, [0, 2, 3]), polka(2, W, [1, 2, 3], 0), polka(3, W, [1, 2, 3], 2)],
        (Charge(offence="amnesia", seats=(2, 3)),),
    ),
    (
        "a re-proposal with a polka of the round of the lock",
        seal(1, V, [0, 2, 3]),
        seal(2, W, [1, 2, 3]),
        [polka(1, V, [0, 2, 3]), polka(1, W, [1, 2, 3]), polka(2, W, [1, 2, 3], 1)],
        (Charge(offence="two-prevotes", seats=(2, 3)),),
    ),
    (
        "the polka of the later seal alone does not tell",
        seal(1, V, [0, 2, 3]),
        seal(5, W, [1, 2, 3]),
        [polka(5, W, [1, 2, 3], 4)],
        (),
    ),
    (
        "polkas of one block in differing valid rounds are two ballots",
        seal(0, V, [0, 2, 3]),
        seal(4, W, [1, 2, 3]),
        [polka(3, W, [1, 2, 3], 1), polka(3, W, [0, 2, 3], 2)],
        (Charge(offence="two-prevotes", seats=(2, 3)),),
    ),
]


@pytest.mark.parametrize(("story", "one", "other", "polkas", "charges"), CASES, ids=[c[0] for c in CASES])
def test_charges(
    story: str, one: Seal, other: Seal, polkas: list[Certificate], charges: tuple[Charge, ...]
) -> None:
    assert accuse(one, other, polkas, RIG.validators) == charges, story
    assert accuse(other, one, polkas[::-1], RIG.validators) == charges
