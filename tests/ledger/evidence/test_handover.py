"""How evidence spells a change of the validator set: in few bytes, in one way, all under the seal."""

from __future__ import annotations

import msgspec
import pytest

from ledger.canonical import encode
from ledger.errors import EvidenceError
from ledger.evidence import GenesisAnchor, Handover, encode_evidence, verify_evidence
from ledger.validators import Validator
from tests.ledger.builder import Chain, make_genesis, validator_set
from tests.ledger.evidence.test_set_changes import SECOND, THIRD, chain, change, failed, make

__all__ = ["chain"]


def test_a_change_is_restored_in_one_way(chain: Chain) -> None:
    for height, to in ((3, SECOND), (6, THIRD)):
        before = chain.sets[height]
        full = change(chain, height, to).restore(chain.network, before)
        assert (full.header, full.seal) == (chain.blocks[height].header, chain.seals[height])
        assert full.validators == to
        assert Handover.of(full, before) == change(chain, height, to)
    assert change(chain, 3, SECOND).seats == (1, 2, 3, SECOND.validators[3])


@pytest.mark.parametrize(
    ("seats", "says"),
    [
        ((1, 2, 3, 4), "has 4 seats, not place 4"),
        ((SECOND.validators[0], 2, 3, SECOND.validators[3]), "beta stays"),
        ((1, 1, 2, SECOND.validators[3]), "the seal is not on this change"),
        ((1, 2, SECOND.validators[3]), "the seal is not on this change"),
        ((), "the seal is not on this change"),
    ],
    ids=["no such place", "spelt out", "a seat twice", "one too few", "none"],
)
def test_a_set_is_spelt_in_one_way(chain: Chain, seats: tuple[int | Validator, ...], says: str) -> None:
    odd = msgspec.structs.replace(change(chain, 3, SECOND), seats=seats)
    evidence = make(chain, set_changes=(odd, change(chain, 6, THIRD)))
    with pytest.raises(EvidenceError, match=says) as failure:
        verify_evidence(encode_evidence(evidence), GenesisAnchor.of(chain.genesis))
    assert failure.value.field == "set_changes.3"


def test_every_field_of_a_change_is_bound(chain: Chain) -> None:
    anchor, first = GenesisAnchor.of(chain.genesis), change(chain, 3, SECOND)
    other_seal = change(chain, 6, THIRD).seal
    for part, others in (
        ("header", dict.fromkeys(first.header.__struct_fields__, 7)),
        ("seal", {"round": 1, "signers": "Dg", "signature": other_seal.signature}),
    ):
        assert others.keys() == set(getattr(first, part).__struct_fields__)
        for name, other in others.items():
            was = getattr(getattr(first, part), name)
            value = "ab" * 32 if part == "header" and isinstance(was, str) else other
            assert value != was
            changed = msgspec.structs.replace(getattr(first, part), **{name: value})
            steps = (msgspec.structs.replace(first, **{part: changed}), change(chain, 6, THIRD))
            assert failed(make(chain, set_changes=steps), anchor)[0] in ("file", "validators"), name


@pytest.mark.parametrize("size", [4, 7, 10])
def test_a_change_takes_less_than_a_kilobyte(size: int) -> None:
    """The budget, with ids as long as real ones and figures of a network that is ten years old."""
    names = tuple(f"organisation-of-port-{number}" for number in range(size + 1))
    chain = Chain(genesis=make_genesis(names[:-1]))
    swapped = validator_set((*names[1:-1], names[-1]))
    chain.add((), appoint=swapped)
    chain.add(())
    old = {"height": 100_000_000, "log_size": 450_000_000, "log_size_before": 449_998_000}
    aged = msgspec.structs.replace(chain.blocks[2].header, **old)
    assert len(encode(chain.handover(2, swapped, header=aged))) < 900
