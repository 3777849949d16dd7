"""Who looks at a page: a member whose browser was let in, or anybody.

A browser holds a random text in a cookie that scripts cannot read and that other
sites cannot have sent. Nodes on one machine share their cookies, whatever their
ports, so each names its own. A form carries a mark made from that text, which no
other site can know.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from contracts.context import Actor
from nodes.api import problems
from nodes.api.auth import current_actor
from nodes.api.sessions import SESSION_S
from nodes.api.state import Api, api_of

FORM_S = 600
"""How long the cookie of the form that signs in is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever asks for a page."""

    actor: Actor | None
    """The member, as the contracts see it now; None for anybody else."""
    token: str = ""
    """What the member's browser holds."""


ANYBODY = Visitor(actor=None)


def visitor_of(request: Request) -> Visitor:
    """Who asks. A member who lost the key or the right to read has lost the session too."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is None:
        known = request.state.visitor = _find(request)
    return known


def _find(request: Request) -> Visitor:
    api = api_of(request)
    token = request.cookies.get(session_cookie(request), "")
    session = api.sessions.find(token, api.services.clock.monotonic_s()) if token else None
    if session is None:
        return ANYBODY
    try:
        actor = current_actor(api, session.grant.member, session.grant.key)
    except problems.ApiProblem:
        actor = None
    if actor is None:
        api.sessions.end(token)
        return ANYBODY
    return Visitor(actor=actor, token=token)


def session_cookie(request: Request) -> str:
    """Name of the cookie of a session at this node."""
    return _cookie(request, "session")


def form_cookie(request: Request) -> str:
    """Name of the cookie of a form of this node, for those who are not signed in."""
    return _cookie(request, "form")


def _cookie(request: Request, what: str) -> str:
    services = api_of(request).services
    node = services.config.node
    whole = f"{services.application.info().network.hex()}/{node.organisation}/{node.name}"
    name = f"sealane-{what}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"
    return f"__Host-{name}" if is_secure(request) else name


def is_secure(request: Request) -> bool:
    """Whether the node itself speaks TLS."""
    return request.url.scheme == "https"


def set_cookie(request: Request, response: Response, name: str, value: str, kept_s: int) -> None:
    """Give a browser something to hold: for this node only, out of the reach of scripts and other sites."""
    response.set_cookie(
        name, value, max_age=kept_s, path="/", httponly=True, samesite="strict", secure=is_secure(request)
    )


def begin_session(request: Request, response: Response, token: str) -> None:
    """Have the browser hold what its new session is known by."""
    set_cookie(request, response, session_cookie(request), token, int(SESSION_S))
    response.delete_cookie(form_cookie(request), path="/", secure=is_secure(request), httponly=True)


def end_session(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(session_cookie(request), path="/", secure=is_secure(request), httponly=True)


def new_form() -> str:
    """What the browser of somebody who is not signed in holds for a form."""
    return secrets.token_urlsafe(24)


def form_mark(api: Api, held: str) -> str:
    """The mark of a form that was made for a browser which holds this."""
    return hmac.new(api.form_key, held.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def check_form(request: Request, held: str, mark: str) -> None:
    """Refuse, with `request.forbidden`, a form that another site sent or that is another browser's.

    To the browser the node's own page is one of https also where a proxy ends TLS, and the node speaks http.
    """
    origin, host = request.headers.get("origin", "").lower(), request.headers.get("host", "").lower()
    if origin not in (f"{request.url.scheme}://{host}", f"https://{host}"):
        raise problems.FORBIDDEN("The form was sent from another site.", at="origin")
    expected = form_mark(api_of(request), held)
    if not held or not hmac.compare_digest(expected.encode(), mark.encode("utf-8", "replace")):
        raise problems.FORBIDDEN("The form is not this browser's: load its page again.", at="mark")
