"""Lists of records: bills, and what waits at customs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from contracts.catalogue import decode_record
from contracts.clearance.model import Declaration, Hold
from contracts.context import Actor
from contracts.listings import listings_of, waiting_at
from contracts.membership.model import Organisation, Role
from contracts.views import summary
from ledger.primitives import MAX_SAFE_INTEGER
from nodes.api import problems, schemas
from nodes.api.state import Api, reading
from nodes.pages.histories import number_of
from nodes.pages.models import Line, OpenHold, Queue, Waiting
from nodes.pages.names import SCANNED
from nodes.pages.routing import Ask, Rows, Shown, page_routes
from nodes.storage.records import LAST_CHARACTER

Cursor = tuple[int, str]
"""Where a list was read to: the entry that made a party one, or the time of a record, and the record."""

NEWEST: Final[Cursor] = (MAX_SAFE_INTEGER, LAST_CHARACTER)
"""Where such a list begins."""

OLDEST: Final[Cursor] = (-1, "")
"""Where a list begins that puts first what was made first."""


def read_cursor(text: str) -> Cursor:
    """A cursor from an address; raises ValueError."""
    since, separator, key = text.partition("~")
    if not (separator and since.isascii() and since.isdigit() and len(since) <= 15):
        raise ValueError(text)
    return int(since), key


def write_cursor(cursor: Cursor) -> str:
    """A cursor for an address."""
    return f"{cursor[0]}~{cursor[1]}"


async def bills(ask: Ask) -> Shown:
    """The bills to which the reader's organisation is a party, the newest first."""
    api, member = ask.api, ask.member()

    def fetch(before: Cursor, limit: int) -> tuple[Sequence[Line], Cursor | None]:
        page = api.services.store.search.by_party(member.organisation, "bill", before, limit)
        lines = (line_of(api, row.key, member) for row in page.items)
        return [line for line in lines if line is not None], page.next

    rows = Rows(kind=Line, fetch=fetch, start=NEWEST, read_cursor=read_cursor, write_cursor=write_cursor)
    return Shown(template="bills.html", rows=rows)


def line_of(api: Api, key: str, member: Actor) -> Line | None:
    """A record in a list; None when it is gone."""
    services = api.services
    value = services.application.state().get(key)
    if value is None:
        return None
    said = summary(decode_record(key, value))
    record = msgspec.json.decode(value)
    return Line(
        key=key,
        kind=key.partition("/")[0],
        number=number_of(services.store, services.application, key, value, member),
        title=said["title"],
        status=said.get("status", ""),
        changed_ms=record["changed_ms"],
        record=record,
    )


async def queue(ask: Ask) -> Shown:
    """What waits at a customs office: its undecided declarations, and decided ones whose goods are held.

    What was lodged first comes first.
    """
    api, member = ask.api, ask.member()
    offices = await reading(customs_offices, api)
    office = ask.text("office") or (member.organisation if member.organisation in offices else "")
    office = office or next(iter(offices), "")
    if office not in offices:
        raise problems.NOT_FOUND(f"{office or 'No organisation'} is a customs office here.", at="office")
    tip = api.services.application.info()
    as_of = schemas.AsOf(height=tip.height, time_ms=tip.header.time_ms)

    def fetch(after: Cursor, limit: int) -> tuple[Sequence[Waiting], Cursor | None]:
        index = api.services.store.search
        page = index.listed(waiting_at(office), after, limit, newest_first=False)
        found = (waiting(api, row.key, office, member, as_of.time_ms) for row in page.items)
        return [one for one in found if one is not None], page.next

    rows = Rows(kind=Waiting, fetch=fetch, start=OLDEST, read_cursor=read_cursor, write_cursor=write_cursor)
    return Shown(
        template="queue.html",
        head=Queue(office=office, as_of=as_of),
        rows=rows,
        values={"offices": offices, "office": office},
    )


def waiting(api: Api, key: str, office: str, member: Actor, now_ms: int) -> Waiting | None:
    """A declaration of an office that somebody waits for; None for any other."""
    services = api.services
    value = services.application.state().get(key)
    record: Any = None if value is None else decode_record(key, value)
    if value is None or not isinstance(record, Declaration) or waiting_at(office) not in listings_of(record):
        return None
    return Waiting(
        key=key,
        number=number_of(services.store, services.application, key, value, member),
        type=record.type.value,
        state=record.state.value,
        office=record.office,
        declarant=record.declarant,
        representative=record.representative,
        lane=None if record.routing is None else record.routing.lane.value,
        holds=tuple(_hold(hold) for hold in record.holds),
        open_queries=sum(query.answer is None for query in record.queries),
        awaits_goods=record.awaits_goods,
        created_ms=record.created_ms,
        waiting_ms=max(0, now_ms - record.created_ms),
        changed_ms=record.changed_ms,
        bills=len(record.bills),
        containers=len(record.containers),
    )


def _hold(hold: Hold) -> OpenHold:
    return OpenHold(
        name=hold.id, authority=hold.authority, reason=hold.reason.value, placed_ms=hold.placed_ms
    )


def customs_offices(api: Api) -> dict[str, str]:
    """The customs offices of the network by id, with their names."""
    found: dict[str, str] = {}
    after: str | None = "organisation/"
    while after is not None:
        page = api.services.store.records_like("organisation/", after, SCANNED)
        for row in page.items:
            record = decode_record(row.key, row.value)
            if isinstance(record, Organisation) and Role.CUSTOMS in record.roles:
                found[record.id] = record.name
        after = page.next
    return found


ROUTES = [*page_routes("/bills", bills), *page_routes("/queue", queue)]
