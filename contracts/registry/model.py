"""Records and acts of supporting documents: registered by commitment, revoked by whoever registered them."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import BillId, Organisations, Record, RecordId
from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import HexHash

MAX_DOCUMENT_LINKS: Final = 100
"""Records of one kind that a document may belong to."""

Bills = Annotated[tuple[BillId, ...], msgspec.Meta(max_length=MAX_DOCUMENT_LINKS)]
"""Bills that a document belongs to."""

Links = Annotated[tuple[RecordId, ...], msgspec.Meta(max_length=MAX_DOCUMENT_LINKS)]
"""Declarations or containers that a document belongs to."""


class DocumentType(enum.StrEnum):
    """What a document is."""

    INVOICE = "invoice"
    PACKING_LIST = "packing_list"
    CERTIFICATE_OF_ORIGIN = "certificate_of_origin"
    PHYTOSANITARY = "phytosanitary"
    DANGEROUS_GOODS = "dangerous_goods"
    VERIFIED_GROSS_MASS = "verified_gross_mass"
    OTHER = "other"


class DocumentState(enum.StrEnum):
    """Whether a document still stands."""

    REGISTERED = "registered"
    REVOKED = "revoked"


class DocumentRevocation(enum.StrEnum):
    """Why a document was revoked."""

    REPLACED = "replaced"
    ISSUED_IN_ERROR = "issued_in_error"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class Document(Record, frozen=True, kw_only=True, tag="document"):
    """A supporting document. Key: `document/<32 hex digits>`."""

    type: DocumentType
    """What it is."""
    state: DocumentState
    """Whether it stands."""
    organisation: Name
    """Who registered it."""
    contents: HexHash
    """Salted commitment to the document."""
    bills: Bills = ()
    """Bills that it belongs to."""
    declarations: Links = ()
    """Declarations that it belongs to."""
    containers: Links = ()
    """Containers that it belongs to."""
    readers: Organisations = ()
    """Who may read it beside the one who registered it and the customs offices concerned."""
    reason: DocumentRevocation | None = None
    """Why it was revoked."""


class Register(Canonical, frozen=True, kw_only=True):
    """Body of `document.register`."""

    type: DocumentType
    """What it is."""
    contents: HexHash
    """Salted commitment to the document."""
    bills: Bills = ()
    """Bills that it belongs to."""
    declarations: Links = ()
    """Declarations that it belongs to."""
    containers: Links = ()
    """Containers that it belongs to."""
    readers: Organisations = ()
    """Who may read it."""


class Revoke(Canonical, frozen=True, kw_only=True):
    """Body of `document.revoke`."""

    reason: DocumentRevocation
    """Why."""
