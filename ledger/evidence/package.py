"""The package file: evidence of every record of a consignment, in one canonical file.

A package is evidence put side by side and nothing else: each part is an evidence file
as `model` defines it, checked by the same checks, and what stands around the parts
proves nothing. Which records a consignment has is for the contracts to say
(`contracts.consignment`, which verifies packages).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from ledger import canonical
from ledger.canonical import Canonical
from ledger.errors import EvidenceError
from ledger.evidence.anchor import Anchor, GenesisAnchor
from ledger.evidence.model import Evidence, check_records
from ledger.genesis import Genesis, network_id
from ledger.primitives import HexHash, UInt

PACKAGE_VERSION = 1

MAX_PACKAGE_BYTES = 33_554_432
"""Four evidence files of the largest size: twenty documents of the largest size, or a thousand usual ones."""

MAX_PARTS = 500
"""Most records in one package: a bill's 200 containers, a declaration for each, and a hundred documents."""

MAX_LEFT_OUT = 1_000
"""Most lines on what is left out: two for each record of a package."""

_START = b'{"format":"sealane-package"'


class LeftOut(Canonical, frozen=True, kw_only=True):
    """What belongs to the consignment and is not in the file. No proof binds it: it is the packer's word."""

    subject: Annotated[str, msgspec.Meta(max_length=200)]
    """Key of the record."""
    what: Literal["contents", "evidence"]
    """What of it is left out; of a record whose evidence is, all is."""
    reason: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\Z", max_length=64)]
    """The code with which the node declined, such as `contents.not-entitled`, or `package.too-large`."""


class EvidencePackage(Canonical, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["sealane-package"]
    version: UInt
    network: HexHash
    """Network id, of every part too."""
    subject: Annotated[str, msgspec.Meta(max_length=200)]
    """Key of the bill whose consignment this is; it is among the parts."""
    parts: Annotated[tuple[Evidence, ...], msgspec.Meta(min_length=1, max_length=MAX_PARTS)]
    """Evidence of one record each, by rising subject, without the genesis document."""
    left_out: Annotated[tuple[LeftOut, ...], msgspec.Meta(max_length=MAX_LEFT_OUT)] = ()
    """By rising subject, `contents` before `evidence`."""
    genesis: Genesis | None = None
    """The genesis document, once for all parts, for a verifier who has only its hash."""


def is_package(data: bytes) -> bool:
    """Whether a file means to be a package; its one canonical form begins with the format."""
    return data.startswith(_START)


def encode_evidence_package(package: EvidencePackage) -> bytes:
    """The bytes of the file."""
    return canonical.encode(package)


def parse_evidence_package(data: bytes) -> EvidencePackage:
    """The package that the bytes encode; `EncodingError` or `EvidenceError` names the field at fault.

    Its parts are evidence in form only: each is still to be verified.
    """
    package = canonical.decode(data, EvidencePackage, max_bytes=MAX_PACKAGE_BYTES)
    for place, part in enumerate(package.parts):
        check_records(part, at=f"parts.{place}.")
    if package.version != PACKAGE_VERSION:
        raise EvidenceError(f"package version {package.version} is not known here", field="version")
    if package.genesis is not None and network_id(package.genesis).hex() != package.network:
        raise EvidenceError("the enclosed genesis document is another network's", field="genesis")
    subjects = [part.subject for part in package.parts]
    _rising(subjects, "parts")
    if package.subject not in subjects:
        raise EvidenceError(f"{package.subject} is not among the parts", field="subject")
    for place, part in enumerate(package.parts):
        if part.network != package.network:
            raise EvidenceError("the part is of another network", field=f"parts.{place}.network")
        if part.genesis is not None:
            raise EvidenceError("the genesis stands once, beside the parts", field=f"parts.{place}.genesis")
    _check_left_out(package)
    return package


def part_anchor(package: EvidencePackage, anchor: Anchor) -> Anchor:
    """The anchor with which the parts are verified: the reader's, with the document that its hash names."""
    if not isinstance(anchor, GenesisAnchor) or anchor.genesis is not None or package.genesis is None:
        return anchor
    # Parsing held the document against the package's network; it helps only when that is the reader's.
    return GenesisAnchor.of(package.genesis) if package.network == anchor.network.hex() else anchor


def _check_left_out(package: EvidencePackage) -> None:
    """What is left out is not there, and contents are those of a part: no proof says more about that list."""
    _rising([(line.subject, line.what) for line in package.left_out], "left_out")
    enclosed = {part.subject: part.contents is not None for part in package.parts}
    for place, line in enumerate(package.left_out):
        there = enclosed.get(line.subject)
        if there is not (None if line.what == "evidence" else False):
            raise EvidenceError(
                f"{line.what} of {line.subject}: not what the parts leave out", field=f"left_out.{place}"
            )


def _rising(values: Sequence[str] | Sequence[tuple[str, str]], field: str) -> None:
    if any(a >= b for a, b in pairwise(values)):  # type: ignore[operator]
        raise EvidenceError("expected rising order without repetition", field=field)
