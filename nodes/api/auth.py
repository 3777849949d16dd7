"""Who asks: a member, proven by the signature of its request (`ledger.requests`).

Statements prove themselves; everything else that is not public needs this. The
answer is the same for a member that does not exist and for one whose key did
not sign. A signature counts only at the node that it was made for: otherwise a
node could pass a member's request on and read what the member may read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from contracts.catalogue import KIND_OF
from contracts.checks import standing_of
from contracts.context import Actor, Standing, View
from contracts.membership.model import Member, MemberState, Organisation, Permission
from contracts.model import member_key, organisation_key
from ledger.errors import EncodingError, LedgerError, SignatureError
from ledger.keys import PublicKey
from ledger.primitives import Hash, TimeMs
from ledger.requests import (
    DIGEST_HEADER,
    INPUT_HEADER,
    MEMBER_HEADER,
    SIGNATURE_HEADER,
    SignedRequest,
    parse_signed_request,
)
from nodes.api import problems
from nodes.api.limits import MAX_CONTENTS_BYTES
from nodes.api.rates import limited
from nodes.api.state import Api, ApiState
from nodes.config import ApiSection

_SIGNED_HEADERS = (MEMBER_HEADER, DIGEST_HEADER, INPUT_HEADER, SIGNATURE_HEADER, "host")

WATCHFUL = (Permission.ADMINISTRATOR, Permission.RECOVERY)
"""Who still reads records while the organisation is suspended, to defend its keys: never contents."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ANY = ("", "0.0.0.0", "::", "[::]")  # noqa: S104  compared with, not bound to


def known_authorities(config: ApiSection, extra: Iterable[str]) -> frozenset[str] | None:
    """The names under which a node is asked: those given, and those of its address.

    None, which accepts every name, when it listens on all addresses or on a port
    that the system chooses and no name is given.
    """
    given = {authority.lower() for authority in extra}
    host = config.host.lower()
    if host in _ANY or config.port == 0:
        return frozenset(given) if given else None
    names = _LOOPBACK if host in (*_LOOPBACK, "::1") else (f"[{host}]" if ":" in host else host,)
    return frozenset(given | {f"{name}:{config.port}" for name in names} | _without_port(names, config.port))


def _without_port(names: Iterable[str], port: int) -> set[str]:
    return set(names) if port in (80, 443) else set()


async def _body(request: Request, api: ApiState) -> AsyncIterator[bytes]:
    limit = MAX_CONTENTS_BYTES if request.method == "PUT" else 0
    async with api.limits.body(request, limit) as data:
        yield data


SignedBody = Annotated[bytes, Depends(_body)]
"""The body that the signature covers."""


async def _member(request: Request, api: ApiState, body: SignedBody) -> Actor:
    signed = _parse(request, body)
    member = signed.request.member
    if api.authorities is not None and signed.request.authority.lower() not in api.authorities:
        raise problems.BAD_SIGNATURE("The request was signed for a node of another name.", at="@authority")
    try:
        signed.check_fresh(api.services.clock.now_ms() // 1000)
    except SignatureError as error:
        raise problems.STALE(f"{error.message}.", at=error.field) from None
    if signed.created_s < api.started_s:
        raise problems.STALE("The request was signed before the node started.", at="created")
    actor = _authenticate(api, signed)
    if request.client is not None and limited(request.client.host) is not None:
        api.members.take(member, api.services.clock.monotonic_s())
    api.nonces.use(member, signed.nonce, api.services.clock.monotonic_s())
    return actor


CurrentMember = Annotated[Actor, Depends(_member)]
"""The member who asks; a route with it answers nobody else."""


async def _maybe_member(request: Request, api: ApiState, body: SignedBody) -> Actor | None:
    return await _member(request, api, body) if SIGNATURE_HEADER in request.headers else None


MaybeMember = Annotated[Actor | None, Depends(_maybe_member)]
"""The member who asks, or None for whoever signs nothing; a signature that does not hold is refused."""


def entrusted(member: CurrentMember) -> Actor:
    """The member, who may ask for what is private; a problem while the organisation is suspended."""
    if member.standing is Standing.SUSPENDED:
        raise problems.FORBIDDEN(f"{member.organisation} is suspended.", at=MEMBER_HEADER)
    return member


EntrustedMember = Annotated[Actor, Depends(entrusted)]
"""The member who asks for what is private: while the organisation is suspended, its caretaker only."""


def _parse(request: Request, body: bytes) -> SignedRequest:
    scope: dict[str, Any] = dict(request.scope)
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    if SIGNATURE_HEADER not in request.headers:
        raise problems.UNSIGNED("The request carries no signature.", at=SIGNATURE_HEADER)
    for name in _SIGNED_HEADERS:
        if len(request.headers.getlist(name)) > 1:
            raise problems.INVALID("The header appears twice.", at=name)
    try:
        return parse_signed_request(
            method=scope["method"],
            authority=request.headers.get("host", ""),
            path=path.decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            body=body,
            headers=request.headers,
        )
    except SignatureError as error:
        raise problems.BAD_SIGNATURE(f"{error.message}.", at=error.field) from None
    except EncodingError as error:
        raise problems.INVALID(f"{error.message}.", at=error.field) from None


def _authenticate(api: Api, signed: SignedRequest) -> Actor:
    """The member that signed, as the contracts see it; the signature is verified."""
    found = _holder(api, signed.request.member, signed.keyid)
    try:
        if found is None:
            raise SignatureError("no such key of the member is known here")
        signed.verify(found[1])
    except LedgerError:
        raise problems.BAD_SIGNATURE(
            "The signature is not that of a current key of the member.", at=SIGNATURE_HEADER
        ) from None
    return _in_good_standing(api, *found)


def current_actor(api: Api, member: str, keyid: Hash) -> Actor | None:
    """A member that proved before that it holds a key, as it is now; None when key or member no longer count.

    Raises the problem `request.forbidden` as for a signed request.
    """
    found = _holder(api, member, keyid)
    return None if found is None else _in_good_standing(api, *found)


def _holder(api: Api, name: str, keyid: Hash) -> tuple[Member, PublicKey] | None:
    """A member with the current key of this thumbprint, if there is one."""
    application, key = api.services.application, member_key(name)
    if not KIND_OF[Member].pattern.match(key):
        return None
    member = View(application.state()).get(key, Member)
    public_key = None if member is None else _current_key(member, keyid, application.context().time_ms)
    return None if member is None or public_key is None else (member, public_key)


def _in_good_standing(api: Api, member: Member, key: PublicKey) -> Actor:
    name = f"{member.organisation}/{member.name}"
    view = View(api.services.application.state())
    organisation = view.require(organisation_key(member.organisation), Organisation)
    if member.state is not MemberState.ACTIVE:
        raise problems.FORBIDDEN(f"{name} is {member.state.value}.", at=MEMBER_HEADER)
    standing = standing_of(member, organisation)
    if standing is Standing.SUSPENDED and frozenset(member.permissions).isdisjoint(WATCHFUL):
        raise problems.FORBIDDEN(f"The organisation of {name} is suspended.", at=MEMBER_HEADER)
    return Actor(
        member=name,
        organisation=organisation.id,
        roles=frozenset(organisation.roles),
        jurisdiction=organisation.jurisdiction,
        key=key,
        permissions=frozenset(member.permissions),
        standing=standing,
    )


def _current_key(member: Member, keyid: Hash, now_ms: TimeMs) -> PublicKey | None:
    for entry in member.keys:
        key = PublicKey.from_text(entry.key)
        if key.thumbprint == keyid and entry.is_valid(now_ms):
            return key
    return None
