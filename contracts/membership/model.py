"""Records and acts of membership: organisations, members, and what the network agreed on."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import Country, Record
from ledger.canonical import Canonical
from ledger.genesis import Label, Name, Parameters
from ledger.primitives import Base64Url, UInt
from ledger.validators import Validator

MAX_ADMINISTRATORS: Final = 20
"""Administrators of one organisation: more would be a mailing list, not an authority."""

MAX_NODES: Final = 16
"""Nodes of one organisation."""

MAX_MEMBER_KEYS: Final = 4
"""Keys of one member valid at once: the current one and the overlaps of quick rotations."""

MAX_OVERLAP_MS: Final = 7 * 24 * 3_600_000
"""Longest time for which a replaced key stays valid: a week, for absent colleagues."""

MAX_PLANS: Final = 16
"""Changes of parameters and rules that wait for their height."""

EcKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{44}\Z")]
"""A compressed P-256 point, 33 bytes in base64url."""


ContentsKeyText = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
"""An X25519 public key (RFC 7748), 32 bytes in base64url."""


class Role(enum.StrEnum):
    """What an organisation does in the trade."""

    CUSTOMS = "customs"
    CARRIER = "carrier"
    PORT_AUTHORITY = "port_authority"
    TERMINAL = "terminal"
    FORWARDER = "forwarder"
    CUSTOMS_BROKER = "customs_broker"
    TRADER = "trader"
    BANK = "bank"
    RAIL_OPERATOR = "rail_operator"
    AGENCY = "agency"
    AUDITOR = "auditor"


AUTHORITIES: Final = (Role.CUSTOMS, Role.AGENCY)
"""Roles that need a jurisdiction."""


class Permission(enum.StrEnum):
    """What a member may sign for its organisation."""

    ADMINISTRATOR = "administrator"
    """Acts of membership."""
    SIGNER = "signer"
    """Acts of business."""


class OrganisationState(enum.StrEnum):
    """Whether an organisation may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class MemberState(enum.StrEnum):
    """Whether a member may act."""

    ACTIVE = "active"
    REVOKED = "revoked"


class RevocationReason(enum.StrEnum):
    """Why a member was revoked."""

    LEFT = "left"
    KEY_LOST = "key_lost"
    KEY_COMPROMISED = "key_compromised"
    OTHER = "other"


class NodeKey(Canonical, frozen=True, kw_only=True):
    """A node of an organisation."""

    name: Name
    """The node within its organisation."""
    key: EcKey
    """ES256 key of its connections and receipts."""


class Organisation(Record, frozen=True, kw_only=True, tag="organisation"):
    """A participant of the network. Key: `organisation/<id>`."""

    id: Name
    """Identifier, lower-case words joined by hyphens."""
    name: Label
    """What people call it."""
    state: OrganisationState
    """Whether it may act."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=len(Role))]
    """What it does, in alphabetical order."""
    jurisdiction: Country | None = None
    """Country of a customs office or agency; for others, when given, the only country they act in."""
    numbering_key: Base64Url | None = None
    """BLS key with which a carrier derives the ids of its bills, 48 bytes."""
    contents_key: ContentsKeyText | None = None
    """Key to which contents that it may read are sealed."""
    administrators: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_ADMINISTRATORS)]
    """Active members with the administrator permission, in alphabetical order."""
    nodes: Annotated[tuple[NodeKey, ...], msgspec.Meta(max_length=MAX_NODES)] = ()
    """Its nodes."""


class MemberKey(Canonical, frozen=True, kw_only=True):
    """One key of a member."""

    key: EcKey
    """ES256 public key; statements name it by its thumbprint."""
    valid_until_ms: UInt | None = None
    """Last block time at which it is valid; absent for the current key."""


class Member(Record, frozen=True, kw_only=True, tag="member"):
    """A key holder who acts for an organisation. Key: `member/<organisation>/<name>`."""

    organisation: Name
    """Whom it acts for."""
    name: Name
    """Its name within the organisation."""
    state: MemberState
    """Whether it may act."""
    permissions: Annotated[tuple[Permission, ...], msgspec.Meta(min_length=1, max_length=len(Permission))]
    """What it may sign, in alphabetical order."""
    keys: Annotated[tuple[MemberKey, ...], msgspec.Meta(min_length=1, max_length=MAX_MEMBER_KEYS)]
    """Its keys, the current one last."""
    reason: RevocationReason | None = None
    """Why it was revoked."""


class NetworkValidators(Record, frozen=True, kw_only=True, tag="validators"):
    """Who seals blocks. Key: `network/validators`. The set after block h seals block h + 2."""

    validators: tuple[Validator, ...]
    """The seats, in the order that bitmaps and the proposer schedule use."""


class NewParameters(Canonical, frozen=True, kw_only=True):
    """The numbers that a change names; the others stay. What each means, `Parameters` of the genesis says."""

    statement_window_ms: UInt | None = None
    """How far ahead of block time a statement may stay valid."""
    max_block_bytes: UInt | None = None
    """Largest sum of the entries' sizes in a block."""
    max_block_entries: UInt | None = None
    """Most entries in a block."""
    precision_ms: UInt | None = None
    """How far two honest clocks may differ."""
    message_delay_ms: UInt | None = None
    """How long a proposal may travel in round 0 and still count as timely."""
    heartbeat_ms: UInt | None = None
    """How long the chain stays silent before an empty block."""


class Plan(Canonical, frozen=True, kw_only=True):
    """What was decided and comes into force at a height."""

    from_height: UInt
    """First block to which it applies."""
    parameters: NewParameters | None = None
    """The numbers that change."""
    rules_version: UInt | None = None
    """The version of the contracts from then on."""


class NetworkParameters(Record, frozen=True, kw_only=True, tag="parameters"):
    """Numbers that all nodes share, and the rules. Key: `network/parameters`."""

    parameters: Parameters
    """The numbers in force when this was written."""
    rules_version: UInt
    """Version of the contracts in force then."""
    planned: Annotated[tuple[Plan, ...], msgspec.Meta(max_length=MAX_PLANS)] = ()
    """What comes into force later, in order of height; of one height, the later decision last."""
    longest_window_ms: UInt = 0
    """Longest validity that a statement could have had so far, if longer than that of the parameters."""


class Enrol(Canonical, frozen=True, kw_only=True):
    """Body of `member.enrol`; the subject names the new member."""

    key: EcKey
    """The new member's ES256 public key."""
    permissions: Annotated[tuple[Permission, ...], msgspec.Meta(min_length=1, max_length=len(Permission))]
    """What it may sign."""


class Rotate(Canonical, frozen=True, kw_only=True):
    """Body of `member.rotate`."""

    key: EcKey
    """The key that replaces the current one."""
    overlap_until_ms: UInt
    """Last block time at which the replaced keys stay valid; 0 ends them at once, as after a theft."""


class Revoke(Canonical, frozen=True, kw_only=True):
    """Body of `member.revoke`."""

    reason: RevocationReason
    """Why."""


class SetContentsKey(Canonical, frozen=True, kw_only=True):
    """Body of `organisation.set_contents_key`."""

    key: ContentsKeyText
    """X25519 public key to which contents are sealed from now on."""
