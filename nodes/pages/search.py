"""One box for everything: a height, a hash, a number, a party or a place; one hit is gone to at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from contracts.bill.model import Bill
from contracts.catalogue import decode_record, kind_of
from contracts.clearance.model import Declaration
from contracts.context import Actor
from contracts.listings import at_place
from contracts.model import container_key, organisation_key
from nodes.api import problems, queries, schemas
from nodes.api.auth import entrusted
from nodes.api.search import is_organisation, party_matches, private_matches
from nodes.api.state import Api, reading
from nodes.pages.blocks import MAX_HEIGHT_DIGITS
from nodes.pages.histories import number_of
from nodes.pages.lists import NEWEST, read_cursor, write_cursor
from nodes.pages.models import Found, Hit
from nodes.pages.names import organisation_named
from nodes.pages.paths import path_of
from nodes.pages.routing import PAGE_ROWS, Ask, Form, Rows, Shown, page_routes
from nodes.storage import TermKind

Matches = tuple[Sequence[Hit], str | None]
Fetch = Callable[[str, int], Matches]
Read = Callable[[str, int], tuple[Sequence[schemas.Match], str | None]]

LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
"""As written: five small letters are a word."""

HASH: Final = re.compile(r"[0-9a-f]{64}")
RECORD_ID: Final = re.compile(r"[0-9a-f]{32}")

RECORD_KINDS: Final = ("declaration", "container", "document", "proposal")
"""Kinds whose ids have 32 digits."""


async def search(ask: Ask) -> Shown:
    """What was asked for, or where it is."""
    asked = ask.text("q")
    if not asked:
        return Shown(template="search.html", head=Found(asked=""))
    direct = await reading(_direct, ask.api, asked, ask.actor)
    if direct and ask.form is Form.HTML:
        return Shown(template="search.html", elsewhere=direct)
    if ask.actor is None:
        raise problems.UNSIGNED("Only heights and ids of blocks are found by those who are not signed in.")
    kind, party, fetch = await reading(_finder, ask.api, ask.actor, asked)
    if ask.form is Form.HTML and not ask.text("after"):
        found, following = await reading(fetch, "", PAGE_ROWS)
        only = None if following else await reading(_only, ask.api, party, found)
        if only:
            return Shown(template="search.html", elsewhere=only)
    return Shown(
        template="search.html",
        head=Found(asked=asked),
        rows=Rows(kind=Hit, fetch=fetch, start="", read_cursor=str),
        values={"kind": kind, "party": party},
    )


def _direct(api: Api, asked: str, actor: Actor | None) -> str:
    """The page that something can only mean; of records to members only, as the API."""
    store, text = api.services.store, asked.lower()
    if text.isascii() and text.isdigit() and len(text) <= MAX_HEIGHT_DIGITS:
        known = int(text) <= api.services.application.info().height
        return f"/blocks/{int(text)}" if known else ""
    if HASH.fullmatch(text):
        block = store.block_by_id(bytes.fromhex(text))
        if block is not None:
            return f"/blocks/{block.height}"
    return "" if actor is None else _record(api, text)


def _record(api: Api, text: str) -> str:
    store, state = api.services.store, api.services.application.state()
    keys = [text] if "/" in text else []
    if RECORD_ID.fullmatch(text):
        keys = [f"{kind}/{text}" for kind in RECORD_KINDS]
    if HASH.fullmatch(text):
        entry = store.entry_by_statement(bytes.fromhex(text))
        if entry is not None:
            return f"/entries/{entry.index}"
        keys = [f"bill/{text}"]
    known = [key for key in keys if kind_of(key) is not None and state.get(key) is not None]
    return path_of(known[0]) if len(known) == 1 else ""


def _finder(api: Api, member: Actor, asked: str) -> tuple[str, str, Fetch]:
    """What kind of thing is asked for, the organisation if it is one, and what reads the matches."""
    is_place, party = LOCODE.fullmatch(asked) is not None, asked if is_organisation(api, asked) else ""
    party = party or ("" if is_place else organisation_named(api, asked))
    kind = "party" if party else "place" if is_place else "text"
    reads: dict[str, Read] = {
        "party": lambda after, limit: party_matches(api, party, after, limit),
        "place": lambda after, limit: _at_place(api, asked, after, limit),
        "text": lambda after, limit: _by_words(api, member, asked, after, limit),
    }

    def fetch(after: str, limit: int) -> Matches:
        found, following = reads[kind](after, limit)
        return [_hit(api, member, one) for one in found], following

    return kind, party, fetch


def _by_words(
    api: Api, member: Actor, asked: str, after: str, limit: int
) -> tuple[Sequence[schemas.Match], str | None]:
    return private_matches(api, entrusted(member), TermKind.TEXT, asked, after, limit)


def _hit(api: Api, member: Actor, found: schemas.Match) -> Hit:
    """A match with what pages say of it besides."""
    services = api.services
    value = services.application.state().get(found.key)
    number = value and number_of(services.store, services.application, found.key, value, member)
    state = msgspec.json.decode(value).get("state", "") if value else ""
    return Hit(**dict(found), number=number or None, state=state)


def _at_place(api: Api, place: str, after: str, limit: int) -> tuple[Sequence[schemas.Match], str | None]:
    """Bills from, to or through a place and containers there, the newest first."""
    try:
        before = read_cursor(after) if after else NEWEST
    except ValueError:
        raise problems.INVALID("This is not where a page ended.", at="after") from None
    page = api.services.store.search.listed(at_place(place), before, limit, newest_first=True)
    state = api.services.application.state()
    values = ((row.key, state.get(row.key)) for row in page.items)
    found = [queries.match(key, value, "place") for key, value in values if value is not None]
    return found, None if page.next is None else write_cursor(page.next)


def _only(api: Api, party: str, found: Sequence[schemas.Match]) -> str:
    """The page of the one record that a number can mean: of two, the one whose own number it is."""
    if party:
        return path_of(organisation_key(party)) if not found else ""
    own = [match for match in found if match.kind == match.matched]
    if len(found) == 1 or len(own) == 1:
        return path_of((own or list(found))[0].key)
    if found and all(match.matched == TermKind.CONTAINER for match in found):
        containers = {box for match in found for box in _containers(api, match.key)}
        if len(containers) == 1:
            return path_of(container_key(containers.pop()))
    return ""


def _containers(api: Api, key: str) -> tuple[str, ...]:
    value = api.services.application.state().get(key)
    record = None if value is None else decode_record(key, value)
    return record.containers if isinstance(record, Bill | Declaration) else ()


ROUTES = page_routes("/search", search)
