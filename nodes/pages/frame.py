"""What all pages share: the templates, the frame around them, and the headers that they are sent with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

import texts
from nodes.api.state import api_of
from nodes.pages.assets import asset_url
from nodes.pages.formats import FILTERS
from nodes.pages.language import COOKIE, KEPT_S, PARAMETER, language_of
from nodes.pages.leads import bill_lead, declaration_lead
from nodes.pages.names import naming
from nodes.pages.visitors import form_mark, is_secure, visitor_of

TEMPLATES: Final = Path(__file__).parent / "templates"

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every page: nothing inline, nothing from another host, in nobody's frame."""

HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "vary": "Accept, Accept-Language, Cookie",
}
"""Beside those of `nodes.api.guard`, which every answer carries."""

FORM_HEADERS: Final = {"referrer-policy": "same-origin"}
"""For pages with a form: under `no-referrer` browsers send it with the `Origin` of nowhere."""

NAVIGATION: Final = (
    ("overview", "/"),
    ("verify", "/verify"),
    ("queue", "/queue"),
    ("bills", "/bills"),
    ("indicators", "/indicators"),
    ("blocks", "/blocks"),
    ("validators", "/validators"),
    ("organisations", "/organisations"),
    ("governance", "/governance"),
)
"""Name and address of what the navigation leads to; the text is `nav_` and the name."""


MAX_ASKED = 200
"""Characters of a search that the page repeats."""


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": asset_url, "bill_lead": bill_lead, "declaration_lead": declaration_lead}
    made.filters.update(FILTERS)
    return made


ENVIRONMENT: Final = _environment()


def is_for_people(request: Request) -> bool:
    """Whether whoever asks wants a page, as browsers do, and not data."""
    return "text/html" in request.headers.get("accept", "")


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page from a template and the values that it shows."""
    api, language, visitor = api_of(request), language_of(request), visitor_of(request)
    services, said = api.services, texts.load("pages", language)
    html = ENVIRONMENT.get_template(template).render(
        t=said,
        language=language,
        reviewed=said.reviewed,
        languages=[(code, name, _in_language(request, code)) for code, name in texts.LANGUAGES.items()],
        navigation=NAVIGATION,
        path=request.url.path,
        query=_query(request),
        more=lambda cursor: request.url.path + _query(request, after=cursor),
        own_url=f"{request.url.scheme}://{request.headers.get('host', '')}",
        actor=visitor.actor,
        called=naming(api, visitor.actor),
        sign_out_mark=form_mark(api, visitor.token),
        asked=request.query_params.get("q", "")[:MAX_ASKED] if request.url.path == "/search" else "",
        network=services.genesis.name,
        node=f"{services.config.node.organisation}/{services.config.node.name}",
        **values,
    )
    policy = FORM_HEADERS if visitor.actor is not None else {}
    response = HTMLResponse(html, status_code=status, headers={**HEADERS, **policy, **(headers or {})})
    if request.query_params.get(PARAMETER) == language:
        secure = is_secure(request)
        response.set_cookie(COOKIE, language, max_age=KEPT_S, httponly=True, samesite="lax", secure=secure)
    return response


def _in_language(request: Request, language: str) -> str:
    """This page's address, in a language."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return "?" + urlencode([*rest, (PARAMETER, language)])


def _query(request: Request, **more: str) -> str:
    """What selects the rows of this page, without its place among them."""
    kept = [(n, v) for n, v in request.query_params.multi_items() if n not in (PARAMETER, "after")]
    return "?" + urlencode([*kept, *more.items()]) if kept or more else ""
