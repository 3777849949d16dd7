"""Records and acts of membership: organisations, members, and what the network agreed on."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.model import Country, Record
from ledger.canonical import Canonical
from ledger.certificate import MAX_CHAIN
from ledger.genesis import Label, Name, Parameters
from ledger.primitives import Base64Url, HexHash, UInt
from ledger.validators import Validator

MAX_ADMINISTRATORS: Final = 20
"""Administrators of one organisation: more would be a mailing list, not an authority."""

MAX_NODES: Final = 16
"""Nodes of one organisation."""

MAX_MEMBER_KEYS: Final = 4
"""Keys of one member valid at once: the current one and the overlaps of quick rotations."""

MAX_OVERLAP_MS: Final = 7 * 24 * 3_600_000
"""Longest time for which a replaced key stays valid: a week, for absent colleagues."""

MAX_FORMER_NUMBERING: Final = 8
"""Numbering keys that a carrier replaced: they still prove the numbers of older bills."""

REPLACEMENT_DELAY_MS: Final = 14 * 24 * 3_600_000
"""How long everyone can see, and the old keys veto, that an organisation gets a new administrator by ballot:
two weeks, in which somebody returns from a holiday."""

MAX_PLANS: Final = 16
"""Changes of parameters and rules that wait for their height. One place is kept for rules: numbers that are
planned keep out no version that mends something."""

MAX_ANCHORS: Final = 8
"""Certification authorities that an organisation trusts for its members."""

EcKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{44}\Z")]
"""A compressed P-256 point, 33 bytes in base64url."""


ContentsKeyText = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
"""An X25519 public key (RFC 7748), 32 bytes in base64url."""


Chain = Annotated[tuple[Base64Url, ...], msgspec.Meta(max_length=MAX_CHAIN)]
"""X.509 certificates as DER, the member's first, an anchor last."""


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
    RECOVERY = "recovery"
    """Replacing lost keys, and nothing else: for a key that lies in a safe."""
    SIGNER = "signer"
    """Acts of business."""


class OrganisationState(enum.StrEnum):
    """Whether an organisation may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class MemberState(enum.StrEnum):
    """Whether a member may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class RevocationReason(enum.StrEnum):
    """Why a member was revoked or suspended."""

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


class FormerNumbering(Canonical, frozen=True, kw_only=True):
    """A numbering key that was replaced."""

    key: Base64Url
    """The key: numbers of bills issued while it was in force are proven with it."""
    until_ms: UInt
    """Block time at which it was replaced."""


class Replacement(Canonical, frozen=True, kw_only=True):
    """A new administrator whom a quorum decided on, and who has not taken over yet."""

    member: Name
    """The new administrator."""
    due_ms: UInt
    """Block time from which its key is valid."""


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
    recovery: Name | None = None
    """The member who recovers lost keys."""
    caretaker: Name | None = None
    """The member who fulfils its duties while it is suspended."""
    replacement: Replacement | None = None
    """The administrator who is to take over."""
    regained: bool = False
    """Whether its administrator got it back, by recovery or by taking over, since it was suspended."""
    anchors: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=MAX_ANCHORS)] = ()
    """SHA-256 of the certificates to which its members' chains lead; without any, members have bare keys."""
    former_numbering: Annotated[
        tuple[FormerNumbering, ...], msgspec.Meta(max_length=MAX_FORMER_NUMBERING)
    ] = ()
    """Numbering keys of before, the oldest first."""

    def numbering_keys(self, issued_ms: int) -> tuple[str, ...]:
        """The key that numbered a bill issued at a block time; two where it was replaced in that block."""
        later = [one for one in self.former_numbering if one.until_ms >= issued_ms]
        keys = [*(one.key for one in later), *([] if self.numbering_key is None else [self.numbering_key])]
        changed = bool(later) and later[0].until_ms == issued_ms
        return tuple(keys[: 2 if changed else 1])


class MemberKey(Canonical, frozen=True, kw_only=True):
    """One key of a member."""

    key: EcKey
    """ES256 public key; statements name it by its thumbprint."""
    valid_until_ms: UInt | None = None
    """Last block time at which it is valid, where its chain or its replacement ends it."""
    valid_from_ms: UInt = 0
    """First block time at which it is valid."""
    certificate: HexHash | None = None
    """SHA-256 of the X.509 certificate that it was bound to; the chain stands in the act that did."""

    def is_valid(self, time_ms: int) -> bool:
        """Whether it is valid at a block time."""
        return self.valid_from_ms <= time_ms and (
            self.valid_until_ms is None or time_ms <= self.valid_until_ms
        )


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
    """Why it was revoked or suspended."""


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
    chain: Chain = ()
    """The certificates that vouch for the key, if the organisation has anchors."""


class Rotate(Canonical, frozen=True, kw_only=True):
    """Body of `member.rotate`."""

    key: EcKey
    """The key that replaces the current one."""
    overlap_until_ms: UInt
    """Last block time at which the replaced keys stay valid; 0 ends them at once, as after a theft."""
    chain: Chain = ()
    """The certificates that vouch for the key, if the organisation has anchors."""


class SetAnchors(Canonical, frozen=True, kw_only=True):
    """Body of `organisation.set_anchors`."""

    anchors: Annotated[tuple[HexHash, ...], msgspec.Meta(max_length=MAX_ANCHORS)]
    """SHA-256 of the certificates that are trusted from now on; none, for bare keys."""


class Revoke(Canonical, frozen=True, kw_only=True):
    """Body of `member.revoke` and `member.suspend`."""

    reason: RevocationReason
    """Why."""


class SetContentsKey(Canonical, frozen=True, kw_only=True):
    """Body of `organisation.set_contents_key`."""

    key: ContentsKeyText
    """X25519 public key to which contents are sealed from now on."""


class Reinstate(Canonical, frozen=True, kw_only=True):
    """Body of `member.reinstate`: nothing."""


class Recover(Canonical, frozen=True, kw_only=True):
    """Body of `member.recover`; the subject names who administers the organisation from now on."""

    key: EcKey
    """That member's new key, at once its only one."""
    reason: RevocationReason
    """Why the other administrators are suspended."""


class Answer(Canonical, frozen=True, kw_only=True):
    """Body of `organisation.veto` and `organisation.take_over`: nothing."""
