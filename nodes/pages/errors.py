"""What went wrong, as a page where a page was asked for; data keeps its problem documents."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from nodes.api.problems import MEDIA_TYPE, ProblemBody
from nodes.pages.frame import is_for_people, render

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

_API = ("/v1/", "/static/")


def with_pages(handlers: Mapping[Any, Handler]) -> dict[Any, Handler]:
    """The same handlers, whose answers to people are pages."""
    return {kind: _for_people(handler) for kind, handler in handlers.items()}


def _for_people(handler: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        response = await handler(request, error)
        if request.url.path.startswith(_API) or not is_for_people(request):
            return response
        if response.media_type != MEDIA_TYPE:
            return response
        problem = msgspec.json.decode(bytes(response.body), type=ProblemBody)
        kept = {name: response.headers[name] for name in ("retry-after", "allow") if name in response.headers}
        return render(request, "error.html", status=problem.status, headers=kept, problem=problem)

    return handle
