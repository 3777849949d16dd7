"""State proofs: presence and absence verify, every tampering fails, each proof has one spelling."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import decode, encode
from ledger.errors import EncodingError, InvariantViolated, LedgerError, ProofError
from ledger.primitives import Hash
from ledger.state import (
    EMPTY,
    OtherLeaf,
    StateProof,
    apply,
    key_hash,
    prove,
    record_hash,
    verify_absent,
    verify_present,
)

ZERO = "00" * 32


class State:
    """The state that holds `bill/0` up to `bill/<count - 1>`."""

    def __init__(self, count: int) -> None:
        changes = {key_hash(f"bill/{n}"): record_hash(b"%d" % n) for n in range(count)}
        update = apply(changes, lambda _: None)
        self.root, self.pages = update.root, update.pages

    def prove(self, key: str) -> StateProof:
        return prove(key_hash(key), self.pages.get)


HUNDRED = State(100)


@given(st.integers(1, 60), st.data())
def test_records_are_present(count: int, choose: st.DataObject) -> None:
    state, number = State(count), choose.draw(st.integers(0, count - 1))
    key, record = f"bill/{number}", b"%d" % number
    proof = state.prove(key)
    verify_present(state.root, key, record, proof)
    refuse_absence(state.root, key, proof)
    for wrong in (record + b".", b""):
        refuse_presence(state.root, key, wrong, proof)
    refuse_presence(EMPTY, key, record, proof)


@given(st.integers(0, 60), st.integers(1000, 2000))
def test_other_records_are_absent(count: int, number: int) -> None:
    state, key = State(count), f"bill/{number}"
    proof = state.prove(key)
    verify_absent(state.root, key, proof)
    refuse_presence(state.root, key, b"%d" % number, proof)
    refuse_presence(state.root, key, b"%d" % number, msgspec.structs.replace(proof, other=None))
    refuse_absence(bytes([state.root[0] ^ 1]) + state.root[1:], key, proof)


def test_both_kinds_of_absence_occur() -> None:
    found = {HUNDRED.prove(f"bill/{number}").other is None for number in range(1000, 1100)}
    assert found == {True, False}


@pytest.mark.parametrize("number", range(20))
def test_every_tampering_with_a_presence_is_refused(number: int) -> None:
    key, record = f"bill/{number}", b"%d" % number
    for wrong in tampered(HUNDRED.prove(key)):
        refuse_presence(HUNDRED.root, key, record, wrong)


@pytest.mark.parametrize("number", range(1000, 1020))
def test_every_tampering_with_an_absence_is_refused(number: int) -> None:
    key = f"bill/{number}"
    for wrong in tampered(HUNDRED.prove(key)):
        refuse_absence(HUNDRED.root, key, wrong)


@pytest.mark.parametrize("number", range(20))
def test_nobody_proves_a_present_record_absent(number: int) -> None:
    """The attacks: an empty place, the record's own leaf, another leaf, and proofs made for other keys."""
    key, proof = f"bill/{number}", HUNDRED.prove(f"bill/{number}")
    own = OtherLeaf(key_hash=key_hash(key).hex(), record_hash=record_hash(b"%d" % number).hex())
    elsewhere = OtherLeaf(key_hash=key_hash("bill/50").hex(), record_hash=record_hash(b"50").hex())
    for other in (None, own, elsewhere):
        refuse_absence(HUNDRED.root, key, msgspec.structs.replace(proof, other=other))
    for foreign in range(1000, 1040):
        refuse_absence(HUNDRED.root, key, HUNDRED.prove(f"bill/{foreign}"))


def test_the_leaf_found_must_stand_where_the_key_leads() -> None:
    """A true leaf elsewhere, with its own true path, says nothing about this key."""
    key = "bill/1000"
    for number in range(100):
        real = HUNDRED.prove(f"bill/{number}")
        leaf = OtherLeaf(
            key_hash=key_hash(f"bill/{number}").hex(), record_hash=record_hash(b"%d" % number).hex()
        )
        claimed = msgspec.structs.replace(real, other=leaf)
        if claimed == HUNDRED.prove(key):
            continue
        with pytest.raises(ProofError, match="not where the key leads"):
            verify_absent(HUNDRED.root, key, claimed)


def test_empty_and_single_record_states() -> None:
    empty, single = State(0), State(1)
    assert empty.root == EMPTY
    assert empty.prove("bill/0") == StateProof(bitmap="", siblings=())
    verify_absent(empty.root, "bill/0", empty.prove("bill/0"))
    assert single.prove("bill/0") == StateProof(bitmap="", siblings=())
    verify_present(single.root, "bill/0", b"0", single.prove("bill/0"))
    assert single.prove("bill/9").other is not None
    verify_absent(single.root, "bill/9", single.prove("bill/9"))


def test_a_proof_of_full_depth() -> None:
    """Two places that differ in the last bit: 256 branches, one sibling, a bitmap of 32 bytes."""
    places = [Hash(bytes(31) + bytes([last])) for last in (0, 1)]
    update = apply(dict.fromkeys(places, record_hash(b"x")), lambda _: None)
    proof = prove(places[1], update.pages.get)
    assert proof.bitmap == "00" * 31 + "01"
    assert len(proof.siblings) == 1
    assert len(encode(proof)) < 200


