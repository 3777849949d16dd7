"""Acting in another's name: who stands for whom, and whether the mandate reaches that far.

A statement that names a principal is judged as the principal's: its roles, its
relation to the record, its state. What is added is asked here: the agent has a
mandate of that principal in force, one of its powers covers the act, and what was
asked of both when it was granted still holds: roles and standing change while
powers last. The agent's own standing was settled when it was authenticated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts import codes as shared
from contracts.bill.bodies import Issue
from contracts.bill.model import Bill
from contracts.checks import active_organisation
from contracts.clearance.bodies import Lodge
from contracts.clearance.model import Declaration
from contracts.context import Context, Party, View
from contracts.mandate import codes
from contracts.mandate.model import Mandate, Power
from contracts.mandate.rules import ON_DECLARATIONS, decides_itself, is_representative, live_powers
from contracts.model import Record, container_key, declaration_key, id_of, mandate_key
from contracts.movement.model import Container
from contracts.refusals import Refusal
from contracts.registry.model import Document, Register
from contracts.table import Call

OPENED_BY: Final[Mapping[type[Record], tuple[str, ...]]] = {
    Bill: ("bill.", "clearance."),
    Declaration: ("clearance.",),
    Document: ("document.", "clearance."),
}
"""Acts, by the beginning of their names, that take reading the contents behind a kind of record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What an act concerns, as far as the limits of a power ask."""

    bills: tuple[str, ...] = ()
    """The bills of all the goods; none where some of the goods are under no bill."""
    office: str | None = None
    jurisdiction: str | None = None


def represent(agent: Party, principal: str, view: View, context: Context) -> Party | Refusal:
    """The principal, acting through this agent; a refusal when it has no mandate in force."""
    mandate = view.get(mandate_key(principal, agent.organisation), Mandate)
    if not live_powers(mandate, context.time_ms):
        return codes.NO_MANDATE.refuse(
            "on_behalf_of", agent=agent.organisation, principal=principal, time_ms=str(context.time_ms)
        )
    organisation = active_organisation(view, principal)
    if organisation is None:
        return shared.SUSPENDED.refuse("on_behalf_of", organisation=principal)
    if decides_itself(organisation):
        return codes.AUTHORITY.refuse("on_behalf_of", principal=principal)
    return Party(
        member=agent.member,
        organisation=principal,
        roles=frozenset(organisation.roles),
        jurisdiction=organisation.jurisdiction,
        permissions=agent.permissions,
        agent=agent.organisation,
    )


def check_mandate(call: Call[Any, Any]) -> Refusal | None:
    """Whether the act, when done for another, is within the agent's mandate."""
    agent, principal = call.actor.agent, call.actor.organisation
    if agent is None:
        return None
    facts = {"agent": agent, "principal": principal, "act": call.act}
    mandate = call.view.get(mandate_key(principal, agent), Mandate)
    powers = [p for p in live_powers(mandate, call.context.time_ms) if call.act in p.acts]
    if not powers:
        return codes.NOT_GRANTED.refuse("on_behalf_of", **facts)
    if call.act.startswith(ON_DECLARATIONS) and not is_representative(active_organisation(call.view, agent)):
        return codes.NOT_REPRESENTATIVE.refuse("on_behalf_of", agent=agent, act=call.act)
    matter = _matter(call)
    if matter is None or any(_exceeded(power, matter) is None for power in powers):
        return None
    limit = _exceeded(powers[-1], matter) or ""
    return codes.BEYOND_LIMITS.refuse("on_behalf_of", subject=call.subject, limit=limit, **facts)


def reads_for(
    organisation: str, entitled: tuple[str, ...], record: Record, key: str, view: View, time_ms: int
) -> bool:
    """Whether an organisation may read what is behind a record for one of those entitled to it.

    An agent has to see what it acts on: a power in force for acts on such records, that this one is within,
    will do. Who declares goods also needs their bill and its documents. Who may not act may not read.
    """
    agent = active_organisation(view, organisation)
    if agent is None:
        return False
    opened = OPENED_BY.get(type(record), ())
    kinds = tuple(kind for kind in opened if kind != ON_DECLARATIONS or is_representative(agent))
    matter = _of_record(record, key, view)
    return any(
        _exceeded(power, matter) is None and any(act.startswith(kinds) for act in power.acts)
        for principal in entitled
        if _may_be_represented(principal, view)
        for power in live_powers(view.get(mandate_key(principal, organisation), Mandate), time_ms)
    )


def _may_be_represented(principal: str, view: View) -> bool:
    organisation = active_organisation(view, principal)
    return organisation is not None and not decides_itself(organisation)


def _matter(call: Call[Any, Any]) -> Matter | None:
    """What the act concerns; None while there is neither record nor body to tell."""
    body, record, view = call.body, call.record, call.view
    if isinstance(body, Lodge):
        office = active_organisation(view, body.office)
        country = None if office is None else office.jurisdiction
        bills = _bills_of(view, body.bills, body.containers)
        return Matter(bills=bills, office=body.office, jurisdiction=country)
    if isinstance(body, Register):
        return Matter(bills=_bills_of(view, body.bills, body.containers, body.declarations))
    if isinstance(body, Issue):
        master = None if body.master is None else body.master.bill
        others = (bill for bill in (body.replaces, master) if bill is not None)
        return Matter(bills=(*_named_bill(call.subject), *others))
    if record is not None:
        return _of_record(record, call.subject, view)
    return None if body is None else Matter(bills=_named_bill(call.subject))


def _of_record(record: Record, key: str, view: View) -> Matter:
    if isinstance(record, Declaration):
        bills = _bills_of(view, record.bills, record.containers)
        return Matter(bills=bills, office=record.office, jurisdiction=record.jurisdiction)
    if isinstance(record, Document):
        return Matter(bills=_bills_of(view, record.bills, record.containers, record.declarations))
    if isinstance(record, Container):
        return Matter(bills=record.bills)
    return Matter(bills=_named_bill(key) if isinstance(record, Bill) else ())


def _bills_of(
    view: View, bills: Iterable[str], containers: Iterable[str], declarations: Iterable[str] = ()
) -> tuple[str, ...]:
    """The bills of all these goods, voided ones included; none where some of the goods are under no bill."""
    found, listed = list(bills), list(containers)
    for number in declarations:
        declaration = view.get(declaration_key(number), Declaration)
        if declaration is None:
            return ()
        found += declaration.bills
        listed += declaration.containers
    for number in listed:
        container = view.get(container_key(number), Container)
        if container is None or not container.bills:
            return ()
        found += container.bills
    return tuple(found)


def _named_bill(key: str) -> tuple[str, ...]:
    return (id_of(key),) if key.startswith("bill/") else ()


def _exceeded(power: Power, matter: Matter) -> str | None:
    """The limit of a power that a matter is beyond, in words; None when it is within all."""
    if power.bills and not (matter.bills and set(matter.bills) <= set(power.bills)):
        return "it is limited to certain bills"
    if power.offices and matter.office not in power.offices:
        return f"it is limited to {', '.join(power.offices)}"
    if power.jurisdictions and matter.jurisdiction not in power.jurisdictions:
        return f"it is limited to customs of {', '.join(power.jurisdictions)}"
    return None
