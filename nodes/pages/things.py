"""Pages of one thing each: a bill, a declaration, a container, or any other record; and their evidence."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contracts.catalogue import decode_record
from contracts.clearance.model import Declaration
from contracts.context import Actor, Standing, View
from contracts.model import bill_key, container_key, declaration_key, id_of
from contracts.movement.model import Container
from contracts.relations import unique
from ledger.canonical import encode
from nodes.api import queries, schemas, timelines
from nodes.api.evidence import get_evidence
from nodes.api.parameters import checked_key
from nodes.api.state import Api, reading
from nodes.package_check import ContentsError
from nodes.pages.blocks import read_height
from nodes.pages.histories import handovers, is_complete, number_of, steps
from nodes.pages.models import BillSubject, Covered, Goods, Handover, Step, Subject, Trip
from nodes.pages.names import container_numbers, numbers_of_links
from nodes.pages.qr import qr_code
from nodes.pages.routing import Ask, Form, PageRoute, Rows, Shown, asking, page_routes


async def bill(ask: Ask) -> Shown:
    """A bill: where it stands, who may do what next, and through whose hands it went."""
    key = checked_key(f"bill/{ask.path('bill')}")
    subject = await _subject(ask, key)
    head = BillSubject(**dict(subject), goods=await reading(_goods, ask.api, key, subject, ask.member()))
    rows = Rows(kind=Handover, fetch=handovers(ask.api.services.store, key), start=0, read_cursor=read_height)
    return Shown(template="bill.html", head=head, rows=rows, values=await _extras(ask, key, head))


async def declaration(ask: Ask) -> Shown:
    """A customs declaration: the decision, what stands against it, and how it came about."""
    key = checked_key(f"declaration/{ask.path('declaration')}")
    head = await _subject(ask, key)
    return Shown(
        template="declaration.html", head=head, rows=_steps(ask, key), values=await _extras(ask, key, head)
    )


async def record(ask: Ask) -> Shown:
    """Any record, with its history."""
    key = checked_key(ask.path("key"))
    head = await _subject(ask, key)
    return Shown(
        template="record.html", head=head, rows=_steps(ask, key), values=await _extras(ask, key, head)
    )


async def container(ask: Ask) -> Shown:
    """A container's trip across bills and modes of transport, for whoever it concerns; else its record."""
    key = checked_key(f"container/{ask.path('container')}")
    subject = await _subject(ask, key)
    found = await reading(_timeline, ask.api, key, ask.member())
    moments = () if found is None else found.items
    rows = Rows(
        kind=schemas.Moment,
        fetch=lambda at, limit: (moments[at : at + limit], at + limit if at + limit < len(moments) else None),
        start=0,
        read_cursor=read_height,
    )
    box = subject.record.record
    covering = [*map(bill_key, box.get("bills", ())), *map(declaration_key, box.get("declarations", ()))]
    numbers = await reading(container_numbers, ask.api, [id_of(key)], covering, ask.member())
    head = Trip(
        number=numbers.get(id_of(key)),
        record=subject.record,
        entitled=found is not None,
        complete=subject.complete if found is None else found.complete,
    )
    return Shown(template="container.html", head=head, rows=rows, values=await _extras(ask, key, head))


def _timeline(api: Api, key: str, member: Actor) -> schemas.Timeline | None:
    """A container's timeline; None for whom it does not concern, or who may ask nothing private."""
    if member.standing is Standing.SUSPENDED:
        return None
    try:
        return timelines.timeline(api.services.store, api.services.application, key, member.organisation)
    except ContentsError:
        return None


def _goods(api: Api, key: str, bill: Subject, member: Actor) -> tuple[Goods, ...]:
    """The containers of a bill, each with the declarations that cover it."""
    view = View(api.services.application.state())
    names, found = bill.record.record.get("containers", ()), []
    numbers = container_numbers(api, names, [key], member)
    for name in names:
        box = view.require(container_key(name), Container)
        covering = tuple(_covered(view, declaration) for declaration in box.declarations)
        found.append(
            Goods(
                key=container_key(name),
                number=numbers.get(name),
                state=box.state.value,
                facility=box.facility,
                declarations=covering,
            )
        )
    return tuple(found)


def _covered(view: View, name: str) -> Covered:
    record = view.require(declaration_key(name), Declaration)
    return Covered(
        key=declaration_key(name),
        type=record.type.value,
        state=record.state.value,
        office=record.office,
        holds=unique(hold.authority for hold in record.holds),
    )


async def _subject(ask: Ask, key: str) -> Subject:
    return await reading(subject_of, ask.api, key, ask.member())


def subject_of(api: Api, key: str, member: Actor) -> Subject:
    """A record, what the member may do next, and its number if the member may know it."""
    store, application = api.services.store, api.services.application
    found = queries.record(store, application, key, member, None)
    row = store.record(key)
    number = None if row is None else number_of(store, application, key, row.value, member)
    return Subject(number=number, record=found, complete=is_complete(store, key))


def _steps(ask: Ask, key: str) -> Rows[Step, int]:
    return Rows(kind=Step, fetch=steps(ask.api.services.store, key), start=0, read_cursor=read_height)


async def _extras(ask: Ask, key: str, head: Subject | Trip) -> dict[str, Any]:
    """What only people are shown."""
    if ask.form is not Form.HTML:
        return {}
    it = decode_record(key, encode(head.record.record))
    numbers = await reading(numbers_of_links, ask.api, key, it, ask.member())
    return {"qr": qr_code(key, key), "key": key, "it": it, "numbers": numbers}


async def evidence(request: Request) -> Response:
    """The evidence file of a record, as the API gives it."""
    ask = asking(request, Form.HTML)
    member = ask.member()
    return await get_evidence(checked_key(ask.path("key")), ask.api, member)


ROUTES = [
    *page_routes("/bills/{bill}", bill),
    *page_routes("/declarations/{declaration}", declaration),
    *page_routes("/containers/{container}", container),
    *page_routes("/records/{key:path}", record),
    PageRoute("/evidence/{key:path}", evidence, methods=["GET"]),
]