def test_proofs_have_one_encoding() -> None:
    for number in (*range(20), *range(1000, 1020)):
        proof = HUNDRED.prove(f"bill/{number}")
        assert decode(encode(proof), StateProof, max_bytes=20_000) == proof


@pytest.mark.parametrize(
    "text",
    [
        '{"bitmap":"8","siblings":[]}',
        '{"bitmap":"8G","siblings":[]}',
        '{"bitmap":"' + "00" * 33 + '","siblings":[]}',
        '{"bitmap":"80","siblings":["00"]}',
        '{"bitmap":"","other":null,"siblings":[]}',
        '{"bitmap":"","depth":0,"siblings":[]}',
        '{"siblings":[]}',
        '{"bitmap":""}',
        '{"bitmap":"","siblings":[' + ",".join([f'"{ZERO}"'] * 257) + "]}",
    ],
)
def test_malformed_proofs_do_not_decode(text: str) -> None:
    with pytest.raises(EncodingError):
        decode(text.encode(), StateProof, max_bytes=20_000)


@pytest.mark.parametrize(
    ("bitmap", "siblings"),
    [
        ("00", ()),
        ("8000", ("11" * 32,)),
        ("80", ()),
        ("80", ("11" * 32, "11" * 32)),
        ("", ("11" * 32,)),
        ("80", (ZERO,)),
        ("8", ("11" * 32,)),
        ("8G", ("11" * 32,)),
        ("80" * 33, ("11" * 32,) * 33),
        ("80", ("AA" * 32,)),
    ],
)
def test_malformed_proofs_are_refused_even_when_not_decoded(bitmap: str, siblings: tuple[str, ...]) -> None:
    proof = StateProof(bitmap=bitmap, siblings=siblings)
    refuse_presence(HUNDRED.root, "bill/0", b"0", proof)
    refuse_absence(HUNDRED.root, "bill/0", proof)


def test_an_empty_sibling_may_not_be_spelled() -> None:
    """The same hashes in a longer spelling: one empty sibling announced in the bitmap and written out."""
    spelled = 0
    for number in range(100):
        proof = HUNDRED.prove(f"bill/{number}")
        bits = f"{int(proof.bitmap, 16):0{4 * len(proof.bitmap)}b}"
        gap = bits.rstrip("0").find("0")
        if gap < 0:
            continue
        bitmap = f"{int(bits[:gap] + '1' + bits[gap + 1 :], 2):0{len(proof.bitmap)}x}"
        siblings = (*proof.siblings[:gap], ZERO, *proof.siblings[gap:])
        with pytest.raises(ProofError, match="left out"):
            verify_present(
                HUNDRED.root, f"bill/{number}", b"%d" % number, StateProof(bitmap=bitmap, siblings=siblings)
            )
        spelled += 1
    assert spelled > 0


def test_proving_needs_a_whole_key_hash_and_every_page() -> None:
    with pytest.raises(EncodingError):
        prove(Hash(bytes(31)), HUNDRED.pages.get)
    with pytest.raises(InvariantViolated, match="missing"):
        prove(key_hash("bill/0"), lambda path: HUNDRED.pages[path] if path == "" else None)


def refuse_presence(root: bytes, key: str, record: bytes, proof: StateProof) -> None:
    with pytest.raises(LedgerError):
        verify_present(Hash(root), key, record, proof)


def refuse_absence(root: bytes, key: str, proof: StateProof) -> None:
    with pytest.raises(LedgerError):
        verify_absent(Hash(root), key, proof)


def flip(text: str) -> str:
    return f"{int(text[0], 16) ^ 1:x}{text[1:]}"


def tampered(proof: StateProof) -> Iterator[StateProof]:
    """The proof with every bitmap bit, sibling and part of the other leaf changed, dropped or added."""
    change = msgspec.structs.replace
    siblings = proof.siblings
    for place, item in enumerate(siblings):
        before, after = siblings[:place], siblings[place + 1 :]
        for middle in ((flip(item),), (), (ZERO,), (item, item)):
            yield change(proof, siblings=(*before, *middle, *after))
    for bit in range(4 * len(proof.bitmap)):
        value = int(proof.bitmap, 16) ^ 1 << bit
        yield change(proof, bitmap=f"{value:0{len(proof.bitmap)}x}")
    yield change(proof, bitmap=proof.bitmap + "00")
    yield change(proof, bitmap=proof.bitmap + "80")
    yield change(proof, bitmap=proof.bitmap + "80", siblings=(*siblings, "11" * 32))
    if proof.other is None:
        yield change(proof, other=OtherLeaf(key_hash="11" * 32, record_hash="22" * 32))
    else:
        yield change(proof, other=None)
        yield change(proof, other=change(proof.other, key_hash=flip(proof.other.key_hash[::-1])[::-1]))
        yield change(proof, other=change(proof.other, record_hash=flip(proof.other.record_hash)))
