"""How the ledger speaks of what it does not hold.

Contents stay with their parties; the ledger holds salted commitments to them. A
bill's record id is derived from its number with the carrier's numbering key:
one number has one id for ever, so a second issue of it collides; an outsider
cannot compute ids of guessed numbers; and whoever is shown the number and the
numbering signature can check the id. BLS signatures serve because they are
unique: a carrier cannot make two for one number.
"""

from __future__ import annotations

from typing import Any

from ledger.bls import BlsBackend, backend
from ledger.disclosure import SALT_BYTES, conceal, digests_commitment
from ledger.errors import EncodingError, ProofError
from ledger.hashing import Tag, sha256, tagged_hash
from ledger.primitives import Hash

MAX_NUMBER_PART_BYTES = 0xFFFF
"""Longest part of a bill's number, whose length is signed in two bytes; DCSA allows 20 characters."""

_NUMBERING_DOMAIN = sha256(Tag.NUMBERING.value.encode("ascii"))


def contents_commitment(salt: bytes, document: dict[str, Any]) -> Hash:
    """The commitment to a document, which binds each of its fields (see `ledger.disclosure`).

    Raises `EncodingError` as `conceal` does.
    """
    concealed = conceal(document, _salt(salt))
    return digests_commitment(concealed.opening, concealed.digests)


def container_commitment(salt: bytes, number: str) -> Hash:
    """The commitment to a container number, upper case and without separators (ISO 6346)."""
    if not number.isascii():
        raise EncodingError("a container number is ASCII", field="number")
    return tagged_hash(Tag.CONTAINER, _salt(salt), number.encode("ascii"))


def seal_commitment(salt: bytes, number: str) -> Hash:
    """The commitment to the number of a seal, by the salt of the container that it closes.

    A seal whose number is known can be forged, and numbers are short: only who
    knows the container's salt can tell whether a seal is the one put on. Spaces
    and hyphens do not count, nor does case.
    """
    plain = number.replace(" ", "").replace("-", "").upper()
    if not (plain.isascii() and plain.isalnum()):
        raise EncodingError("a seal number is ASCII letters and digits", field="seal")
    return tagged_hash(Tag.SEAL_NUMBER, _salt(salt), plain.encode("ascii"))


def _salt(salt: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise EncodingError(f"expected {SALT_BYTES} bytes, got {len(salt)}", field="salt")
    return salt


def check_commitment(commitment: Hash, salt: bytes, document: dict[str, Any]) -> None:
    """Raise `ProofError` unless `commitment` commits to this document."""
    if contents_commitment(salt, document) != commitment:
        raise ProofError("the contents are not the ones committed to on the ledger", field="contents")


def numbering_bytes(carrier_code: str, reference: str, sub_reference: str | None) -> bytes:
    """What a carrier's numbering key signs: the parts of a bill's number, length-prefixed.

    The number is DCSA's: carrier code, transport document reference, and
    sub-reference where there is one; an empty one is none. `EncodingError` for
    a part that is too long or not Unicode.
    """
    parts = (carrier_code, reference, sub_reference or "")
    try:
        encoded = [part.encode("utf-8") for part in parts]
    except UnicodeEncodeError:
        raise EncodingError("half a surrogate pair is no character", field="numbering") from None
    if any(len(part) > MAX_NUMBER_PART_BYTES for part in encoded):
        raise EncodingError("a part of the number is too long", field="numbering")
    return _NUMBERING_DOMAIN + b"".join(len(part).to_bytes(2, "big") + part for part in encoded)


def sign_number(secret: bytes, carrier_code: str, reference: str, sub_reference: str | None = None) -> bytes:
    """The numbering signature, 96 bytes, of a bill's number."""
    return backend().sign(secret, numbering_bytes(carrier_code, reference, sub_reference))


def bill_id(signature: bytes) -> Hash:
    """The record id that a numbering signature gives."""
    return tagged_hash(Tag.BILL_ID, signature)


def check_bill_id(
    expected: Hash,
    numbering_key: bytes,
    signature: bytes,
    carrier_code: str,
    reference: str,
    sub_reference: str | None,
    bls: BlsBackend | None = None,
) -> None:
    """Raise unless the bill with this record id is the carrier's bill of this number.

    Raises `ProofError` for another id, `SignatureError` or `CryptoKeyError` for the signature.
    """
    message = numbering_bytes(carrier_code, reference, sub_reference)
    (bls or backend()).verify(numbering_key, message, signature)
    if bill_id(signature) != expected:
        raise ProofError("this number belongs to another bill", field="numbering")
