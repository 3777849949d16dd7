"""Guards and effects of membership."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.governance.model import KeyPurpose, NamedKey, named_key
from contracts.membership.model import (
    MAX_ADMINISTRATORS,
    MAX_MEMBER_KEYS,
    MAX_OVERLAP_MS,
    Answer,
    Enrol,
    Member,
    MemberKey,
    MemberState,
    Organisation,
    Permission,
    Recover,
    RevocationReason,
    Revoke,
    Rotate,
    SetContentsKey,
)
from contracts.model import Record, id_of, member_key, organisation_key
from contracts.table import Call, Fault, fault
from ledger.errors import LedgerError
from ledger.keys import PublicKey
from ledger.primitives import decode_base64url
from ledger.sealing import contents_key_from_text

OnMember = Call[Member, Any]
Enrolling = Call[None, Enrol]
Rotating = Call[Member, Rotate]
Revoking = Call[Member, Revoke]
Sealing = Call[Organisation, SetContentsKey]
Recovering = Call[Member | None, Recover]
Answering = Call[Organisation, Answer]


def same_organisation(call: Call[Any, Any]) -> Fault | None:
    """The subject member belongs to the actor's organisation."""
    organisation = id_of(call.subject).partition("/")[0]
    if organisation == call.actor.organisation:
        return None
    return fault("subject", member=call.actor.member, organisation=organisation)


def own_or_administered(call: OnMember) -> Fault | None:
    """The member itself, or an administrator of its organisation; the recovery member only itself."""
    if id_of(call.subject) == call.actor.member:
        return None
    administers = Permission.ADMINISTRATOR in call.actor.permissions and not _recovers(call.record)
    if administers and call.record.organisation == call.actor.organisation:
        return None
    return fault("subject", member=call.actor.member)


def key_is_good(call: Call[Any, Any]) -> Fault | None:
    """The body's key is a point of P-256."""
    try:
        PublicKey.from_text(call.body.key)
    except LedgerError:
        return fault("body.key")
    return None


def key_is_new(call: Rotating) -> Fault | None:
    """The member does not have the key yet."""
    known = any(key.key == call.body.key for key in call.record.keys)
    return fault("body.key") if known else None


def overlap_is_short(call: Rotating) -> Fault | None:
    """The overlap ends within the maximum."""
    latest = call.context.time_ms + MAX_OVERLAP_MS
    if call.body.overlap_until_ms <= latest:
        return None
    return fault(
        "body.overlap_until_ms", latest_ms=str(latest), overlap_until_ms=str(call.body.overlap_until_ms)
    )


def room_for_key(call: Rotating) -> Fault | None:
    """The member does not collect keys."""
    if len(_kept_keys(call)) < MAX_MEMBER_KEYS:
        return None
    return fault("body.key", record=call.subject, limit=f"{MAX_MEMBER_KEYS} valid keys")


def room_for_administrator(call: Enrolling) -> Fault | None:
    """The organisation has room for one more administrator, when the new member is one."""
    return _room_for(call, call.body.permissions, "body.permissions")


def room_to_reinstate(call: OnMember) -> Fault | None:
    """The same, when the suspended member is one."""
    return _room_for(call, call.record.permissions, "subject")


def _room_for(call: Call[Any, Any], permissions: tuple[Permission, ...], field: str) -> Fault | None:
    if Permission.ADMINISTRATOR not in permissions:
        return None
    if len(_organisation(call).administrators) < MAX_ADMINISTRATORS:
        return None
    key = organisation_key(call.actor.organisation)
    return fault(field, record=key, limit=f"{MAX_ADMINISTRATORS} administrators")


def recovery_is_alone(call: Enrolling) -> Fault | None:
    """Who recovers keys does nothing else, and there is one: a thief of other keys enrols no second."""
    if Permission.RECOVERY not in call.body.permissions:
        return None
    recovery = _organisation(call).recovery
    if len(call.body.permissions) == 1 and recovery is None:
        return None
    return fault("body.permissions", organisation=call.actor.organisation, recovery=recovery or "nobody")


def recovery_is_spared(call: OnMember) -> Fault | None:
    """The member is not the one who recovers keys: administrators' keys may be in a thief's hands."""
    return fault("subject", member=id_of(call.subject)) if _recovers(call.record) else None


def recovers_another(call: Recovering) -> Fault | None:
    """The recovery member makes someone else the administrator."""
    own = id_of(call.subject) == call.actor.member
    return fault("subject", member=call.actor.member) if own else None


def recovered_key_is_new(call: Recovering) -> Fault | None:
    """A member that exists does not have the key yet."""
    known = call.record is not None and any(key.key == call.body.key for key in call.record.keys)
    return fault("body.key") if known else None


def _recovers(member: Member) -> bool:
    return Permission.RECOVERY in member.permissions


def administrator_remains(call: Revoking) -> Fault | None:
    """The organisation keeps an administrator."""
    organisation = _organisation(call)
    if organisation.administrators != (call.record.name,) or organisation.recovery is not None:
        return None
    return fault("subject", member=id_of(call.subject), organisation=organisation.id)


