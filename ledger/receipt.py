"""COSE receipts (RFC 9942): one node's word, in a format that others' tools verify.

A receipt is a COSE_Sign1 over the log root with an RFC 9162 inclusion proof,
signed with the node's ES256 key. It carries the header and the seal of a quorum
under a private label, so that a reader who knows Sealane can go beyond the
node's word, while standard SCITT tools check the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cbor2

from ledger import canonical
from ledger.block import HEADER_VERSION, MAX_HEADER_BYTES, Header, header_id
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.keys import PublicKey, SigningKey
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.primitives import Hash
from ledger.seal import Seal
from ledger.statement import COSE_SIGN1_TAG, cbor_bytes, decode_cbor

ALG, KID, CWT_CLAIMS, VDS, VDP = 1, 4, 15, 395, 396
"""Header labels: RFC 9052 section 3.1, RFC 9597, RFC 9942 section 4."""

RFC9162_SHA256 = 1
"""The verifiable data structure of this log (RFC 9942 section 5)."""

INCLUSION = -1

PRIVATE_LABEL = -65600
"""Private use: a map of 1 to the canonical header and 2 to the canonical seal."""

MAX_RECEIPT_BYTES = 16_384
MAX_SEAL_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a verified receipt says."""

    issuer: str
    """The node that signed, as `organisation/node`."""
    subject: str
    """The record that the entry is about."""
    index: int
    """Place of the entry in the log."""
    header: Header
    """The header whose log root the node signed."""
    seal: Seal
    """A seal that names that header; whether a quorum made it is for `ledger.seal.verify_seal`."""


def sign_receipt(
    key: SigningKey,
    *,
    issuer: str,
    subject: str,
    header: Header,
    seal: Seal,
    index: int,
    path: Sequence[Hash],
) -> bytes:
    """The receipt for the entry at `index`, with its inclusion path in the log of `header`."""
    claims, ledger = (issuer, subject), (canonical.encode(header), canonical.encode(seal))
    protected = _protected(bytes(key.public_key.thumbprint), claims, ledger)
    signature = key.sign(_signed_bytes(protected, bytes.fromhex(header.log_root)))
    return _message(protected, [header.log_size, index, list(path)], signature)


def _protected(kid: bytes, claims: tuple[str, str], ledger: tuple[bytes, bytes]) -> bytes:
    """The protected header: of an issuer and a subject, and of a header and its seal."""
    labels = {
        ALG: -7,
        KID: kid,
        CWT_CLAIMS: {1: claims[0], 2: claims[1]},
        VDS: RFC9162_SHA256,
        PRIVATE_LABEL: {1: ledger[0], 2: ledger[1]},
    }
    return cbor2.dumps(labels, canonical=True)


def _message(protected: bytes, proof: list[Any], signature: bytes) -> bytes:
    unprotected = {VDP: {INCLUSION: [cbor2.dumps(proof, canonical=True)]}}
    message = cbor2.CBORTag(COSE_SIGN1_TAG, [protected, unprotected, None, signature])
    return cbor2.dumps(message, canonical=True)


def _signed_bytes(protected: bytes, root: bytes) -> bytes:
    return b"\x84\x6aSignature1" + cbor_bytes(protected) + b"\x40" + cbor_bytes(root)


def verify_receipt(receipt: bytes, leaf: bytes, key: PublicKey) -> Receipt:
    """What `receipt` says about the entry `leaf`, when the node key `key` signed it.

    Raises `EncodingError` for its form, `ProofError` for the inclusion proof or a
    header or seal that disagrees with it, `SignatureError` for the signature.
    """
    if len(receipt) > MAX_RECEIPT_BYTES:
        raise EncodingError(f"{len(receipt)} bytes, the limit is {MAX_RECEIPT_BYTES}", field="receipt")
    protected, proof, signature = _read(receipt)
    size, index, path = _read_proof(proof)
    if _message(protected, [size, index, path], signature) != receipt:
        raise EncodingError("not the one encoding of a receipt", field="receipt")
    issuer, subject, header, seal = _read_protected(protected, key)
    root = Hash(bytes.fromhex(header.log_root))
    key.verify(signature, _signed_bytes(protected, root))
    if size != header.log_size:
        raise ProofError("the proof is for another log size than the header's", field="receipt.proof")
    if seal.height != header.height or seal.block_id != header_id(header).hex():
        raise ProofError("the seal is on another block than the header", field="receipt.seal")
    verify_inclusion(leaf_hash(leaf), index, size, path, root)
    return Receipt(issuer=issuer, subject=subject, index=index, header=header, seal=seal)


def _read_protected(protected: bytes, key: PublicKey) -> tuple[str, str, Header, Seal]:
    """Issuer, subject, header and seal, when the header says exactly what `sign_receipt` writes for `key`.

    No other label may be present: one that is critical, or that changes what the
    others mean, would go unnoticed.
    """
    labels: Any = decode_cbor(protected, field="receipt.protected")
    try:
        issuer, subject = labels[CWT_CLAIMS][1], labels[CWT_CLAIMS][2]
        header_bytes, seal_bytes = labels[PRIVATE_LABEL][1], labels[PRIVATE_LABEL][2]
    except (TypeError, KeyError, IndexError):
        raise EncodingError("a required header label is missing", field="receipt.protected") from None
    texts = isinstance(issuer, str) and isinstance(subject, str)
    if not (texts and isinstance(header_bytes, bytes) and isinstance(seal_bytes, bytes)):
        raise EncodingError("a header label is of another type", field="receipt.protected")
    if _protected(bytes(key.thumbprint), (issuer, subject), (header_bytes, seal_bytes)) != protected:
        raise EncodingError(
            "expected exactly ES256, RFC9162_SHA256, the kid of the given key, iss, sub and our label",
            field="receipt.protected",
        )
    header = canonical.decode(header_bytes, Header, max_bytes=MAX_HEADER_BYTES, field="receipt.header")
    seal = canonical.decode(seal_bytes, Seal, max_bytes=MAX_SEAL_BYTES, field="receipt.seal")
    if header.version != HEADER_VERSION:
        raise EncodingError(f"header version {header.version} is not known here", field="receipt.header")
    return issuer, subject, header, seal


def _read(receipt: bytes) -> tuple[bytes, bytes, bytes]:
    message: Any = decode_cbor(receipt, field="receipt")
    try:
        protected, unprotected, payload, signature = message.value
        (proof,) = unprotected[VDP][INCLUSION]
        valid = message.tag == COSE_SIGN1_TAG and payload is None
        if not valid or not all(isinstance(part, bytes) for part in (protected, proof, signature)):
            raise EncodingError("expected a tagged COSE_Sign1 with a detached payload", field="receipt")
        return protected, proof, signature
    except LedgerError:
        raise
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        raise EncodingError("expected a COSE receipt with one inclusion proof", field="receipt") from None


def _read_proof(proof: bytes) -> tuple[int, int, list[Hash]]:
    value: Any = decode_cbor(proof, field="receipt.proof")
    try:
        size, index, path = value
        numbers = type(size) is int and type(index) is int
        if not numbers or not all(isinstance(node, bytes) for node in path):
            raise EncodingError("expected [size, index, path]", field="receipt.proof")
        return size, index, [Hash(node) for node in path]
    except (TypeError, ValueError):
        raise EncodingError("expected [size, index, path]", field="receipt.proof") from None
