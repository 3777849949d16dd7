"""What each change needs, and what it writes, whoever asked for it and however it was decided.

Checks answer with the field of the change that is at fault. Those of shape hold
for ever once they held; the others look at the state and are asked again when the
change is about to be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from contracts.checks import active_organisation
from contracts.context import Context, View
from contracts.governance import court, standing
from contracts.governance.model import (
    AddValidator,
    AdmitOrganisation,
    AnyChange,
    Change,
    ChangeOrganisation,
    DecideDispute,
    KeyPurpose,
    NamedKey,
    RemoveValidator,
    ReplaceAdministrator,
    ReplaceNode,
    RotateValidator,
    SuspendOrganisation,
    named_key,
)
from contracts.governance.standing import StandingChange
from contracts.membership.model import (
    AUTHORITIES,
    Member,
    MemberKey,
    MemberState,
    NetworkValidators,
    NodeKey,
    Organisation,
    OrganisationState,
    Permission,
    Role,
)
from contracts.model import VALIDATORS_KEY, Record, member_key, organisation_key
from contracts.table import Fault, fault
from ledger.bls import backend
from ledger.errors import LedgerError
from ledger.keys import PublicKey
from ledger.primitives import decode_base64url
from ledger.sealing import contents_key_from_text
from ledger.validators import MAX_VALIDATORS, Validator, ValidatorSet

SetChange = AddValidator | RemoveValidator | RotateValidator
"""Changes of who seals blocks, or with which key."""


def validators(view: View) -> tuple[Validator, ...]:
    """The seats that were appointed last: they vote, and each change builds on them."""
    return view.require(VALIDATORS_KEY, NetworkValidators).validators


def has_seat(organisation: str, view: View) -> bool:
    """Whether an organisation is among the validators that were appointed last."""
    return any(seat.organisation == organisation for seat in validators(view))


def may_vote(organisation: str, view: View) -> bool:
    """Whether the ballot of an organisation counts: it has a seat and is in good standing."""
    return has_seat(organisation, view) and active_organisation(view, organisation) is not None


# ----- shape -----------------------------------------------------------------


def lists(change: AnyChange) -> list[tuple[str, tuple[str, ...]]]:
    """The lists of a proposed change in which nothing may appear twice, with their fields."""
    if isinstance(change, ChangeOrganisation):
        return [("body.change.roles", change.roles or ())]
    if not isinstance(change, AdmitOrganisation):
        return []
    names = tuple(node.name for node in change.nodes)
    keys = tuple(node.key for node in change.nodes)
    return [("body.change.roles", change.roles), ("body.change.nodes", names), ("body.change.nodes", keys)]


def jurisdiction_given(change: AnyChange) -> Fault | None:
    """A customs office or agency has a country."""
    if not isinstance(change, AdmitOrganisation) or change.jurisdiction is not None:
        return None
    authority = any(role in AUTHORITIES for role in change.roles)
    return fault("jurisdiction", organisation=change.organisation) if authority else None


def numbering_fits(change: AnyChange) -> Fault | None:
    """A carrier has a numbering key with its proof, and nobody else has either."""
    if not isinstance(change, AdmitOrganisation):
        return None
    carrier = Role.CARRIER in change.roles
    given = (change.numbering_key is not None, change.numbering_possession is not None)
    return None if given == (carrier, carrier) else fault("numbering_key", organisation=change.organisation)


def points_are_good(change: AnyChange) -> Fault | None:
    """Every ES256 key is a point of P-256, and a contents key no point of small order."""
    for field, key in _points(change):
        try:
            PublicKey.from_text(key)
        except LedgerError:
            return fault(field)
    if isinstance(change, AdmitOrganisation) and change.contents_key is not None:
        try:
            contents_key_from_text(change.contents_key)
        except LedgerError:
            return fault("contents_key")
    return None


def _points(change: AnyChange) -> Iterator[tuple[str, str]]:
    if isinstance(change, AdmitOrganisation):
        yield "administrator_key", change.administrator_key
        yield from ((f"nodes.{place}.key", node.key) for place, node in enumerate(change.nodes))
    elif isinstance(change, ReplaceNode):
        yield "key", change.key
    elif isinstance(change, ReplaceAdministrator):
        yield "administrator_key", change.administrator_key
    elif isinstance(change, SuspendOrganisation) and change.caretaker_key is not None:
        yield "caretaker_key", change.caretaker_key


def possession_is_proven(change: AnyChange) -> Fault | None:
    """Whoever asks for a BLS key has shown to know its secret."""
    if isinstance(change, AddValidator | RotateValidator):
        return _proven("bls_key", change.bls_key, change.possession)
    if not isinstance(change, AdmitOrganisation | ChangeOrganisation):
        return None
    if change.numbering_key and change.numbering_possession:
        return _proven("numbering_key", change.numbering_key, change.numbering_possession)
    return None


def _proven(field: str, key: str, proof: str) -> Fault | None:
    try:
        data = decode_base64url(key, field=field, length=48)
        backend().verify_possession(data, decode_base64url(proof, field=field, length=96))
    except LedgerError:
        return fault(field)
    return None


# ----- state -----------------------------------------------------------------


def organisation_is_active(change: AnyChange, view: View) -> Fault | None:
    """Whoever gets something is on the ledger and in good standing; a seat can be taken from anyone."""
    if not isinstance(change, AddValidator | RotateValidator | ReplaceNode | DecideDispute):
        return None
    known = active_organisation(view, change.organisation)
    return None if known else fault("organisation", organisation=change.organisation)


def organisation_is_new(change: AnyChange, view: View) -> Fault | None:
    """Whoever is admitted is not on the ledger yet."""
    if not isinstance(change, AdmitOrganisation):
        return None
    known = view.get(organisation_key(change.organisation), Organisation)
    return fault("organisation", organisation=change.organisation) if known else None


def keys_are_new(change: AnyChange, view: View) -> Fault | None:
    """No key was ever named: a retired one may be in anyone's hands by now."""
    for field, _, key in _named(change):
        used = view.get(named_key(key), NamedKey)
        if used is not None:
            return fault(field, purpose=used.purpose.value, organisation=used.organisation)
    return None


