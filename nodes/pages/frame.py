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

NAVIGATION: Final = (("overview", "/"), ("blocks", "/blocks"))
"""Name and address of what the navigation leads to; the text is `nav_` and the name."""


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset_url
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
    services, language = api_of(request).services, language_of(request)
    said = texts.load("pages", language)
    html = ENVIRONMENT.get_template(template).render(
        t=said,
        language=language,
        reviewed=said.reviewed,
        languages=[(code, name, _in_language(request, code)) for code, name in texts.LANGUAGES.items()],
        navigation=NAVIGATION,
        path=request.url.path,
        network=services.genesis.name,
        node=f"{services.config.node.organisation}/{services.config.node.name}",
        **values,
    )
    response = HTMLResponse(html, status_code=status, headers={**HEADERS, **(headers or {})})
    if request.query_params.get(PARAMETER) == language:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, language, max_age=KEPT_S, httponly=True, samesite="lax", secure=secure)
    return response


def _in_language(request: Request, language: str) -> str:
    """This page's address, in a language."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return "?" + urlencode([*rest, (PARAMETER, language)])
