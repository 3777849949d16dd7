"""Answers that are written piece by piece: exports of whole lists, and event streams.

An export goes through all pages of a list, whatever its length, one page in
memory at a time. CSV is RFC 4180 with a header line; nested values stand in
their cell as JSON, and a text that a spreadsheet would run as a formula begins
with an apostrophe.
"""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from nodes.api.state import Api, reading

C = TypeVar("C")
M = TypeVar("M", bound=BaseModel)


class Format(enum.StrEnum):
    """How a list is answered."""

    PAGE = "page"
    """One page as JSON."""
    JSON = "json"
    """The whole list as one JSON array."""
    CSV = "csv"
    """The whole list as CSV."""


FormatQuery = Annotated[
    Format,
    Query(alias="format", description="`page` is one page; `csv` and `json` the list from the cursor on."),
]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula."""

MEDIA_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.JSON: "application/json"}


class HeldStream(StreamingResponse):
    """A stream that counts against limits as long as it is written."""

    def __init__(
        self, content: AsyncIterator[bytes], *holds: AbstractContextManager[None], **options: Any
    ) -> None:
        super().__init__(content, **options)
        self._holds = holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the stream; raises a limit's problem before anything is sent."""
        with ExitStack() as stack:
            for hold in self._holds:
                stack.enter_context(hold)
            await super().__call__(scope, receive, send)


def export(
    api: Api,
    kind: type[M],
    fetch: Callable[[C], tuple[Sequence[M], C | None]],
    start: C,
    form: Format,
    *,
    head: BaseModel | None = None,
) -> HeldStream:
    """The whole list that `fetch` reads page by page, from `start` on, as a download.

    With a `head`, JSON is an object of its fields and the list as `rows`.
    """
    write = _csv_page if form is Format.CSV else _json_page if head is None else _under(head)
    name = f'attachment; filename="{kind.__name__.lower()}-list.{form.value}"'
    return HeldStream(
        _pages(kind, fetch, start, write),
        api.limits.exports.holding(),
        media_type=MEDIA_TYPES[form],
        headers={"content-disposition": name},
    )


Write = Callable[[type[BaseModel], Sequence[BaseModel], bool, bool], bytes]


async def _pages(
    kind: type[M], fetch: Callable[[C], tuple[Sequence[M], C | None]], start: C, write: Write
) -> AsyncIterator[bytes]:
    cursor: C | None = start
    first = True
    while cursor is not None:

        def page(at: C = cursor, is_first: bool = first) -> tuple[bytes, C | None]:
            rows, following = fetch(at)
            while not rows and following is not None:
                rows, following = fetch(following)
            return write(kind, rows, is_first, following is None), following

        data, cursor = await reading(page)
        first = False
        yield data


def _csv_page(kind: type[BaseModel], rows: Sequence[BaseModel], first: bool, last: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if first:
        writer.writerow(kind.model_fields)
    for row in rows:
        writer.writerow(_cell(value) for value in row.model_dump().values())
    return text.getvalue().encode("utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return msgspec.json.encode(value).decode("utf-8")


def _under(head: BaseModel) -> Write:
    fields = head.model_dump_json().encode("utf-8")[1:-1]
    begin = b"{" + (fields + b"," if fields else b"") + b'"rows":'

    def write(kind: type[BaseModel], rows: Sequence[BaseModel], first: bool, last: bool) -> bytes:
        return (begin if first else b"") + _json_page(kind, rows, first, last) + (b"}" if last else b"")

    return write


def _json_page(kind: type[BaseModel], rows: Sequence[BaseModel], first: bool, last: bool) -> bytes:
    data = b",".join(row.model_dump_json().encode("utf-8") for row in rows)
    return (b"[" if first else b"," if data else b"") + data + (b"]" if last else b"")
