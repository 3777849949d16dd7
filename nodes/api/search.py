"""Finding records: by number or words in the contents held here, and by party on the ledger.

Contents are private, so what they lead to is shown only to organisations that
are entitled to them; to everyone else it is as if nothing matched. Which
organisation is party to which record stands on the ledger, for every member.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.context import Actor
from contracts.model import organisation_key
from nodes.api import problems, queries, schemas
from nodes.api.auth import CurrentMember, entrusted
from nodes.api.limits import DEFAULT_PAGE, MAX_PAGE
from nodes.api.parameters import Limit
from nodes.api.state import Api, ApiState, reading
from nodes.api.streams import Format, FormatQuery, export
from nodes.storage import MAX_PAGE_ROWS, PrivateMatch, TermKind

router = APIRouter(tags=["search"])

PARTY_KINDS = ("bill", "container", "declaration", "document", "mandate")
"""Kinds of record that have parties, in the order in which they are listed."""

Found = tuple[tuple[schemas.Match, ...], str | None]


@router.get("/v1/search", response_model=schemas.Matches)
async def search(
    api: ApiState,
    member: CurrentMember,
    bill: Annotated[str | None, Query(min_length=1, max_length=200, description="Bill number.")] = None,
    container: Annotated[str | None, Query(min_length=1, max_length=200, description="Number.")] = None,
    declaration: Annotated[str | None, Query(min_length=1, max_length=200, description="Reference.")] = None,
    party: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="An organisation's id, or words of a name."),
    ] = None,
    text: Annotated[str | None, Query(min_length=1, max_length=200, description="Anything.")] = None,
    after: Annotated[str, Query(max_length=200, description="Where the last page ended.")] = "",
    limit: Limit = DEFAULT_PAGE,
    form: FormatQuery = Format.PAGE,
) -> schemas.Matches | Response:
    """Records that match exactly one of `bill`, `container`, `declaration`, `party` and `text`.

    Numbers and words match from their beginning. Of contents, the first thousand matches are looked at.
    """
    asked = {
        TermKind.BILL: bill,
        TermKind.CONTAINER: container,
        TermKind.DECLARATION: declaration,
        TermKind.PARTY: party,
        TermKind.TEXT: text,
    }
    given = [(kind, value) for kind, value in asked.items() if value is not None]
    if len(given) != 1:
        raise problems.INVALID(f"Give exactly one of {', '.join(asked)}.", at="query")
    kind, wanted = given[0]

    def page(at: str, rows: int = MAX_PAGE) -> Found:
        if kind is TermKind.PARTY and is_organisation(api, wanted):
            return party_matches(api, wanted, at, rows)
        return private_matches(api, entrusted(member), kind, wanted, at, rows)

    if form is not Format.PAGE:
        return export(api, schemas.Match, page, after, form)
    items, following = await reading(page, after, limit)
    return schemas.Matches(items=items, next=following)


def is_organisation(api: Api, text: str) -> bool:
    """Whether a text is the id of an organisation."""
    return api.services.application.state().get(organisation_key(text)) is not None


def private_matches(api: Api, member: Actor, kind: TermKind, text: str, after: str, limit: int) -> Found:
    """Records whose contents match, by key, of those that the member's organisation may read."""
    index, application = api.services.store.search, api.services.application
    if kind is TermKind.TEXT:
        found: tuple[PrivateMatch, ...] = index.anything(text, MAX_PAGE_ROWS)
    else:
        found = index.private(kind, text, MAX_PAGE_ROWS)
    matches: list[schemas.Match] = []
    for one in sorted(found, key=lambda one: one.subject):
        shown = one.subject > after and queries.entitled_match(application, one, member.organisation)
        if not shown:
            continue
        if len(matches) == limit:
            return tuple(matches), matches[-1].key
        matches.append(shown)
    return tuple(matches), None


def party_matches(api: Api, organisation: str, after: str, limit: int) -> Found:
    """Records to which an organisation is a party: kind by kind, the newest first."""
    kind, before = _read_cursor(after)
    state, index = api.services.application.state(), api.services.store.search
    matches: list[schemas.Match] = []
    for place in range(PARTY_KINDS.index(kind), len(PARTY_KINDS)):
        page = index.by_party(organisation, PARTY_KINDS[place], before, limit - len(matches))
        values = ((row.key, state.get(row.key)) for row in page.items)
        matches += [queries.match(key, value, TermKind.PARTY) for key, value in values if value is not None]
        before = page.next
        if before is not None:
            return tuple(matches), f"{PARTY_KINDS[place]}~{before[0]}~{before[1]}"
        if len(matches) >= limit and place + 1 < len(PARTY_KINDS):
            return tuple(matches), f"{PARTY_KINDS[place + 1]}~~"
    return tuple(matches), None


def _read_cursor(text: str) -> tuple[str, tuple[int, str] | None]:
    """Where a page of `party_matches` ended: the kind, and the place within it."""
    if not text:
        return PARTY_KINDS[0], None
    kind, _, rest = text.partition("~")
    since, _, key = rest.partition("~")
    number = since.isascii() and since.isdigit() and len(since) <= 15
    if kind not in PARTY_KINDS or (rest.strip("~") and not (number and key)):
        raise problems.INVALID("This is not where a page ended.", at="after")
    return kind, (int(since), key) if since else None