def seat_is_free(change: AnyChange, view: View) -> Fault | None:
    """Whoever is added has no seat yet."""
    if not isinstance(change, AddValidator) or not has_seat(change.organisation, view):
        return None
    return fault("organisation", organisation=change.organisation)


def seat_is_there(change: AnyChange, view: View) -> Fault | None:
    """Whoever is removed or changes its key has a seat."""
    if not isinstance(change, RemoveValidator | RotateValidator) or has_seat(change.organisation, view):
        return None
    return fault("organisation", organisation=change.organisation)


def room_for_seat(change: AnyChange, view: View) -> Fault | None:
    """There is room for another validator."""
    if not isinstance(change, AddValidator) or len(validators(view)) < MAX_VALIDATORS:
        return None
    return fault("organisation", record=VALIDATORS_KEY, limit=f"{MAX_VALIDATORS} seats")


def quorum_remains(change: AnyChange, view: View) -> Fault | None:
    """Validators in good standing are a quorum of the new set, so that it could decide anything."""
    if not isinstance(change, AddValidator | RemoveValidator):
        return None
    after = ValidatorSet(validators=_seats_after(change, view))
    active = sum(active_organisation(view, seat.organisation) is not None for seat in after.validators)
    if active >= after.quorum:
        return None
    return fault("organisation", active=str(active), size=str(after.size), quorum=str(after.quorum))


def node_is_there(change: AnyChange, view: View) -> Fault | None:
    """The node whose key is replaced exists."""
    if not isinstance(change, ReplaceNode):
        return None
    organisation = view.require(organisation_key(change.organisation), Organisation)
    if any(node.name == change.node for node in organisation.nodes):
        return None
    return fault("node", organisation=change.organisation, node=change.node)


# ----- effect ----------------------------------------------------------------


def writes(
    change: SetChange | AdmitOrganisation | DecideDispute | ReplaceNode | StandingChange,
    view: View,
    context: Context,
) -> Mapping[str, Record]:
    """What the change writes: the records it is about, and one for each key that is now named."""
    written: dict[str, Record] = {
        named_key(key): NamedKey(purpose=purpose, organisation=change.organisation)
        for _, purpose, key in _named(change)
    }
    if isinstance(change, AdmitOrganisation):
        written.update(_admitted(change))
    elif isinstance(change, DecideDispute):
        written.update(court.writes(change, view))
    elif isinstance(change, StandingChange):
        written.update(standing.writes(change, view, context))
    elif isinstance(change, ReplaceNode):
        key = organisation_key(change.organisation)
        organisation = view.require(key, Organisation)
        nodes = tuple(
            NodeKey(name=node.name, key=change.key) if node.name == change.node else node
            for node in organisation.nodes
        )
        written[key] = replace(organisation, nodes=nodes)
    else:
        seats = _seats_after(change, view)
        written[VALIDATORS_KEY] = replace(view.require(VALIDATORS_KEY, NetworkValidators), validators=seats)
    return written


def _seats_after(change: SetChange, view: View) -> tuple[Validator, ...]:
    """The seats with the change made: a new one comes last, and all others keep their order."""
    seats = validators(view)
    if isinstance(change, AddValidator):
        return (*seats, Validator(organisation=change.organisation, bls_key=change.bls_key))
    if isinstance(change, RemoveValidator):
        return tuple(seat for seat in seats if seat.organisation != change.organisation)
    return tuple(
        replace(seat, bls_key=change.bls_key) if seat.organisation == change.organisation else seat
        for seat in seats
    )


def _admitted(change: AdmitOrganisation) -> dict[str, Record]:
    organisation = Organisation(
        id=change.organisation,
        name=change.name,
        state=OrganisationState.ACTIVE,
        roles=tuple(sorted(change.roles)),
        jurisdiction=change.jurisdiction,
        numbering_key=change.numbering_key,
        contents_key=change.contents_key,
        administrators=(change.administrator,),
        nodes=change.nodes,
    )
    member = Member(
        organisation=change.organisation,
        name=change.administrator,
        state=MemberState.ACTIVE,
        permissions=(Permission.ADMINISTRATOR, Permission.SIGNER),
        keys=(MemberKey(key=change.administrator_key),),
    )
    name = f"{change.organisation}/{change.administrator}"
    return {organisation_key(change.organisation): organisation, member_key(name): member}


def _named(change: Change) -> Iterator[tuple[str, KeyPurpose, str]]:
    """The keys that a change names: field, purpose and text of each."""
    if isinstance(change, AddValidator | RotateValidator):
        yield "bls_key", KeyPurpose.VALIDATOR, change.bls_key
    elif isinstance(change, ReplaceNode):
        yield "key", KeyPurpose.NODE, change.key
    elif isinstance(change, AdmitOrganisation):
        for place, node in enumerate(change.nodes):
            yield f"nodes.{place}.key", KeyPurpose.NODE, node.key
        if change.contents_key is not None:
            yield "contents_key", KeyPurpose.CONTENTS, change.contents_key
    numbering = change.numbering_key if isinstance(change, AdmitOrganisation | ChangeOrganisation) else None
    if numbering is not None:
        yield "numbering_key", KeyPurpose.NUMBERING, numbering
