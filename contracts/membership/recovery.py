"""Guards and effects of lost keys: recovery with the key from the safe, and administrators by ballot.

See ADR 0017. That a ballot gives an organisation a new administrator is for
`contracts.governance.standing`; here it takes over, or is vetoed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.membership.model import (
    Answer,
    Member,
    MemberKey,
    MemberState,
    Organisation,
    OrganisationState,
    Permission,
    Recover,
    RevocationReason,
)
from contracts.membership.rules import own_organisation
from contracts.model import Record, id_of, member_key, organisation_key
from contracts.table import Call, Fault, fault

Recovering = Call[Member | None, Recover]
Answering = Call[Organisation, Answer]


def recovers_another(call: Recovering) -> Fault | None:
    """The recovery member makes someone else the administrator."""
    own = id_of(call.subject) == call.actor.member
    return fault("subject", member=call.actor.member) if own else None


def recovered_key_is_new(call: Recovering) -> Fault | None:
    """A member that exists does not have the key yet."""
    known = call.record is not None and any(key.key == call.body.key for key in call.record.keys)
    return fault("body.key") if known else None


def recover(call: Recovering) -> Mapping[str, Record]:
    """The member administers the organisation alone: whoever has the other keys can undo nothing."""
    name = id_of(call.subject).partition("/")[2]
    member = Member(
        organisation=call.actor.organisation,
        name=name,
        state=MemberState.ACTIVE,
        permissions=(Permission.ADMINISTRATOR, Permission.SIGNER),
        keys=(MemberKey(key=call.body.key),),
    )
    return {**_taken_over(call, name, call.body.reason, revoked=True), call.subject: member}


def take_over(call: Answering) -> Mapping[str, Record]:
    """The new administrator takes the place of all others, and of who recovers keys: none of them vetoed."""
    name = call.actor.member.partition("/")[2]
    written = _taken_over(call, name, RevocationReason.KEY_LOST, revoked=False)
    if call.record.recovery is None:
        return written
    key = member_key(f"{call.record.id}/{call.record.recovery}")
    ended = replace(
        call.view.require(key, Member), state=MemberState.REVOKED, reason=RevocationReason.KEY_LOST
    )
    without = replace(written[call.subject], recovery=None)
    return written | {call.subject: without, key: ended}


def veto(call: Answering) -> Mapping[str, Record]:
    """The new administrator will never act."""
    return {call.subject: replace(call.record, replacement=None), **_without_replacement(call)}


def _taken_over(
    call: Call[Any, Any], name: str, reason: RevocationReason, *, revoked: bool
) -> dict[str, Record]:
    """One administrator, the others suspended, and nobody who is to take over any more."""
    organisation = own_organisation(call)
    written: dict[str, Record] = dict(_without_replacement(call)) if revoked else {}
    for other in organisation.administrators:
        key = member_key(f"{organisation.id}/{other}")
        member = call.view.require(key, Member)
        if other != name and member.state is MemberState.ACTIVE:
            written[key] = replace(member, state=MemberState.SUSPENDED, reason=reason)
    regained = organisation.state is OrganisationState.SUSPENDED
    after = replace(organisation, administrators=(name,), replacement=None, regained=regained)
    return written | {organisation_key(organisation.id): after}


def _without_replacement(call: Call[Any, Any]) -> dict[str, Record]:
    """The administrator who was to take over, revoked."""
    organisation = own_organisation(call)
    if organisation.replacement is None:
        return {}
    key = member_key(f"{organisation.id}/{organisation.replacement.member}")
    member = call.view.require(key, Member)
    return {key: replace(member, state=MemberState.REVOKED, reason=RevocationReason.OTHER)}


def replacement_is_pending(call: Answering) -> Fault | None:
    """A quorum decided on a new administrator, who has not taken over yet."""
    return None if call.record.replacement is not None else fault("subject", organisation=call.record.id)


def actor_is_replaced(call: Answering) -> Fault | None:
    """One of the organisation's own who holds a key of before: an administrator, or who recovers keys."""
    organisation, name = _own(call)
    holds = not call.actor.permissions.isdisjoint((Permission.ADMINISTRATOR, Permission.RECOVERY))
    if organisation and holds and not _is_replacement(call, name):
        return None
    return fault("issuer", member=call.actor.member, organisation=id_of(call.subject))


def actor_is_replacement(call: Answering) -> Fault | None:
    """The new administrator on whom the quorum decided."""
    organisation, name = _own(call)
    if organisation and _is_replacement(call, name):
        return None
    return fault("issuer", member=call.actor.member, organisation=id_of(call.subject))


def _own(call: Answering) -> tuple[bool, str]:
    """Whether the subject is the actor's organisation, and the actor's name in it."""
    return id_of(call.subject) == call.actor.organisation, call.actor.member.partition("/")[2]


def _is_replacement(call: Answering, name: str) -> bool:
    return call.record.replacement is not None and call.record.replacement.member == name
