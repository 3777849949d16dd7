"""Receipts: accepted by a verifier that is not ours, and tampering is noticed by both."""

from __future__ import annotations

from typing import Any

import cbor2
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical, receipt
from ledger.errors import EncodingError, LedgerError, ProofError, SignatureError
from ledger.keys import ORDER, PublicKey
from ledger.merkle import inclusion_path
from ledger.receipt import MAX_RECEIPT_BYTES, PRIVATE_LABEL, VDP, VDS, sign_receipt, verify_receipt
from ledger.seal import Seal
from tests.ledger.builder import Chain, member_key

scitt_cose = pytest.importorskip("scitt_cose", reason="the receipts extra is not installed")

NODE = member_key("node")
SUBJECT = "bill/" + "ab" * 32
INDEX = 4


def _chain() -> Chain:
    chain = Chain()
    chain.add(tuple(chain.statement("alpha/clerk", f"x/{n}", "bill.issue", {}) for n in range(3)))
    entries = ["x/3", SUBJECT, "x/5"]
    chain.add(tuple(chain.statement("alpha/clerk", name, "bill.issue", {}) for name in entries[1:]))
    return chain


CHAIN = _chain()
LEAF = CHAIN.leaves[INDEX]


def receipt_for(index: int = INDEX, **changes: Any) -> bytes:
    header, seal = CHAIN.blocks[2].header, CHAIN.seals[2]
    values: dict[str, Any] = {
        "issuer": "alpha/node",
        "subject": SUBJECT,
        "header": header,
        "seal": seal,
        "index": index,
        "path": inclusion_path(index, header.log_size, CHAIN.read_nodes),
    }
    return sign_receipt(NODE, **{**values, **changes})


GOOD = receipt_for()


def theirs(data: bytes, leaf: bytes = LEAF, key: PublicKey = NODE.public_key) -> bool:
    pem = key.to_cryptography().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return bool(scitt_cose.verify_receipt(data, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem).ok)


def ours(data: bytes, leaf: bytes = LEAF, key: PublicKey = NODE.public_key) -> bool:
    try:
        verify_receipt(data, leaf, key)
    except LedgerError:
        return False
    return True


def rebuilt(change: Any = None, *, labels: Any = None, resign: bool = True) -> bytes:
    """The good receipt with its parts changed in place, signed anew over the same root."""
    message = cbor2.loads(GOOD)
    protected = dict(cbor2.loads(message.value[0]))
    if labels is not None:
        protected = labels(protected) or protected
    parts = [
        protected if isinstance(protected, bytes) else cbor2.dumps(protected, canonical=True),
        {VDP: {-1: [message.value[1][VDP][-1][0]]}},
        None,
        message.value[3],
    ]
    if labels is not None and resign:
        root = bytes.fromhex(CHAIN.blocks[2].header.log_root)
        parts[3] = NODE.sign(receipt._signed_bytes(parts[0], root))
    tag = 18
    if change is not None:
        tag = change(parts) or 18
    return cbor2.dumps(cbor2.CBORTag(tag, parts), canonical=True)


def test_both_verifiers_accept_every_entry() -> None:
    assert rebuilt() == GOOD
    for index in range(1, len(CHAIN.leaves)):
        data = receipt_for(index)
        result = verify_receipt(data, CHAIN.leaves[index], NODE.public_key)
        assert (result.issuer, result.subject, result.index) == ("alpha/node", SUBJECT, index)
        assert (result.header, result.seal) == (CHAIN.blocks[2].header, CHAIN.seals[2])
        assert theirs(data, CHAIN.leaves[index])


def test_another_leaf_or_key_fails_for_both() -> None:
    for leaf, key in (
        (CHAIN.leaves[3], NODE.public_key),
        (LEAF + b"\x00", NODE.public_key),
        (b"", NODE.public_key),
        (LEAF, member_key("other").public_key),
    ):
        assert not ours(GOOD, leaf, key)
        assert not theirs(GOOD, leaf, key)


def test_every_tampered_byte_is_refused_by_both() -> None:
    for position in range(len(GOOD)):
        changed = bytearray(GOOD)
        changed[position] ^= 1
        assert not ours(bytes(changed)), position
        assert not theirs(bytes(changed)), position


def test_high_s_is_a_second_form_that_only_others_accept() -> None:
    data = GOOD[:-32] + (ORDER - int.from_bytes(GOOD[-32:], "big")).to_bytes(32, "big")
    assert theirs(data)
    with pytest.raises(SignatureError, match="high S"):
        verify_receipt(data, LEAF, NODE.public_key)


PATH = [bytes(node) for node in inclusion_path(INDEX, CHAIN.blocks[2].header.log_size, CHAIN.read_nodes)]


def proof_of(value: Any) -> Any:
    def change(parts: list[Any]) -> None:
        parts[1] = {VDP: {-1: [cbor2.dumps(value)]}}

    return change


@pytest.mark.parametrize(
    "value",
    [
        [6, INDEX, PATH[:-1]],
        [6, INDEX, [*PATH, bytes(32)]],
        [6, INDEX, []],
        [6, INDEX, [*PATH[:-1], bytes(32)]],
        [6, INDEX, [*PATH[:-1], bytes(31)]],
        [6, INDEX - 1, PATH],
        [6, 6, PATH],
        [6, -1, PATH],
        [7, INDEX, PATH],
        [2**64 - 1, INDEX, PATH],
        [0, 0, []],
        [6, INDEX],
        [6, INDEX, PATH, 1],
        [6, INDEX, {}],
        [6, INDEX, b""],
        [6, INDEX, "path"],
        [6, INDEX, None],
        [6.0, INDEX, PATH],
        [True, INDEX, PATH],
        ["6", INDEX, PATH],
        {"size": 6},
        None,
        3,
    ],
)
def test_bad_proofs_are_refused_by_both(value: Any) -> None:
    data = rebuilt(proof_of(value))
    with pytest.raises(LedgerError) as caught:
        verify_receipt(data, LEAF, NODE.public_key)
    assert isinstance(caught.value, ProofError | EncodingError)
    assert not theirs(data)


