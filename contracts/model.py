"""What all records and acts share: identifiers, keys of records, and the stamp that every record carries.

A record is the current value of one thing, written as canonical JSON and tagged
by `kind`. Its history is in the log; the record itself holds only what the rules
need to decide the next act. What a particular record holds is in the `model.py`
of its contract.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from ledger.canonical import Canonical
from ledger.genesis import Name
from ledger.primitives import UInt

MAX_RECORD_BYTES: Final = 65_536
"""Largest record. A state proof carries the whole record, so it must stay small enough to mail."""

RecordId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""Random id of a declaration, container or document: 16 bytes in hexadecimal."""

BillId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""Id of a bill: hash of its carrier's numbering signature over the bill's number."""

MemberName = Annotated[str, msgspec.Meta(min_length=3, max_length=97)]
"""A member as `organisation/name`."""

Locode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}[A-Z2-9]{3}\Z")]
"""A UN/LOCODE: ISO 3166 country and a place (UNECE Recommendation 16)."""

Country = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")]
"""An ISO 3166 country."""

Organisations = Annotated[tuple[Name, ...], msgspec.Meta(max_length=32)]
"""Organisations with an interest in a record. A consignment rarely has ten parties."""

MAX_CONTAINER_BILLS: Final = 50
"""Bills that may cover one container: a full groupage box has some thirty consignments."""

MAX_CONTAINER_DECLARATIONS: Final = 100
"""Declarations that may cover one container: two for each consignment of a groupage box."""


class Direction(enum.StrEnum):
    """Which way goods cross a customs border."""

    IMPORT = "import"
    EXPORT = "export"
    TRANSIT = "transit"
    """Under customs control from an office of departure to one of destination."""


VALIDATORS_KEY: Final = "network/validators"
PARAMETERS_KEY: Final = "network/parameters"


class Record(Canonical, frozen=True, kw_only=True, tag_field="kind"):
    """The stamp that every record carries. The engine of `contracts.table` fills it; effects never do."""

    version: UInt = 0
    """Raised by exactly one with each write; an act names the version that it builds on."""
    created_ms: UInt = 0
    """Block time of the first write, in milliseconds."""
    changed_ms: UInt = 0
    """Block time of the latest write, in milliseconds."""
    changed_by: str = ""
    """The member whose act made the latest write, or `genesis`."""
    changed_act: str = ""
    """That act, such as `bill.transfer`, or `genesis`."""
    changed_part: UInt = 0
    """Place of that act in its batch, from 1; absent when it was a statement of its own."""
    changed_for: str = ""
    """The organisation in whose name that member acted, when not its own."""


def organisation_key(organisation: str) -> str:
    """Key of an organisation's record."""
    return f"organisation/{organisation}"


def member_key(member: str) -> str:
    """Key of a member's record, the member given as `organisation/name`."""
    return f"member/{member}"


def bill_key(bill: str) -> str:
    """Key of a bill's record."""
    return f"bill/{bill}"


def declaration_key(declaration: str) -> str:
    """Key of a declaration's record."""
    return f"declaration/{declaration}"


def container_key(container: str) -> str:
    """Key of a container's record."""
    return f"container/{container}"


def document_key(document: str) -> str:
    """Key of a supporting document's record."""
    return f"document/{document}"


def proposal_key(proposal: str) -> str:
    """Key of a proposal's record."""
    return f"proposal/{proposal}"


def mandate_key(principal: str, agent: str) -> str:
    """Key of the record of what one organisation may do in the name of another."""
    return f"mandate/{principal}/{agent}"


def id_of(key: str) -> str:
    """What follows the first slash of a record key."""
    return key.partition("/")[2]


def country_of(place: str) -> str:
    """The ISO 3166 country of a UN/LOCODE."""
    return place[:2]
