"""The parts of records that indicators need, read in batches.

A record is a kilobyte or two and the parts a tenth of it: to decode no more than them
is what makes thirty days of a busy port a matter of a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from contracts.milestones import DISCHARGES
from contracts.model import country_of
from contracts.movement.events import ANYWHERE, EVENTS
from nodes.storage import MAX_PAGE_ROWS, Store

P = TypeVar("P")

_FROM_AFAR = frozenset(event.value for event, row in EVENTS.items() if row.states == ANYWHERE)
"""Events that say nothing of where the container is."""

_DISCHARGES = frozenset(event.value for event in DISCHARGES)


class EventPart(msgspec.Struct, frozen=True, gc=False):
    """Of an event of a container."""

    event: str
    facility: str
    event_ms: int


class ContainerPart(msgspec.Struct, frozen=True, gc=False):
    """Of a container."""

    operator: str
    events: tuple[EventPart, ...] = ()
    bills: tuple[str, ...] = ()
    declarations: tuple[str, ...] = ()

    def discharges(self, country: str) -> Iterator[int]:
        """Times at which it was taken off a vessel, train or barge in a country, among its latest events."""
        for event in self.events:
            if event.event in _DISCHARGES and country_of(event.facility) == country:
                yield event.event_ms

    def reached_ms(self, place: str) -> int | None:
        """When it was first at a place, among its latest events."""
        times = (one.event_ms for one in self.events if one.facility == place and one.event not in _FROM_AFAR)
        return min(times, default=None)


class DeclarationPart(msgspec.Struct, frozen=True, gc=False):
    """Of a declaration."""

    type: str
    office: str
    jurisdiction: str
    declarant: str
    bills: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    released_ms: int | None = None


class SurrenderPart(msgspec.Struct, frozen=True, gc=False):
    """Of a surrender."""

    purpose: str
    accepted_ms: int | None = None


class BillPart(msgspec.Struct, frozen=True, gc=False):
    """Of a bill."""

    type: str
    state: str
    carrier: str
    place_of_delivery: str
    containers: tuple[str, ...] = ()
    surrender: SurrenderPart | None = None


_CONTAINER = msgspec.json.Decoder(ContainerPart)
_DECLARATION = msgspec.json.Decoder(DeclarationPart)
_BILL = msgspec.json.Decoder(BillPart)


class Records:
    """Parts of records, each read and decoded once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._containers: dict[str, ContainerPart] = {}
        self._declarations: dict[str, DeclarationPart] = {}
        self._bills: dict[str, BillPart] = {}

    def containers(self, keys: Iterable[str]) -> dict[str, ContainerPart]:
        """Those of the containers that exist, by key."""
        return self._read(keys, self._containers, _CONTAINER)

    def declarations(self, keys: Iterable[str]) -> dict[str, DeclarationPart]:
        """Those of the declarations that exist, by key."""
        return self._read(keys, self._declarations, _DECLARATION)

    def bills(self, keys: Iterable[str]) -> dict[str, BillPart]:
        """Those of the bills that exist, by key."""
        return self._read(keys, self._bills, _BILL)

    def _read(
        self, keys: Iterable[str], known: dict[str, P], decoder: msgspec.json.Decoder[P]
    ) -> dict[str, P]:
        wanted = list(dict.fromkeys(keys))
        missing = iter([key for key in wanted if key not in known])
        while batch := list(islice(missing, MAX_PAGE_ROWS)):
            values = self._store.values(batch)
            known.update((key, decoder.decode(value)) for key, value in values.items())
        return {key: known[key] for key in wanted if key in known}
