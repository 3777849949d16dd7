"""Lists that a record stands in: what waits at a customs office, and what is from, to, through or at a place.

They are a function of the record's present value and of nothing else, so every node
has the same ones. They are for finding records; nothing here decides an act.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Final

from contracts.bill.model import Bill
from contracts.clearance.model import Declaration
from contracts.clearance.vocabulary import DeclarationState
from contracts.model import Record
from contracts.movement.model import Container

DECIDED: Final = frozenset(
    {
        DeclarationState.RELEASED,
        DeclarationState.CLEARED,
        DeclarationState.EXITED,
        DeclarationState.REJECTED,
        DeclarationState.REFUSED,
        DeclarationState.INVALIDATED,
        DeclarationState.EXPIRED,
    }
)
"""States in which nobody waits for the office, unless goods are held all the same."""


def waiting_at(office: str) -> str:
    """The list of what waits at a customs office."""
    return f"waits {office}"


def at_place(place: str) -> str:
    """The list of bills from, to or through a place (UN/LOCODE), and of containers there."""
    return f"at {place}"


@singledispatch
def listings_of(record: Record) -> frozenset[str]:
    """The lists that a record stands in; most kinds of record stand in none."""
    return frozenset()


@listings_of.register
def _(record: Declaration) -> frozenset[str]:
    if record.state in DECIDED and not record.holds:
        return frozenset()
    return frozenset(waiting_at(office) for office in (record.office, record.destination) if office)


@listings_of.register
def _(record: Bill) -> frozenset[str]:
    places = (record.place_of_loading, record.place_of_delivery, *(leg.to for leg in record.legs))
    return frozenset(at_place(place) for place in places if place)


@listings_of.register
def _(record: Container) -> frozenset[str]:
    return frozenset() if record.facility is None else frozenset((at_place(record.facility),))
