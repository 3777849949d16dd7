"""The standing of organisations by ballot: suspension, caretakers, reinstatement, new administrators, roles.

Suspension takes effect with the deciding ballot. What others wait for must not wait
with it: the ballot can appoint a caretaker, a member of the suspended organisation
whose key somebody else holds, who fulfils its duties toward others and disposes of
nothing (`contracts.table.Act.is_duty`). A new administrator is a matter of weeks and
can be vetoed (`contracts.membership`), so that no quorum takes over in a night what
an organisation possesses.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from contracts.checks import active_organisation
from contracts.context import Context, View
from contracts.governance.model import (
    AnyChange,
    ChangeOrganisation,
    ReinstateOrganisation,
    ReplaceAdministrator,
    SuspendOrganisation,
)
from contracts.membership.model import (
    AUTHORITIES,
    MAX_FORMER_NUMBERING,
    REPLACEMENT_DELAY_MS,
    FormerNumbering,
    Member,
    MemberKey,
    MemberState,
    NetworkValidators,
    Organisation,
    OrganisationState,
    Permission,
    Replacement,
    RevocationReason,
    Role,
)
from contracts.model import VALIDATORS_KEY, Record, member_key, organisation_key
from contracts.table import Fault, fault
from ledger.validators import ValidatorSet

StandingChange = SuspendOrganisation | ReinstateOrganisation | ReplaceAdministrator | ChangeOrganisation
"""Changes of an organisation that is on the ledger, whatever its standing."""


# ----- shape ------------------------------------------------------------------


def caretaker_is_whole(change: AnyChange) -> Fault | None:
    """A caretaker comes with a key."""
    if not isinstance(change, SuspendOrganisation):
        return None
    return None if (change.caretaker is None) == (change.caretaker_key is None) else fault("caretaker")


# ----- state ------------------------------------------------------------------


def organisation_is_there(change: AnyChange, view: View) -> Fault | None:
    """Whose standing changes is on the ledger."""
    if not isinstance(change, StandingChange) or _organisation(change, view) is not None:
        return None
    return fault("organisation", record=organisation_key(change.organisation))


def standing_fits(change: AnyChange, view: View) -> Fault | None:
    """Only a suspended one is reinstated or given an administrator; suspended again, it gets a caretaker."""
    organisation = _organisation(change, view)
    if organisation is None:
        return None
    suspended = organisation.state is OrganisationState.SUSPENDED
    fits = (
        suspended
        if isinstance(change, ReinstateOrganisation | ReplaceAdministrator)
        else not suspended or not isinstance(change, SuspendOrganisation) or change.caretaker is not None
    )
    return (
        None if fits else fault("organisation", organisation=organisation.id, state=organisation.state.value)
    )


def name_is_free(change: AnyChange, view: View) -> Fault | None:
    """A caretaker or new administrator is somebody new: no member gets a key that others chose."""
    if isinstance(change, SuspendOrganisation) and change.caretaker is not None:
        field, name = "caretaker", change.caretaker
    elif isinstance(change, ReplaceAdministrator):
        field, name = "administrator", change.administrator
    else:
        return None
    known = view.get(member_key(f"{change.organisation}/{name}"), Member)
    return None if known is None else fault(field, member=f"{change.organisation}/{name}")


def nobody_is_to_take_over(change: AnyChange, view: View) -> Fault | None:
    """One new administrator at a time."""
    if not isinstance(change, ReplaceAdministrator):
        return None
    organisation = _require(change, view)
    return None if organisation.replacement is None else fault("organisation", organisation=organisation.id)


def quorum_stays_active(change: AnyChange, view: View) -> Fault | None:
    """Validators in good standing remain a quorum, so that the suspension can be decided back."""
    if not isinstance(change, SuspendOrganisation):
        return None
    seats = ValidatorSet(validators=view.require(VALIDATORS_KEY, NetworkValidators).validators)
    names = (seat.organisation for seat in seats.validators)
    active = sum(n != change.organisation and active_organisation(view, n) is not None for n in names)
    if active >= seats.quorum:
        return None
    return fault("organisation", active=str(active), size=str(seats.size), quorum=str(seats.quorum))


def organisation_changes(change: AnyChange, view: View) -> Fault | None:
    """A change of an organisation makes it another."""
    if not isinstance(change, ChangeOrganisation):
        return None
    organisation = _require(change, view)
    return fault("organisation") if _changed(change, organisation) == organisation else None


def authority_has_country(change: AnyChange, view: View) -> Fault | None:
    """A customs office or agency has a country, also after the change."""
    if not isinstance(change, ChangeOrganisation):
        return None
    organisation = _require(change, view)
    after = _changed(change, organisation)
    lacking = after.jurisdiction is None and any(role in AUTHORITIES for role in after.roles)
    return fault("jurisdiction", organisation=organisation.id) if lacking else None


def carrier_has_numbering(change: AnyChange, view: View) -> Fault | None:
    """A carrier has a numbering key, also after the change; who gets one is a carrier and proves it."""
    if not isinstance(change, ChangeOrganisation):
        return None
    organisation = _require(change, view)
    after = _changed(change, organisation)
    carrier = Role.CARRIER in after.roles
    given = change.numbering_key is not None
    whole = given == (change.numbering_possession is not None)
    if whole and (carrier or not given) and (not carrier or after.numbering_key is not None):
        return None
    return fault("numbering_key", organisation=organisation.id)


def room_for_numbering(change: AnyChange, view: View) -> Fault | None:
    """The organisation has room for another former numbering key."""
    if not isinstance(change, ChangeOrganisation) or change.numbering_key is None:
        return None
    organisation = _require(change, view)
    if len(organisation.former_numbering) < MAX_FORMER_NUMBERING:
        return None
    limit = f"{MAX_FORMER_NUMBERING} former numbering keys"
    return fault("numbering_key", record=organisation_key(organisation.id), limit=limit)


# ----- effect -----------------------------------------------------------------


def writes(change: StandingChange, view: View, context: Context) -> dict[str, Record]:
    """The organisation in its new standing, and the members whose standing follows from it."""
    key, organisation = organisation_key(change.organisation), _require(change, view)
    if isinstance(change, ChangeOrganisation):
        former = _former(change, organisation, context.time_ms)
        return {key: replace(_changed(change, organisation), former_numbering=former)}
    if isinstance(change, ReplaceAdministrator):
        return _to_take_over(change, organisation, context.time_ms)
    if isinstance(change, ReinstateOrganisation):
        last = None if organisation.replacement is None else organisation.replacement.member
        active = replace(
            organisation,
            state=OrganisationState.ACTIVE,
            administrators=_without_caretaker(organisation),
            caretaker=None,
            replacement=None,
            regained=False,
        )
        return {key: active, **_ended(organisation, (organisation.caretaker, last), view)}
    written = _ended(organisation, (organisation.caretaker,), view)
    suspended = replace(
        organisation,
        state=OrganisationState.SUSPENDED,
        administrators=_without_caretaker(organisation),
        caretaker=change.caretaker,
    )
    written[key] = suspended
    if change.caretaker is not None and change.caretaker_key is not None:
        keys = (MemberKey(key=change.caretaker_key),)
        written |= _member(organisation, change.caretaker, (Permission.SIGNER,), keys)
    return written


def _to_take_over(change: ReplaceAdministrator, organisation: Organisation, now_ms: int) -> dict[str, Record]:
    due_ms = now_ms + REPLACEMENT_DELAY_MS
    pending = Replacement(member=change.administrator, due_ms=due_ms)
    keys = (MemberKey(key=change.administrator_key, valid_from_ms=due_ms),)
    permissions = (Permission.ADMINISTRATOR, Permission.SIGNER)
    return {
        organisation_key(organisation.id): replace(organisation, replacement=pending),
        **_member(organisation, change.administrator, permissions, keys),
    }


def _member(
    organisation: Organisation, name: str, permissions: tuple[Permission, ...], keys: tuple[MemberKey, ...]
) -> dict[str, Record]:
    member = Member(
        organisation=organisation.id,
        name=name,
        state=MemberState.ACTIVE,
        permissions=permissions,
        keys=keys,
    )
    return {member_key(f"{organisation.id}/{name}"): member}


def _ended(organisation: Organisation, names: Iterable[str | None], view: View) -> dict[str, Record]:
    """These members, whose task is over, revoked."""
    written: dict[str, Record] = {}
    for name in names:
        if name is not None:
            key = member_key(f"{organisation.id}/{name}")
            member = view.require(key, Member)
            written[key] = replace(member, state=MemberState.REVOKED, reason=RevocationReason.OTHER)
    return written


def _without_caretaker(organisation: Organisation) -> tuple[str, ...]:
    """The administrators, of whom a caretaker that ends is none, whatever it became meanwhile."""
    return tuple(name for name in organisation.administrators if name != organisation.caretaker)


def _changed(change: ChangeOrganisation, organisation: Organisation) -> Organisation:
    """The organisation with what the change names."""
    return replace(
        organisation,
        name=change.name or organisation.name,
        roles=tuple(sorted(change.roles)) if change.roles else organisation.roles,
        jurisdiction=change.jurisdiction or organisation.jurisdiction,
        numbering_key=change.numbering_key or organisation.numbering_key,
    )


def _former(
    change: ChangeOrganisation, organisation: Organisation, now_ms: int
) -> tuple[FormerNumbering, ...]:
    """The numbering keys of before, which the one that the change replaces joins."""
    former = organisation.former_numbering
    if change.numbering_key is None or organisation.numbering_key is None:
        return former
    return (*former, FormerNumbering(key=organisation.numbering_key, until_ms=now_ms))


def _organisation(change: AnyChange, view: View) -> Organisation | None:
    """The organisation whose standing a change is about, if it is on the ledger."""
    if not isinstance(change, StandingChange):
        return None
    return view.get(organisation_key(change.organisation), Organisation)


def _require(change: StandingChange, view: View) -> Organisation:
    """The same, where `organisation_is_there` was asked before."""
    return view.require(organisation_key(change.organisation), Organisation)
