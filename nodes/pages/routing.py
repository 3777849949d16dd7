"""Addresses of pages, each as HTML for people, and as JSON and CSV for whoever wants to count.

A page is one function from what is asked to what is shown. Its JSON is an object
of the page's own facts with all rows, its CSV all rows; both are written piece
by piece and leave nothing out.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from contracts.context import Actor
from nodes.api import problems
from nodes.api.rates import limited
from nodes.api.state import Api, api_of, reading
from nodes.api.streams import Format, export
from nodes.pages.frame import is_for_people, render
from nodes.pages.visitors import visitor_of

C = TypeVar("C")
M = TypeVar("M", bound=BaseModel)

MAX_TEXT = 200
"""Characters of one parameter."""


class NoFacts(BaseModel):
    """The head of a page that is nothing but its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[M, C]):
    """The rows of a page, read page by page."""

    kind: type[M]
    fetch: Callable[[C, int], tuple[Sequence[M], C | None]]
    """From where rows were read to, and how many are wanted, to the next ones, and where to go on."""
    start: C
    read_cursor: Callable[[str], C]
    """From a cursor in an address; raises ValueError."""
    write_cursor: Callable[[C], str] = str
    """The same the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows."""

    template: str
    head: BaseModel = field(default_factory=NoFacts)
    """The page's own facts, as JSON has them."""
    rows: Rows[Any, Any] | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """What only the template needs beside `head`, `rows` and `following`."""
    elsewhere: str = ""
    """Where people are sent instead."""


class Form(enum.StrEnum):
    """How a page is asked for."""

    HTML = ""
    JSON = ".json"
    CSV = ".csv"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a page."""

    request: Request
    form: Form

    @property
    def api(self) -> Api:
        """The parts of the node's API."""
        return api_of(self.request)

    @property
    def actor(self) -> Actor | None:
        """The member who asks; None for anybody else."""
        return visitor_of(self.request).actor

    def member(self) -> Actor:
        """The member who asks; the problem `request.unsigned` for anybody else."""
        if self.actor is None:
            raise problems.UNSIGNED("This page is for members who signed in.", at="cookie")
        return self.actor

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def text(self, name: str) -> str:
        """A parameter without blanks around it, empty when not given; `request.invalid` when too long."""
        value = self.request.query_params.get(name, "").strip()
        if len(value) > MAX_TEXT:
            raise problems.INVALID(f"At most {MAX_TEXT} characters are taken.", at=name)
        return value


Page = Callable[[Ask], Awaitable[Shown]]

PAGE_ROWS = 50
"""Rows of a list in one view."""
DATA_ROWS = 1_000
"""Rows read at a time for a download."""


class PageRoute(Route):
    """A route of the pages, counted under its path like the API's."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route."""
        match, found = super().matches(scope)
        return match, {**found, "route": self}


class BrowserRoute(PageRoute):
    """One that exists only for those who ask for HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but no match for a client that wants data."""
        if scope["type"] == "http" and not is_for_people(Request(scope)):
            return Match.NONE, {}
        return super().matches(scope)


def page_routes(path: str, page: Page) -> list[Route]:
    """The three addresses of a page. Data comes first: the last part of an address may hold a dot."""
    forms = (Form.JSON, Form.CSV, Form.HTML)
    return [PageRoute(f"{path}{form.value}", answering(page, form), methods=["GET"]) for form in forms]


def answering(page: Page, form: Form) -> Callable[[Request], Awaitable[Response]]:
    """What answers requests for a page in one form."""

    async def answer(request: Request) -> Response:
        ask = asking(request, form)
        shown = await page(ask)
        if form is Form.HTML:
            return await _html(ask, shown)
        return _download(ask, shown)

    return answer


def asking(request: Request, form: Form) -> Ask:
    """A request for a page; a member's are held to the same rate as its signed ones."""
    ask = Ask(request, form)
    if ask.actor is not None and request.client is not None and limited(request.client.host) is not None:
        ask.api.members.take(ask.actor.member, ask.api.services.clock.monotonic_s())
    return ask


async def _html(ask: Ask, shown: Shown) -> Response:
    if shown.elsewhere:
        return Response(status_code=303, headers={"location": shown.elsewhere})
    found: Sequence[BaseModel] = ()
    following, begun = None, False
    if shown.rows is not None:
        at = ask.text("after")
        begun = bool(at)
        try:
            cursor = shown.rows.read_cursor(at) if begun else shown.rows.start
        except ValueError:
            raise problems.INVALID("This is not where a page ended.", at="after") from None
        found, after = await reading(shown.rows.fetch, cursor, PAGE_ROWS)
        following = None if after is None else shown.rows.write_cursor(after)
    return render(
        ask.request,
        shown.template,
        head=shown.head,
        rows=found,
        following=following,
        begun=begun,
        **shown.values,
    )


def _download(ask: Ask, shown: Shown) -> Response:
    if shown.rows is None and ask.form is Form.JSON:
        return Response(shown.head.model_dump_json(), media_type="application/json")
    rows = shown.rows or _one_row(shown.head)
    form = Format.CSV if ask.form is Form.CSV else Format.JSON
    return export(ask.api, rows.kind, lambda at: rows.fetch(at, DATA_ROWS), rows.start, form, head=shown.head)


def _one_row(head: BaseModel) -> Rows[Any, Any]:
    """The facts of a page that has no rows, as its one row."""
    return Rows(kind=type(head), fetch=lambda _at, _limit: ([head], None), start=0, read_cursor=int)
