"""What went wrong, as a page where a page was asked for; data keeps its problem documents.

Limits and faults are told in the reader's language, with what to do. Those that are met before a
request has an address (`nodes.api.guard`) have a page without the frame: it reads nothing of the
node and asks nothing of its session, since whoever exceeds a limit must not make the node work.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

import texts
from nodes.api.problems import MEDIA_TYPE, ApiProblem, ProblemBody
from nodes.pages.frame import ENVIRONMENT, HEADERS, is_for_people, render
from nodes.pages.language import language_of

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

_API = ("/v1/", "/static/")

_KEPT = ("allow", "connection", "retry-after")
"""Headers of a problem that its page has too."""

LIMITS: Final = MappingProxyType(
    {
        **{400: "unread", 408: "too_slow", 410: "pruned", 413: "too_large", 429: "too_many", 431: "head"},
        **{500: "fault", 503: "busy"},
    }
)
"""What the texts about a limit or fault are called, by status: `limit_title_` and `limit_advice_` with it."""


def with_pages(handlers: Mapping[Any, Handler]) -> dict[Any, Handler]:
    """The same handlers, whose answers to people are pages."""
    return {kind: _for_people(handler) for kind, handler in handlers.items()}


def answer_to(scope: Scope, problem: ApiProblem) -> Response:
    """The answer to a request that came to no address: a page without the frame, or the problem document."""
    response, request = problem.response(), Request(scope)
    if not _wants_page(request, response):
        return response
    language = language_of(request)
    said = texts.load("pages", language)
    html = ENVIRONMENT.get_template("bare.html").render(
        t=said, language=language, reviewed=said.reviewed, **_values(problem.body, response)
    )
    return HTMLResponse(html, status_code=problem.body.status, headers={**HEADERS, **_kept(response)})


def _for_people(handler: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        response = await handler(request, error)
        if not _wants_page(request, response):
            return response
        problem = msgspec.json.decode(bytes(response.body), type=ProblemBody)
        return render(
            request,
            "error.html",
            status=problem.status,
            headers=_kept(response),
            **_values(problem, response),
        )

    return handle


def _wants_page(request: Request, response: Response) -> bool:
    api = request.scope["path"].startswith(_API)
    return not api and is_for_people(request) and response.media_type == MEDIA_TYPE


def _values(problem: ProblemBody, response: Response) -> dict[str, object]:
    return {
        "problem": problem,
        "limit": LIMITS.get(problem.status),
        "seconds": response.headers.get("retry-after", ""),
    }


def _kept(response: Response) -> dict[str, str]:
    return {name: response.headers[name] for name in _KEPT if name in response.headers}
