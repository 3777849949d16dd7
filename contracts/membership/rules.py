"""Guards and effects of membership."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from contracts.governance.model import KeyPurpose, NamedKey, named_key
from contracts.membership.model import (
    MAX_ADMINISTRATORS,
    MAX_MEMBER_KEYS,
    MAX_OVERLAP_MS,
    Enrol,
    Member,
    MemberKey,
    MemberState,
    Organisation,
    Permission,
    Revoke,
    Rotate,
    SetContentsKey,
)
from contracts.model import Record, id_of, organisation_key
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


def same_organisation(call: Call[Any, Any]) -> Fault | None:
    """The subject member belongs to the actor's organisation."""
    organisation = id_of(call.subject).partition("/")[0]
    if organisation == call.actor.organisation:
        return None
    return fault("subject", member=call.actor.member, organisation=organisation)


def own_or_administered(call: OnMember) -> Fault | None:
    """The member itself, or an administrator of its organisation."""
    if id_of(call.subject) == call.actor.member:
        return None
    administers = Permission.ADMINISTRATOR in call.actor.permissions
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
    if Permission.ADMINISTRATOR not in call.body.permissions:
        return None
    if len(_organisation(call).administrators) < MAX_ADMINISTRATORS:
        return None
    key = organisation_key(call.actor.organisation)
    return fault("body.permissions", record=key, limit=f"{MAX_ADMINISTRATORS} administrators")


def administrator_remains(call: Revoking) -> Fault | None:
    """The organisation keeps an administrator."""
    organisation = _organisation(call)
    if organisation.administrators != (call.record.name,):
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
    if Permission.ADMINISTRATOR in member.permissions:
        organisation = _organisation(call)
        names = tuple(sorted((*organisation.administrators, name)))
        written[organisation_key(organisation.id)] = msgspec.structs.replace(
            organisation, administrators=names
        )
    return written


def rotate(call: Rotating) -> Mapping[str, Record]:
    """The new key becomes current; the others end with the overlap."""
    keys = (*_kept_keys(call), MemberKey(key=call.body.key))
    return {call.subject: msgspec.structs.replace(call.record, keys=keys)}


def revoke(call: Revoking) -> Mapping[str, Record]:
    """The member can never act again."""
    member = msgspec.structs.replace(call.record, state=MemberState.REVOKED, reason=call.body.reason)
    written: dict[str, Record] = {call.subject: member}
    organisation = _organisation(call)
    if member.name in organisation.administrators:
        names = tuple(name for name in organisation.administrators if name != member.name)
        written[organisation_key(organisation.id)] = msgspec.structs.replace(
            organisation, administrators=names
        )
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
    written = msgspec.structs.replace(call.record, contents_key=call.body.key)
    return {call.subject: written, named_key(_key_bytes(call)): named}


def _key_bytes(call: Sealing) -> bytes:
    return decode_base64url(call.body.key, field="body.key")


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
