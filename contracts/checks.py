"""Guards that several contracts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from contracts import codes
from contracts.context import Standing, View
from contracts.membership.model import Member, Organisation, OrganisationState, Role
from contracts.model import Record, organisation_key
from contracts.table import Call, Fault, Guard, fault

T = TypeVar("T")


def active_organisation(view: View, organisation: str) -> Organisation | None:
    """The organisation, when it exists and may act."""
    record = view.get(organisation_key(organisation), Organisation)
    return record if record is not None and record.state is OrganisationState.ACTIVE else None


def standing_of(member: Member, organisation: Organisation) -> Standing:
    """What an organisation's standing leaves to a member."""
    if organisation.state is OrganisationState.ACTIVE:
        return Standing.ACTIVE
    return Standing.CARETAKER if member.name == organisation.caretaker else Standing.SUSPENDED


def has_role(view: View, organisation: str, role: Role) -> bool:
    """Whether an active organisation has a role."""
    record = active_organisation(view, organisation)
    return record is not None and role in record.roles


def named(field: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """Values of a list with the dotted path of each."""
    return [(f"{field}.{index}", value) for index, value in enumerate(values)]


def organisations_active(pick: Callable[[Any], Iterable[tuple[str, str | None]]]) -> Guard:
    """A guard on the organisations that a body names; `pick` gives each with its field."""

    def check(call: Call[Any, Any]) -> Fault | None:
        for field, organisation in pick(call.body):
            if organisation is not None and active_organisation(call.view, organisation) is None:
                return fault(field, organisation=organisation)
        return None

    return Guard(
        holds="Every organisation that the act names is active on the ledger.",
        code=codes.NO_ORGANISATION,
        check=check,
    )


def _regained(call: Call[Any, Any]) -> Fault | None:
    """The organisation is not suspended, or its administrator got it back since it was."""
    if call.actor.standing is Standing.ACTIVE:
        return None
    organisation = call.view.require(organisation_key(call.actor.organisation), Organisation)
    administers = call.actor.member.partition("/")[2] in organisation.administrators
    if administers and organisation.regained:
        return None
    return fault("issuer", organisation=organisation.id)


CLEANS_UP: Final = Guard(
    holds="The organisation is active, or the administrator got it back since it was suspended.",
    code=codes.SUSPENDED,
    check=_regained,
    rule="ADR 0017",
    standing=True,
)
"""For acts that undo what a thief did: not for administrators of before, of whom one may be the thief."""


def listed_once(pick: Callable[[Any], Iterable[tuple[str, tuple[str, ...]]]]) -> Guard:
    """A guard against repeated values; `pick` gives each list of a body with its field."""

    def check(call: Call[Any, Any]) -> Fault | None:
        for field, values in pick(call.body):
            seen: set[str] = set()
            for index, value in enumerate(values):
                if value in seen:
                    return fault(f"{field}.{index}", value=value)
                seen.add(value)
        return None

    return Guard(holds="No value is listed twice.", code=codes.DUPLICATE, check=check)


def records_exist(pick: Callable[[Any], Iterable[tuple[str, str, type[Record]]]]) -> Guard:
    """A guard on records that a body refers to; `pick` gives the field, key and kind of each."""

    def check(call: Call[Any, Any]) -> Fault | None:
        for field, key, kind in pick(call.body):
            if call.view.get(key, kind) is None:
                return fault(field, record=key)
        return None

    return Guard(holds="Every record that the act refers to exists.", code=codes.NOT_FOUND, check=check)
