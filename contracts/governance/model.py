"""Records and acts of governance: proposals with their ballots, and the keys that the ledger ever named."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from contracts.membership.model import MAX_NODES, ContentsKeyText, EcKey, NewParameters, NodeKey, Role
from contracts.model import BillId, Country, MemberName, Record
from ledger.canonical import Canonical
from ledger.genesis import Label, Name
from ledger.hashing import sha256
from ledger.primitives import UInt, decode_base64url
from ledger.validators import MAX_VALIDATORS

MAX_OPEN_MS: Final = 90 * 24 * 3_600_000
"""Longest time for which a proposal is open: a quarter, in which any board meets."""

MIN_ROTATION_MS: Final = 24 * 3_600_000
"""Shortest time between two rotations by an organisation itself. Each adds one to two kilobytes to all
later evidence, for which nobody else was asked."""

BlsKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{64}\Z")]
"""A compressed BLS12-381 public key, 48 bytes in base64url."""

Possession = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{128}\Z")]
"""Proof that the secret of a BLS key is known, 96 bytes in base64url."""

Reason = Annotated[str, msgspec.Meta(max_length=1_000)]
"""Why, for the other validators and for whoever asks later."""


class Change(Canonical, frozen=True, kw_only=True, tag_field="type"):
    """What a proposal asks for."""


class OrganisationChange(Change, frozen=True, kw_only=True):
    """What concerns one organisation."""

    organisation: Name
    """Whom it concerns."""


class AdmitOrganisation(OrganisationChange, frozen=True, kw_only=True, tag="admit_organisation"):
    """Put a new organisation on the ledger, with the member who administers it."""

    name: Label
    """What people call it."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=len(Role))]
    """What it does."""
    jurisdiction: Country | None = None
    """Country of a customs office or agency."""
    administrator: Name
    """Its first member, who administers it and signs for it."""
    administrator_key: EcKey
    """That member's ES256 public key."""
    nodes: Annotated[tuple[NodeKey, ...], msgspec.Meta(max_length=MAX_NODES)] = ()
    """Its nodes."""
    numbering_key: BlsKey | None = None
    """BLS key with which a carrier derives the ids of its bills."""
    numbering_possession: Possession | None = None
    """Proof of possession of the numbering key."""
    contents_key: ContentsKeyText | None = None
    """X25519 key to which contents are sealed for it."""


class AddValidator(OrganisationChange, frozen=True, kw_only=True, tag="add_validator"):
    """Give an organisation the last seat."""

    bls_key: BlsKey
    """The key it will sign blocks with."""
    possession: Possession
    """Proof of possession of that key."""


class RemoveValidator(OrganisationChange, frozen=True, kw_only=True, tag="remove_validator"):
    """Take an organisation's seat away; it stays an organisation."""


class RotateValidator(OrganisationChange, frozen=True, kw_only=True, tag="rotate_validator"):
    """Replace the key of a seat."""

    bls_key: BlsKey
    """The key it will sign blocks with."""
    possession: Possession
    """Proof of possession of that key."""


class ReplaceNode(OrganisationChange, frozen=True, kw_only=True, tag="replace_node"):
    """Replace the key of a node."""

    node: Name
    """The node within its organisation."""
    key: EcKey
    """ES256 key of its connections and receipts."""


class ChangeOrganisation(OrganisationChange, frozen=True, kw_only=True, tag="change_organisation"):
    """Change what an organisation is; what is not named stays."""

    name: Label | None = None
    """What people call it."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=len(Role))] | None = None
    """All that it does from now on."""
    jurisdiction: Country | None = None
    """Country of a customs office or agency."""
    numbering_key: BlsKey | None = None
    """A carrier's new numbering key; the one before still proves the numbers of its bills."""
    numbering_possession: Possession | None = None
    """Proof of possession of the numbering key."""


class SuspendOrganisation(OrganisationChange, frozen=True, kw_only=True, tag="suspend_organisation"):
    """Take from an organisation at once that it may act; or appoint a caretaker for one that is suspended."""

    caretaker: Name | None = None
    """A new member who fulfils its duties toward others meanwhile."""
    caretaker_key: EcKey | None = None
    """That member's ES256 public key."""


class ReinstateOrganisation(OrganisationChange, frozen=True, kw_only=True, tag="reinstate_organisation"):
    """Let a suspended organisation act again; caretaker and pending replacement end."""


class ReplaceAdministrator(OrganisationChange, frozen=True, kw_only=True, tag="replace_administrator"):
    """Give a suspended organisation, whose keys are lost, a new administrator after a public delay."""

    administrator: Name
    """A new member, who can take over once the delay is over, unless vetoed."""
    administrator_key: EcKey
    """That member's ES256 public key."""


