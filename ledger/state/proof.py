"""Proofs that a record is in the state, or that it is not, against a state root.

A proof lists the siblings from the root downwards. Those that are EMPTY are left
out, and a bitmap says where: bit d, the first byte's most significant bit being
bit 0, is set when the branch at depth d has a sibling that is not EMPTY. At the
deepest branch the sibling never is (a subtree with one record is no branch), so
the last set bit tells the depth, and each proof has one spelling.

Checking needs only this file and `ledger.state.nodes`, never the pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from ledger.canonical import Canonical
from ledger.errors import EncodingError, ProofError
from ledger.primitives import Hash, HexHash, decode_hash
from ledger.state.nodes import EMPTY, KEY_BITS, NO_NODE, branch_hash, key_hash, node_hash, record_hash


class OtherLeaf(Canonical, frozen=True):
    """The one record of a subtree in which another key would stand."""

    key_hash: HexHash
    """Its place."""
    record_hash: HexHash
    """Its content."""


class StateProof(Canonical, frozen=True):
    """What stands where a key leads: see `verify_present` and `verify_absent`."""

    bitmap: Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})*\Z", max_length=KEY_BITS // 4)]
    """Which branches on the way have a sibling that is not EMPTY; hexadecimal, no trailing zero byte."""
    siblings: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=KEY_BITS)]
    """Those siblings, from the root downwards."""
    other: OtherLeaf | None = None
    """In a proof of absence: the leaf found instead, unless the place is empty."""


def verify_present(root: bytes, key: str, record: bytes, proof: StateProof) -> None:
    """Check that the state with this root holds exactly `record` under `key`.

    Raises `ProofError`, or `EncodingError` for a malformed proof.
    """
    if proof.other is not None:
        raise ProofError("a record that is present stands where its key leads", field="proof.other")
    place = key_hash(key)
    _check_root(root, place, place + record_hash(record), _unpack_siblings(proof))


def verify_absent(root: bytes, key: str, proof: StateProof) -> None:
    """Check that the state with this root holds no record under `key`.

    Raises `ProofError`, or `EncodingError` for a malformed proof.
    """
    place = key_hash(key)
    siblings = _unpack_siblings(proof)
    found = NO_NODE
    if proof.other is not None:
        other = decode_hash(proof.other.key_hash, field="proof.other.key_hash")
        found = other + decode_hash(proof.other.record_hash, field="proof.other.record_hash")
        if other == place:
            raise ProofError("the leaf found is the key's own: the record is present", field="proof.other")
        below = KEY_BITS - len(siblings)
        if int.from_bytes(other, "big") >> below != int.from_bytes(place, "big") >> below:
            raise ProofError("the leaf found is not where the key leads", field="proof.other")
    _check_root(root, place, found, siblings)


def _check_root(root: bytes, place: Hash, found: bytes, siblings: Sequence[Hash]) -> None:
    total = node_hash(found)
    turns = int.from_bytes(place, "big") >> KEY_BITS - len(siblings)
    for sibling in reversed(siblings):
        total = branch_hash(sibling, total) if turns & 1 else branch_hash(total, sibling)
        turns >>= 1
    if total != root:
        raise ProofError("the proof does not lead to the state root", field="proof")


def pack_siblings(siblings: Sequence[Hash]) -> tuple[str, tuple[str, ...]]:
    """The bitmap, and the siblings that are not EMPTY, as a proof spells them."""
    bits = 0
    for sibling in siblings:
        bits = bits << 1 | (sibling != EMPTY)
    length = (len(siblings) + 7) // 8
    bitmap = (bits << 8 * length - len(siblings)).to_bytes(length, "big").hex()
    return bitmap, tuple(sibling.hex() for sibling in siblings if sibling != EMPTY)


def _unpack_siblings(proof: StateProof) -> list[Hash]:
    """Every sibling from the root downwards, EMPTY ones included."""
    bits = _bitmap_bits(proof.bitmap)
    if bits.count("1") != len(proof.siblings):
        message = f"the bitmap announces {bits.count('1')} siblings, the proof has {len(proof.siblings)}"
        raise ProofError(message, field="proof.siblings")
    given = iter(proof.siblings)
    siblings = [decode_hash(next(given), field="proof.siblings") if bit == "1" else EMPTY for bit in bits]
    if siblings.count(EMPTY) != bits.count("0"):
        raise ProofError("an empty sibling is left out, not spelled", field="proof.siblings")
    return siblings


def _bitmap_bits(bitmap: str) -> str:
    """One digit for each depth down to the deepest branch."""
    if len(bitmap) % 2 or len(bitmap) > KEY_BITS // 4 or not set(bitmap) <= set("0123456789abcdef"):
        raise EncodingError("expected up to 32 bytes in lower-case hexadecimal", field="proof.bitmap")
    if bitmap.endswith("00"):
        raise ProofError("the bitmap ends in a byte that says nothing", field="proof.bitmap")
    return "".join(f"{int(digit, 16):04b}" for digit in bitmap).rstrip("0")