def put(place: int, value: Any) -> Any:
    def change(parts: list[Any]) -> None:
        parts[place] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        put(0, b""),
        put(0, b"\xff"),
        put(0, {}),
        put(0, None),
        put(1, {}),
        put(1, []),
        put(1, [0] * 400),
        put(1, None),
        put(1, {VDP: {}}),
        put(1, {VDP: []}),
        put(1, {VDP: {-1: []}}),
        put(1, {VDP: {-1: [b"", b""]}}),
        put(1, {VDP: {-1: [None]}}),
        put(1, {VDP: {-2: [cbor2.dumps([6, INDEX, PATH])]}}),
        put(2, b""),
        put(2, bytes.fromhex(CHAIN.blocks[2].header.log_root)),
        put(3, b""),
        put(3, bytes(64)),
        put(3, None),
        put(3, "x" * 64),
        lambda parts: 17,
        lambda parts: 98,
        lambda parts: parts.append(1),
        lambda parts: parts.pop() and None,
    ],
)
def test_bad_messages_are_refused_by_both(change: Any) -> None:
    data = rebuilt(change)
    assert not ours(data)
    assert not theirs(data)


def setting(label: int, value: Any) -> Any:
    def change(labels: dict[Any, Any]) -> None:
        labels[label] = value

    return change


HEADER, SEAL = canonical.encode(CHAIN.blocks[2].header), canonical.encode(CHAIN.seals[2])


@pytest.mark.parametrize(
    "labels",
    [
        setting(1, -8),
        setting(1, -35),
        setting(1, -7.0),
        setting(1, "ES256"),
        setting(VDS, 2),
        setting(VDS, True),
        setting(VDS, 1.0),
        setting(4, b"another"),
        setting(4, bytes(member_key("other").public_key.thumbprint)),
        setting(15, {1: "a"}),
        setting(15, {1: 1, 2: "b"}),
        setting(15, {1: b"a", 2: "b"}),
        setting(15, {1: "a", 2: "b", 6: 1_790_000_000}),
        setting(15, ["", "a", "b"]),
        setting(2, [4]),
        setting(2, [PRIVATE_LABEL]),
        setting(99, "an extra label"),
        setting("text", "an extra label"),
        setting(PRIVATE_LABEL, {1: HEADER}),
        setting(PRIVATE_LABEL, {1: HEADER, 2: SEAL, 3: b""}),
        setting(PRIVATE_LABEL, {1: {}, 2: SEAL}),
        setting(PRIVATE_LABEL, {1: [], 2: []}),
        setting(PRIVATE_LABEL, {1: "text", 2: "text"}),
        setting(PRIVATE_LABEL, {1: 5, 2: None}),
        setting(PRIVATE_LABEL, {1: HEADER + b" ", 2: SEAL}),
        setting(PRIVATE_LABEL, {1: HEADER, 2: SEAL + b" "}),
        setting(PRIVATE_LABEL, {1: HEADER.replace(b'"version":1', b'"version":2'), 2: SEAL}),
        setting(PRIVATE_LABEL, {1: HEADER, 2: canonical.encode(CHAIN.seals[1])}),
        setting(PRIVATE_LABEL, [HEADER, SEAL]),
        setting(PRIVATE_LABEL, None),
        lambda labels: cbor2.dumps([0] * 400),
        lambda labels: cbor2.dumps(5),
        lambda labels: cbor2.dumps(dict(reversed(labels.items()))),
        lambda labels: labels.pop(4) and None,
        lambda labels: labels.pop(15) and None,
        lambda labels: labels.pop(PRIVATE_LABEL) and None,
    ],
)
def test_only_the_labels_that_are_understood(labels: Any) -> None:
    """Each is signed by the node, so only the labels are wrong; theirs may accept what it need not know."""
    assert not ours(rebuilt(labels=labels))


def test_a_seal_on_another_block_is_refused() -> None:
    assert CHAIN.seals[1] is not None
    assert CHAIN.seals[2] is not None
    taller: Seal = msgspec.structs.replace(CHAIN.seals[2], height=3)
    for seal in (CHAIN.seals[1], taller):
        with pytest.raises(ProofError) as caught:
            verify_receipt(receipt_for(seal=seal), LEAF, NODE.public_key)
        assert caught.value.field == "receipt.seal"


def test_second_encodings_and_size() -> None:
    for data in (
        GOOD + b"\x00",
        b"\xd8\x12" + GOOD[1:],
        GOOD[:1] + b"\x98\x04" + GOOD[2:],
        GOOD[:-66] + b"\x59\x00\x40" + GOOD[-64:],
        b"",
        GOOD + bytes(MAX_RECEIPT_BYTES),
    ):
        with pytest.raises(EncodingError):
            verify_receipt(data, LEAF, NODE.public_key)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 3), st.binary(max_size=6)), min_size=1, max_size=3
    )
)
def test_mutated_receipts_raise_only_ledger_errors(edits: list[tuple[int, int, bytes]]) -> None:
    data = GOOD
    for position, removed, inserted in edits:
        data = data[:position] + inserted + data[position + removed :]
    assert ours(data) == (data == GOOD)
