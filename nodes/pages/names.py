"""What pages call organisations and containers: names and numbers that people know, in place of ids.

A name stands on the ledger and need not be the only one of its kind, so pages keep the id
beside it, in its title. A container's number stands in contents: it is shown where this node
can open those of a bill or declaration that covers the container, to whoever may read them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from contracts.catalogue import decode_record
from contracts.clearance.model import Declaration
from contracts.context import Actor, Standing, View
from contracts.membership.model import Organisation
from contracts.model import Record, container_key, organisation_key
from contracts.views import links_of, may_read
from ledger.primitives import decode_hash
from nodes.api.state import Api
from nodes.pages.histories import number_of

Naming = Callable[[str], str]
"""What to call an organisation by its id."""

SCANNED = 500
"""Organisations looked at together."""

MAX_LINKS = 100
"""Records whose numbers are looked up for one page."""

MAX_COVERING = 20
"""Bills and declarations whose contents are opened for one page."""


def naming(api: Api, actor: Actor | None) -> Naming:
    """What to call an organisation by its id: for members as it is called now, else as founded.

    What is no organisation's id is returned as it is.
    """
    founded = {one.id: one.name for one in api.services.genesis.organisations}
    if actor is None:
        return lambda name: founded.get(name, name)
    view = View(api.services.application.state())

    def name_of(name: str) -> str:
        found = view.get(organisation_key(name), Organisation)
        return name if found is None else found.name

    return name_of


def organisation_named(api: Api, name: str) -> str:
    """The id of the one organisation that is called so now, whatever the case; empty for none, or several."""
    wanted, found = name.casefold(), list[str]()
    after: str | None = ""
    while after is not None:
        page = api.services.store.records_like("organisation/", after, SCANNED)
        records = (decode_record(row.key, row.value) for row in page.items)
        found += [
            one.id for one in records if isinstance(one, Organisation) and one.name.casefold() == wanted
        ]
        after = page.next
    return found[0] if len(found) == 1 else ""


def numbers_of_links(api: Api, key: str, record: Record, actor: Actor) -> dict[str, str]:
    """Numbers of the records that a record names, by their keys: those that the actor may know here."""
    services, state = api.services, api.services.application.state()
    links = links_of(record)[:MAX_LINKS]
    found = {}
    for link in links:
        value = state.get(link)
        number = value and number_of(services.store, services.application, link, value, actor)
        if number:
            found[link] = number
    boxes = record.containers if isinstance(record, Declaration) else ()
    numbers = container_numbers(api, boxes, [key], actor)
    return found | {container_key(box): number for box, number in numbers.items()}


def container_numbers(
    api: Api, boxes: Collection[str], covering: Iterable[str], actor: Actor
) -> dict[str, str]:
    """Numbers of containers by their ids, from the contents of the bills and declarations that cover them.

    No more contents are opened than the containers ask for.
    """
    found: dict[str, str] = {}
    if actor.standing is Standing.SUSPENDED:
        return found
    services = api.services
    state, time_ms = services.application.state(), services.application.context().time_ms
    for key in list(covering)[:MAX_COVERING]:
        if found.keys() >= set(boxes):
            break
        value = state.get(key)
        commitment = None if value is None else msgspec.json.decode(value).get("contents")
        if value is None or not isinstance(commitment, str):
            continue
        if may_read(actor.organisation, key, value, state, time_ms):
            found |= services.contents.containers(decode_hash(commitment, field="contents"), key)
    return found
