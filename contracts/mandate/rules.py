"""Guards and effects of granting and revoking mandates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.checks import active_organisation, named
from contracts.mandate.model import (
    MAX_POWERS,
    MAX_TERM_MS,
    Grant,
    Mandate,
    MandateState,
    Power,
    Revoke,
)
from contracts.membership.model import AUTHORITIES, Organisation, Role
from contracts.model import Record, id_of, organisation_key
from contracts.table import Call, Fault, fault

Granting = Call[Mandate | None, Grant]
Revoking = Call[Mandate, Revoke]

ON_DECLARATIONS: Final = "clearance."
"""How the names of acts on declarations begin."""

REPRESENTATIVES: Final = (Role.CUSTOMS_BROKER, Role.FORWARDER)
"""Who may act before customs for another."""


def live_powers(mandate: Mandate | None, time_ms: int) -> tuple[Power, ...]:
    """The powers in force at a block time."""
    powers = () if mandate is None else mandate.powers
    return tuple(power for power in powers if time_ms <= power.until_ms)


def decides_itself(organisation: Organisation) -> bool:
    """Whether an organisation is a customs office or agency, for which nobody else can act."""
    return any(role in AUTHORITIES for role in organisation.roles)


def is_representative(organisation: Organisation | None) -> bool:
    """Whether an organisation may act before customs for another."""
    return organisation is not None and any(role in REPRESENTATIVES for role in organisation.roles)


def lists(body: Grant) -> list[tuple[str, tuple[str, ...]]]:
    """The lists in which nothing may appear twice."""
    power = body.power
    return [
        ("body.power.acts", power.acts),
        ("body.power.bills", power.bills),
        ("body.power.offices", power.offices),
        ("body.power.jurisdictions", power.jurisdictions),
    ]


def organisations_named(body: Grant) -> list[tuple[str, str | None]]:
    """The customs offices that a power names, with their fields."""
    return [*named("body.power.offices", body.power.offices)]


def actor_is_principal(call: Granting) -> Fault | None:
    """The subject begins with the actor's organisation."""
    principal, organisation = _pair(call)[0], call.actor.organisation
    return (
        None
        if principal == organisation
        else fault("subject", organisation=organisation, principal=principal)
    )


def agent_is_other(call: Granting) -> Fault | None:
    """Nobody is their own agent."""
    principal, agent = _pair(call)
    return fault("subject", organisation=principal) if principal == agent else None


def agent_is_active(call: Granting) -> Fault | None:
    """The agent is an active organisation."""
    agent = _pair(call)[1]
    return fault("subject", organisation=agent) if active_organisation(call.view, agent) is None else None


def principal_is_no_authority(call: Granting) -> Fault | None:
    """What customs and agencies decide, they decide themselves."""
    organisation = call.view.require(organisation_key(call.actor.organisation), Organisation)
    return fault("issuer", principal=organisation.id) if decides_itself(organisation) else None


def acts_are_delegable(delegable: frozenset[str]) -> Any:
    """A check that every granted act is one of these."""

    def check(call: Granting) -> Fault | None:
        for field, act in named("body.power.acts", call.body.power.acts):
            if act not in delegable:
                return fault(field, act=act)
        return None

    return check


def limits_fit_acts(call: Granting) -> Fault | None:
    """Offices and countries limit acts on declarations, and so go with no other."""
    power = call.body.power
    if not power.offices and not power.jurisdictions:
        return None
    for field, act in named("body.power.acts", power.acts):
        if not act.startswith(ON_DECLARATIONS):
            return fault(field, act=act)
    return None


def agent_represents(call: Granting) -> Fault | None:
    """Acts on declarations are for customs brokers and forwarders."""
    agent = _pair(call)[1]
    if is_representative(active_organisation(call.view, agent)):
        return None
    for field, act in named("body.power.acts", call.body.power.acts):
        if act.startswith(ON_DECLARATIONS):
            return fault(field, act=act, agent=agent)
    return None


def term_is_fair(call: Granting) -> Fault | None:
    """The power ends after block time and within the maximum."""
    now, until = call.context.time_ms, call.body.power.until_ms
    latest = now + MAX_TERM_MS
    if now < until <= latest:
        return None
    return fault("body.power.until_ms", time_ms=str(now), latest_ms=str(latest), until_ms=str(until))


def room_for_power(call: Granting) -> Fault | None:
    """The mandate does not collect powers; those whose time is over make room."""
    if len(live_powers(call.record, call.context.time_ms)) < MAX_POWERS:
        return None
    return fault("body.power", record=call.subject, limit=f"{MAX_POWERS} powers")


def actor_is_concerned(call: Revoking) -> Fault | None:
    """Principal and agent may each end the mandate."""
    mandate, organisation = call.record, call.actor.organisation
    if organisation in (mandate.principal, mandate.agent):
        return None
    return fault("issuer", organisation=organisation, principal=mandate.principal, agent=mandate.agent)


def grant(call: Granting) -> Mapping[str, Record]:
    """One more power; those whose time is over are dropped."""
    principal, agent = _pair(call)
    powers = (*live_powers(call.record, call.context.time_ms), call.body.power)
    mandate = Mandate(principal=principal, agent=agent, state=MandateState.ACTIVE, powers=powers)
    return {call.subject: mandate}


def revoke(call: Revoking) -> Mapping[str, Record]:
    """No power is left; another grant begins anew."""
    mandate = call.record
    ended = Mandate(principal=mandate.principal, agent=mandate.agent, state=MandateState.REVOKED)
    return {call.subject: ended}


def _pair(call: Call[Any, Any]) -> tuple[str, str]:
    """Principal and agent, as the subject names them."""
    principal, _, agent = id_of(call.subject).partition("/")
    return principal, agent