class DecideDispute(OrganisationChange, frozen=True, kw_only=True, tag="decide_dispute"):
    """Give a disputed bill to one of its sides, as a court has decided."""

    bill: BillId
    """The bill; the organisation is the side that possesses it from then on."""
    since_version: UInt
    """Version of the bill with which the dispute was raised: ballots for one dispute decide no other."""


class SettingsChange(Change, frozen=True, kw_only=True):
    """What concerns all, from a height on."""

    from_height: UInt
    """First block to which it applies: two after the deciding ballot's, or later."""


class ChangeParameters(SettingsChange, frozen=True, kw_only=True, tag="change_parameters"):
    """Change numbers that all nodes share."""

    parameters: NewParameters
    """The new numbers; those not named stay. None need be named by what takes plans back."""
    instead: bool = False
    """Whether it takes the place of every change of numbers that is planned, and not only joins them."""


class ChangeRules(SettingsChange, frozen=True, kw_only=True, tag="change_rules"):
    """Go over to another version of the contracts. It takes the place of one that was planned before."""

    rules_version: UInt
    """The version; the one in force, to stay with it after all."""


AnyChange = (
    AdmitOrganisation
    | AddValidator
    | RemoveValidator
    | RotateValidator
    | ReplaceNode
    | ChangeOrganisation
    | SuspendOrganisation
    | ReinstateOrganisation
    | ReplaceAdministrator
    | DecideDispute
    | ChangeParameters
    | ChangeRules
)
"""Everything that a proposal can ask for."""


class ProposalState(enum.StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    PASSED = "passed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Choice(enum.StrEnum):
    """What a ballot says."""

    YES = "yes"
    NO = "no"


class Ballot(Canonical, frozen=True, kw_only=True):
    """What an organisation says to a proposal."""

    organisation: Name
    """Whose ballot it is."""
    member: MemberName
    """Who cast it."""
    choice: Choice
    """What it says."""


class Proposal(Record, frozen=True, kw_only=True, tag="proposal"):
    """A change that validators vote on. Key: `proposal/<32 hex digits>`."""

    state: ProposalState
    """Where it stands. An open one whose time is over can only be withdrawn."""
    proposer: Name
    """Who opened it."""
    title: Label
    """What it is about."""
    reason: Reason = ""
    """Why it is wanted."""
    expires_ms: UInt
    """Last block time at which ballots are taken."""
    change: AnyChange
    """What happens when it passes."""
    ballots: Annotated[tuple[Ballot, ...], msgspec.Meta(max_length=MAX_VALIDATORS)] = ()
    """Ballots by organisation, as of the last one cast; who lost its seat by then has none."""
    effective_height: UInt | None = None
    """First height to which it applies, once it passed: of a change of the set, of parameters or of rules."""


class KeyPurpose(enum.StrEnum):
    """What a key is for."""

    VALIDATOR = "validator"
    NODE = "node"
    NUMBERING = "numbering"
    CONTENTS = "contents"


class NamedKey(Record, frozen=True, kw_only=True, tag="key"):
    """A key that was named once and so is never named again. Key: `key/<SHA-256 of its bytes>`."""

    purpose: KeyPurpose
    """What it was named for."""
    organisation: Name
    """Whose it is."""


def named_key(public_key: str) -> str:
    """Key of the record that says who named a public key, given in base64url.

    Raises `ledger.errors.EncodingError` for what is no base64url.
    """
    return f"key/{sha256(decode_base64url(public_key, field='key')).hex()}"


class Open(Canonical, frozen=True, kw_only=True):
    """Body of `proposal.open`."""

    title: Label
    """What it is about."""
    reason: Reason = ""
    """Why it is wanted."""
    expires_ms: UInt
    """Last block time at which ballots are taken."""
    change: AnyChange
    """What happens when it passes."""


class Vote(Canonical, frozen=True, kw_only=True):
    """Body of `proposal.vote`."""

    choice: Choice
    """Yes or no; it replaces an earlier ballot."""


class Withdraw(Canonical, frozen=True, kw_only=True):
    """Body of `proposal.withdraw`: nothing."""


class Rotate(Canonical, frozen=True, kw_only=True):
    """Body of `validator.rotate`."""

    bls_key: BlsKey
    """The key that replaces the current one."""
    possession: Possession
    """Proof of possession of that key."""


class Replace(Canonical, frozen=True, kw_only=True):
    """Body of `organisation.replace_node`."""

    node: Name
    """The node within its organisation."""
    key: EcKey
    """The key that replaces the current one."""
