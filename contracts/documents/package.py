"""The contents package: what parties keep off the ledger, with what ties it to the ledger.

    {"version": 1, "kind": "bill", "subject": "bill/…", "salt": "…", "document": {…},
     "numbering": "…", "containers": {"APZU4812090": {"id": "…", "salt": "…"}}}

The salt opens the commitment on the record, the numbering signature shows that
the record id is this number's, and each container's salt opens the commitment on
that container's record. A package is checked against the ledger before it is
stored, shown or accepted. The document keeps its own numbers, so a package is
read as a trade document is and never re-encoded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.model import RecordId
from ledger.canonical import parse_document
from ledger.contents import check_bill_id, container_commitment, contents_commitment
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.primitives import Hash, decode_base64url, decode_hash, encode_base64url

PACKAGE_VERSION = 1

KINDS = ("bill", "declaration", "document")

MAX_CONTAINERS = 1_000
"""Containers of one document; the largest bills name a few hundred."""


class _Container(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: RecordId
    salt: str


class _Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    kind: str
    subject: str
    salt: str
    document: dict[str, Any]
    numbering: str | None = None
    containers: dict[str, _Container] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOpening:
    """What ties a container number to its record."""

    id: str
    """Record id, 32 hexadecimal digits."""
    salt: bytes
    """16 bytes that open the commitment to the number."""

    def commitment(self, number: str) -> Hash:
        """The commitment that the container's record holds."""
        return container_commitment(self.salt, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A well-formed contents package."""

    kind: str
    """`bill`, `declaration` or `document`."""
    subject: str
    """Key of the record that commits to it."""
    salt: bytes
    """16 bytes that open the commitment to the document."""
    document: dict[str, Any]
    numbering: bytes | None = None
    """Numbering signature, 96 bytes; bills only."""
    containers: Mapping[str, ContainerOpening] = field(default_factory=dict)
    """By container number."""

    def commitment(self) -> Hash:
        """The commitment that the subject's record holds."""
        return contents_commitment(self.salt, self.document)


def encode_package(package: Package) -> bytes:
    """The package as JSON, for files and for nodes."""
    value: dict[str, Any] = {
        "version": PACKAGE_VERSION,
        "kind": package.kind,
        "subject": package.subject,
        "salt": encode_base64url(package.salt),
        "document": package.document,
    }
    if package.numbering is not None:
        value["numbering"] = encode_base64url(package.numbering)
    if package.containers:
        value["containers"] = {
            number: {"id": opening.id, "salt": encode_base64url(opening.salt)}
            for number, opening in package.containers.items()
        }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def parse_package(data: bytes) -> Package:
    """The package that the bytes hold; `EncodingError` names the field at fault."""
    value = parse_document(data, field="package")
    try:
        raw = msgspec.convert(value, _Package)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise EncodingError(message, field="package" + path.rstrip("`")) from None
    if raw.version != PACKAGE_VERSION:
        raise EncodingError(f"version {raw.version} is not known here", field="package.version")
    if raw.kind not in KINDS or not raw.subject.startswith(f"{raw.kind}/"):
        raise EncodingError(
            f"expected one of {', '.join(KINDS)}, and a subject of that kind", field="package.kind"
        )
    if len(raw.containers) > MAX_CONTAINERS:
        raise EncodingError(f"more than {MAX_CONTAINERS} containers", field="package.containers")
    if (raw.kind == "bill") != (raw.numbering is not None):
        raise EncodingError("a bill, and only a bill, has a numbering signature", field="package.numbering")
    return Package(
        kind=raw.kind,
        subject=raw.subject,
        salt=decode_base64url(raw.salt, field="package.salt", length=16),
        document=raw.document,
        numbering=None
        if raw.numbering is None
        else decode_base64url(raw.numbering, field="package.numbering", length=96),
        containers={number: _opening(number, item) for number, item in raw.containers.items()},
    )


def _opening(number: str, item: _Container) -> ContainerOpening:
    place = f"package.containers.{number}"
    if not number.isascii():
        raise EncodingError("a container number is ASCII", field=place)
    return ContainerOpening(id=item.id, salt=decode_base64url(item.salt, field=f"{place}.salt", length=16))


def check_package(package: Package, commitment: Hash, *, numbering_key: bytes | None = None) -> None:
    """Refuse a package that is not the one a record commits to.

    `numbering_key` is the issuing carrier's, for a bill. Raises `ProofError`
    naming what does not match, or a `SignatureError` for the numbering signature.
    """
    if package.commitment() != commitment:
        raise ProofError("the contents are not the ones that the ledger commits to", field="package.document")
    if package.numbering is None or numbering_key is None:
        return
    document = package.document
    number = [document.get(name) for name in ("carrierCode", "transportDocumentReference")]
    sub_reference = document.get("transportDocumentSubReference")
    if not all(isinstance(part, str) for part in number) or not isinstance(sub_reference, str | None):
        raise ProofError("the document has no number that could be checked", field="package.document")
    try:
        expected = decode_hash(package.subject.removeprefix("bill/"), field="package.subject")
    except LedgerError:
        raise ProofError("the subject is no bill id", field="package.subject") from None
    try:
        check_bill_id(
            expected, numbering_key, package.numbering, str(number[0]), str(number[1]), sub_reference
        )
    except LedgerError as error:
        raise ProofError(
            f"this number belongs to another bill, or was not given by its carrier ({error.message})",
            field="package.numbering",
        ) from None
