"""The evidence file: canonical JSON, strict base64url, no field that no check binds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from ledger import canonical
from ledger.block import Header
from ledger.canonical import Canonical
from ledger.errors import EvidenceError
from ledger.evidence.handover import Handover
from ledger.genesis import Genesis
from ledger.primitives import Base64Url, HexHash, UInt
from ledger.sd_jwt import MAX_SD_JWT_BYTES
from ledger.seal import Seal
from ledger.state import StateProof
from ledger.validators import ValidatorSet

EVIDENCE_VERSION = 1

MAX_EVIDENCE_BYTES = 8_388_608
"""Room for a few disclosed documents of the largest size and a long history."""

MAX_ITEMS = 1_000
"""Most entries, headers or set changes in one file."""


class SealedHeader(Canonical, frozen=True, kw_only=True):
    """A header and the seal that a quorum of its height's validators put on it."""

    header: Header
    seal: Seal | None = None
    """Absent only where the verifier's checkpoint is this very header."""


class CheckpointHeader(Canonical, frozen=True, kw_only=True):
    """For a verifier who trusts a later block than the genesis: that block's header and the set after it."""

    header: Header
    validators: ValidatorSet
    """The set of the next height, which `header.next_validators_hash` commits to."""


class ProvenEntry(Canonical, frozen=True, kw_only=True):
    """A statement, where it stands in the log, and whose key signed it."""

    statement: Base64Url
    """Leaf bytes of the statement (COSE_Sign1)."""
    key: Base64Url
    """The ES256 public key that the statement's kid names, 33 bytes."""
    index: UInt
    """Place in the log."""
    height: UInt
    """Height of the block that holds it: its header is in this file, and the path leads to its log root."""
    path: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=64)]
    """RFC 9162 inclusion path."""


class ProvenRecord(Canonical, frozen=True, kw_only=True):
    """The value of the subject's record under a header."""

    value: msgspec.Raw
    """The record, canonical JSON."""
    height: UInt
    """Height of the header in this file under whose state root the proof leads."""
    proof: StateProof


class Numbering(Canonical, frozen=True, kw_only=True):
    """What ties a bill's number to its record id."""

    signature: Base64Url
    """The carrier's numbering signature over the number, 96 bytes, of which the record id is the hash."""
    carrier: msgspec.Raw
    """The carrier's organisation record, canonical JSON, which holds its numbering key."""
    proof: StateProof
    """That record's proof under the newest header."""


class Disclosure(Canonical, frozen=True, kw_only=True):
    """A content that its holder shows, with the salt that opens its commitment."""

    salt: Base64Url
    """16 bytes."""
    document: Base64Url
    """The document's RFC 8785 form."""
    numbering: Numbering | None = None
    """For a bill, whose number would otherwise be its author's word only."""


class FieldDisclosure(Canonical, frozen=True, kw_only=True):
    """Single fields of a content that its holder shows."""

    sd_jwt: Annotated[str, msgspec.Meta(max_length=MAX_SD_JWT_BYTES)]
    """SD-JWT (RFC 9901) with the disclosures, signed by the member who shows them."""
    member: msgspec.Raw
    """That member's record, canonical JSON, which holds the key."""
    proof: StateProof
    """That record's proof under the newest header."""


class Evidence(Canonical, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["sealane-evidence"]
    version: UInt
    network: HexHash
    """Network id."""
    subject: Annotated[str, msgspec.Meta(max_length=200)]
    """Key of the record that this is about."""
    headers: Annotated[tuple[SealedHeader, ...], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    """Every header that a proof below refers to, by rising height."""
    entries: Annotated[tuple[ProvenEntry, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    """Statements about the subject, by rising index."""
    record: ProvenRecord | None = None
    """The subject's record."""
    set_changes: Annotated[tuple[Handover, ...], msgspec.Meta(max_length=MAX_ITEMS)] = ()
    """Changes of the validator set since the anchor, by rising height."""
    genesis: Genesis | None = None
    """The genesis document, for a verifier who has only its hash."""
    checkpoint: CheckpointHeader | None = None
    contents: Disclosure | None = None
    """The content that the subject's record commits to."""
    disclosed: FieldDisclosure | None = None
    """Fields of that content, where its holder does not show the whole."""


def encode_evidence(evidence: Evidence) -> bytes:
    """The bytes of the file."""
    return canonical.encode(evidence)


def parse_evidence(data: bytes) -> Evidence:
    """The evidence that the bytes encode; `EncodingError` or `EvidenceError` names the field at fault."""
    evidence = canonical.decode(data, Evidence, max_bytes=MAX_EVIDENCE_BYTES)
    if evidence.version != EVIDENCE_VERSION:
        raise EvidenceError(f"evidence version {evidence.version} is not known here", field="version")
    check_records(evidence)
    if not evidence.entries and evidence.record is None:
        raise EvidenceError("neither a statement nor a record is proven", field="entries")
    _rising([item.header.height for item in evidence.headers], "headers")
    _rising([item.index for item in evidence.entries], "entries")
    _rising([item.header.height for item in evidence.set_changes], "set_changes")
    used = {entry.height for entry in evidence.entries}
    if evidence.record is not None:
        used.add(evidence.record.height)
    if used != {item.header.height for item in evidence.headers}:
        raise EvidenceError("the headers are not exactly those that the proofs refer to", field="headers")
    return evidence


def check_records(evidence: Evidence, *, at: str = "") -> None:
    """Raise `EncodingError` for a record that is no object in its RFC 8785 form; `at` precedes its field."""
    for field, raw in _records(evidence):
        canonical.parse_object(bytes(raw), max_bytes=MAX_EVIDENCE_BYTES, field=at + field)


def _records(evidence: Evidence) -> Iterator[tuple[str, msgspec.Raw]]:
    """Where records stand in the file: typed decoding takes them as they are."""
    if evidence.record is not None:
        yield "record.value", evidence.record.value
    if evidence.contents is not None and evidence.contents.numbering is not None:
        yield "contents.numbering.carrier", evidence.contents.numbering.carrier
    if evidence.disclosed is not None:
        yield "disclosed.member", evidence.disclosed.member


def _rising(numbers: list[int], field: str) -> None:
    if any(a >= b for a, b in pairwise(numbers)):
        raise EvidenceError("expected rising order without repetition", field=field)
