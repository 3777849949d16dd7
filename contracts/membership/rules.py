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
    Enrol,
    Member,
    MemberKey,
    MemberState,
    Organisation,
    Permission,
    Revoke,
    Rotate,
    SetAnchors,
    SetContentsKey,
)
from contracts.model import Record, id_of, organisation_key
from contracts.table import Call, Fault, fault
from ledger.certificate import check_path
from ledger.errors import LedgerError
from ledger.hashing import sha256
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


def chain_vouches(call: Call[Any, Any]) -> Fault | None:
    """Where the organisation has anchors, a chain leads from the key to one of them at block time.

    The key that recovers others is bare: it lies in a safe for longer than certificates last.
    """
    organisation, body = own_organisation(call), call.body
    record: Member | None = call.record
    permissions = body.permissions if record is None else record.permissions
    if not organisation.anchors or Permission.RECOVERY in permissions:
        return fault("body.chain", problem="no chain is asked for here") if body.chain else None
    try:
        key, _ = check_path(_chain(body), _anchors(organisation), call.context.time_ms)
    except LedgerError as error:
        return fault(f"body.{error.field}", problem=error.message)
    return None if key.text == body.key else fault("body.key", problem="the certificate is for another key")


def _chain(body: Any) -> list[bytes]:
    return [decode_base64url(text, field=f"chain.{place}") for place, text in enumerate(body.chain)]


def _anchors(organisation: Organisation) -> frozenset[bytes]:
    return frozenset(bytes.fromhex(anchor) for anchor in organisation.anchors)


def _bound(call: Call[Any, Any]) -> MemberKey:
    """The body's key, valid for as long as its chain, if it has one."""
    body = call.body
    if not body.chain:
        return MemberKey(key=body.key)
    chain = _chain(body)
    _, validity = check_path(chain, _anchors(own_organisation(call)), call.context.time_ms)
    return MemberKey(key=body.key, valid_until_ms=validity.until_ms, certificate=sha256(chain[0]).hex())


def key_is_new(call: Rotating) -> Fault | None:
    """The member does not have the key yet, unless another chain renews it."""
    known = not call.body.chain and any(key.key == call.body.key for key in call.record.keys)
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
    if len(own_organisation(call).administrators) < MAX_ADMINISTRATORS:
        return None
    key = organisation_key(call.actor.organisation)
    return fault(field, record=key, limit=f"{MAX_ADMINISTRATORS} administrators")


def recovery_is_alone(call: Enrolling) -> Fault | None:
    """Who recovers keys does nothing else, and there is one: a thief of other keys enrols no second."""
    if Permission.RECOVERY not in call.body.permissions:
        return None
    recovery = own_organisation(call).recovery
    if len(call.body.permissions) == 1 and recovery is None:
        return None
    return fault("body.permissions", organisation=call.actor.organisation, recovery=recovery or "nobody")


def recovery_is_spared(call: OnMember) -> Fault | None:
    """The member is not the one who recovers keys: administrators' keys may be in a thief's hands."""
    return fault("subject", member=id_of(call.subject)) if _recovers(call.record) else None


def caretaker_is_spared(call: Call[Any, Any]) -> Fault | None:
    """The member is not the caretaker: a ballot chose whose key it has, and others wait for what it does."""
    spared = id_of(call.subject).partition("/")[2] != own_organisation(call).caretaker
    return None if spared else fault("subject", member=id_of(call.subject))


def appointed_is_spared(call: OnMember) -> Fault | None:
    """The member is neither the caretaker nor who is to take over, whom others chose."""
    organisation = own_organisation(call)
    heir = None if organisation.replacement is None else organisation.replacement.member
    if call.record.name not in (organisation.caretaker, heir):
        return None
    return fault("subject", member=id_of(call.subject))


def _recovers(member: Member) -> bool:
    return Permission.RECOVERY in member.permissions


def administrator_remains(call: Revoking) -> Fault | None:
    """The organisation keeps an administrator."""
    organisation = own_organisation(call)
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
        keys=(_bound(call),),
    )
    written: dict[str, Record] = {call.subject: member}
    organisation = own_organisation(call)
    if Permission.RECOVERY in member.permissions:
        written[organisation_key(organisation.id)] = replace(organisation, recovery=name)
    return written | _listed(organisation, member)


def rotate(call: Rotating) -> Mapping[str, Record]:
    """The new key becomes current; the others end with the overlap."""
    keys = (*_kept_keys(call), _bound(call))
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
    organisation = own_organisation(call)
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
    used = call.view.get(named_key(call.body.key), NamedKey)
    if used is None:
        return None
    return fault("body.key", purpose=used.purpose.value, organisation=used.organisation)


def set_contents_key(call: Sealing) -> Mapping[str, Record]:
    """Contents are sealed to this key from now on; the key is never to be named again."""
    named = NamedKey(purpose=KeyPurpose.CONTENTS, organisation=call.actor.organisation)
    written = replace(call.record, contents_key=call.body.key)
    return {call.subject: written, named_key(call.body.key): named}


def reinstate(call: OnMember) -> Mapping[str, Record]:
    """The member may act again."""
    member = replace(call.record, state=MemberState.ACTIVE, reason=None)
    return {call.subject: member, **_listed(own_organisation(call), member)}


def _listed(organisation: Organisation, member: Member) -> dict[str, Record]:
    """The organisation with the member among its administrators, if it is one."""
    if Permission.ADMINISTRATOR not in member.permissions:
        return {}
    names = tuple(sorted((*organisation.administrators, member.name)))
    return {organisation_key(organisation.id): replace(organisation, administrators=names)}


def recovery_is_there(call: Call[Organisation, SetAnchors]) -> Fault | None:
    """Who has anchors can recover from the end of all certificates."""
    if not call.body.anchors or call.record.recovery is not None:
        return None
    return fault("body.anchors", organisation=call.record.id)


def set_anchors(call: Call[Organisation, SetAnchors]) -> Mapping[str, Record]:
    """The organisation with its anchors; keys that members have stay valid as they are."""
    return {call.subject: replace(call.record, anchors=call.body.anchors)}


def own_organisation(call: Call[Any, Any]) -> Organisation:
    """The organisation of the one who acts."""
    return call.view.require(organisation_key(call.actor.organisation), Organisation)


def _kept_keys(call: Rotating) -> tuple[MemberKey, ...]:
    """The keys that outlive the rotation, each until its own end or that of the overlap."""
    now, end = call.context.time_ms, call.body.overlap_until_ms
    kept = []
    for key in call.record.keys:
        if key.key == call.body.key:
            continue
        until = end if key.valid_until_ms is None else min(key.valid_until_ms, end)
        if until >= now:
            kept.append(replace(key, valid_until_ms=until))
    return tuple(kept)