def enrol(call: Enrolling) -> Mapping[str, Record]:
    """A new member; an administrator is also listed by its organisation."""
    name = id_of(call.subject).partition("/")[2]
    member = Member(
        organisation=call.actor.organisation,
        name=name,
        state=MemberState.ACTIVE,
        permissions=tuple(sorted(call.body.permissions)),
        keys=(MemberKey(key=call.body.key),),
    )
    written: dict[str, Record] = {call.subject: member}
    organisation = _organisation(call)
    if Permission.RECOVERY in member.permissions:
        written[organisation_key(organisation.id)] = replace(organisation, recovery=name)
    return written | _listed(organisation, member)


def rotate(call: Rotating) -> Mapping[str, Record]:
    """The new key becomes current; the others end with the overlap."""
    keys = (*_kept_keys(call), MemberKey(key=call.body.key))
    return {call.subject: replace(call.record, keys=keys)}


def revoke(call: Revoking) -> Mapping[str, Record]:
    """The member can never act again."""
    return _ended(call, MemberState.REVOKED)


def suspend(call: Revoking) -> Mapping[str, Record]:
    """The member cannot act until it is reinstated."""
    return _ended(call, MemberState.SUSPENDED)


def _ended(call: Revoking, state: MemberState) -> Mapping[str, Record]:
    member = replace(call.record, state=state, reason=call.body.reason)
    written: dict[str, Record] = {call.subject: member}
    organisation = _organisation(call)
    if member.name in organisation.administrators:
        names = tuple(name for name in organisation.administrators if name != member.name)
        written[organisation_key(organisation.id)] = replace(organisation, administrators=names)
    return written


def contents_key_is_good(call: Sealing) -> Fault | None:
    """What is sealed to the key can be opened by nobody who merely knows the key."""
    try:
        contents_key_from_text(call.body.key)
    except LedgerError:
        return fault("body.key")
    return None


def contents_key_is_new(call: Sealing) -> Fault | None:
    """The key was never named on this ledger, by anyone for anything."""
    used = call.view.get(named_key(_key_bytes(call)), NamedKey)
    if used is None:
        return None
    return fault("body.key", purpose=used.purpose.value, organisation=used.organisation)


def set_contents_key(call: Sealing) -> Mapping[str, Record]:
    """Contents are sealed to this key from now on; the key is never to be named again."""
    named = NamedKey(purpose=KeyPurpose.CONTENTS, organisation=call.actor.organisation)
    written = replace(call.record, contents_key=call.body.key)
    return {call.subject: written, named_key(_key_bytes(call)): named}


def _key_bytes(call: Sealing) -> bytes:
    return decode_base64url(call.body.key, field="body.key")


def reinstate(call: OnMember) -> Mapping[str, Record]:
    """The member may act again."""
    member = replace(call.record, state=MemberState.ACTIVE, reason=None)
    return {call.subject: member, **_listed(_organisation(call), member)}


def _listed(organisation: Organisation, member: Member) -> dict[str, Record]:
    """The organisation with the member among its administrators, if it is one."""
    if Permission.ADMINISTRATOR not in member.permissions:
        return {}
    names = tuple(sorted((*organisation.administrators, member.name)))
    return {organisation_key(organisation.id): replace(organisation, administrators=names)}


# ----- keys that were lost -----------------------------------------------------


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
    """The new administrator takes the place of all others."""
    name = call.actor.member.partition("/")[2]
    return _taken_over(call, name, RevocationReason.KEY_LOST, revoked=False)


def veto(call: Answering) -> Mapping[str, Record]:
    """The new administrator will never act."""
    return {call.subject: replace(call.record, replacement=None), **_without_replacement(call)}


def _taken_over(
    call: Call[Any, Any], name: str, reason: RevocationReason, *, revoked: bool
) -> dict[str, Record]:
    """One administrator, the others suspended, and nobody who is to take over any more."""
    organisation = _organisation(call)
    written: dict[str, Record] = dict(_without_replacement(call)) if revoked else {}
    for other in organisation.administrators:
        if other != name:
            key = member_key(f"{organisation.id}/{other}")
            member = call.view.require(key, Member)
            written[key] = replace(member, state=MemberState.SUSPENDED, reason=reason)
    after = replace(organisation, administrators=(name,), replacement=None)
    return written | {organisation_key(organisation.id): after}


def _without_replacement(call: Call[Any, Any]) -> dict[str, Record]:
    """The administrator who was to take over, revoked."""
    organisation = _organisation(call)
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


def _organisation(call: Call[Any, Any]) -> Organisation:
    return call.view.require(organisation_key(call.actor.organisation), Organisation)


def _kept_keys(call: Rotating) -> tuple[MemberKey, ...]:
    """The keys that outlive the rotation, each until its own end or that of the overlap."""
    now, end = call.context.time_ms, call.body.overlap_until_ms
    kept = []
    for key in call.record.keys:
        until = end if key.valid_until_ms is None else min(key.valid_until_ms, end)
        if until >= now:
            kept.append(MemberKey(key=key.key, valid_until_ms=until))
    return tuple(kept)
