"""Which organisations have to do with a record: what gives them a say in it, and a right to its contents."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.clearance.model import Declaration
from contracts.context import View
from contracts.model import bill_key, container_key, declaration_key
from contracts.movement.model import Container


def unique(organisations: Iterable[str | None]) -> tuple[str, ...]:
    """The organisations once each, in order, without gaps."""
    return tuple(dict.fromkeys(name for name in organisations if name is not None))


def bill_parties(bill: Bill) -> tuple[str, ...]:
    """Everyone the bill itself names; who surrendered it stays a party while the carrier possesses it."""
    return unique((*settled_parties(bill), None if bill.offer is None else bill.offer.to))


def settled_parties(bill: Bill) -> tuple[str, ...]:
    """The parties that have to do with the goods: all but an offeree, who only looks at the bill yet."""
    named = (bill.carrier, bill.possessor, bill.titleholder, bill.shipper, bill.release_to)
    return unique((*named, *_surrender_sides(bill), *bill.parties))


def declarant_parties(bill: Bill) -> tuple[str, ...]:
    """Who may declare the goods of a bill: its parties, but no one to whom it is only offered."""
    sides = _surrender_sides(bill)
    return unique((bill.possessor, bill.titleholder, bill.shipper, *sides, *bill.parties))


def amendment_asker(bill: Bill) -> str | None:
    """Who may ask the carrier to amend a document: the possessor of a bill of lading, else the shipper.

    A shipper that sold its bill has no say in it any more (MLETR article 11). A draft or
    sea waybill nobody possesses.
    """
    circulates = bill.state is BillState.ISSUED and bill.type is not BillType.SEA_WAYBILL
    return bill.possessor if circulates else bill.shipper


def _surrender_sides(bill: Bill) -> tuple[str | None, ...]:
    """Who surrendered a bill, and who is to get the goods without it."""
    return () if bill.surrender is None else (bill.surrender.requester, bill.surrender.deliver_to)


def declaration_offices(declaration: Declaration) -> tuple[str, ...]:
    """The customs offices that a declaration names, the one it was lodged with first."""
    others = (declaration.exit_office, *declaration.transit_offices, declaration.destination)
    return unique((declaration.office, *others))


def declaration_parties(declaration: Declaration) -> tuple[str, ...]:
    """Everyone the declaration names, the authorities with an open hold included."""
    named = (declaration.office, declaration.declarant, declaration.representative)
    holders = (hold.authority for hold in declaration.holds)
    return unique((*named, *declaration_offices(declaration), *holders))


def container_parties(container: Container) -> tuple[str, ...]:
    """Everyone the container record itself names, those who handled it lately included."""
    handlers = (event.organisation for event in container.events)
    return unique((container.operator, *container.parties, *handlers))


def bills_of(container: Container, view: View) -> list[tuple[str, Bill]]:
    """The bills that cover a container, with their ids."""
    return [(bill, view.require(bill_key(bill), Bill)) for bill in container.bills]


def master_of(bill: Bill, view: View) -> tuple[str, Bill] | None:
    """The master of a house bill with its key, or what replaced it; None when it is not on this ledger."""
    if bill.master is None or bill.master.bill is None:
        return None
    return newest(bill.master.bill, view)


def newest(bill_id: str, view: View) -> tuple[str, Bill]:
    """A bill on this ledger with its key, or the last of those that took its place."""
    key = bill_key(bill_id)
    bill = view.require(key, Bill)
    while bill.replaced_by is not None:
        key = bill_key(bill.replaced_by)
        bill = view.require(key, Bill)
    return key, bill


def declarations_of(container: Container, view: View) -> list[tuple[str, Declaration]]:
    """The declarations that cover a container, with their ids."""
    return [(d, view.require(declaration_key(d), Declaration)) for d in container.declarations]


def declares_container(organisation: str, container: Container, view: View) -> bool:
    """Whether an organisation may put a container on a declaration by itself."""
    if organisation == container.operator or organisation in container.parties:
        return True
    return any(organisation in declarant_parties(bill) for _, bill in bills_of(container, view))


def covered_containers(declaration: Declaration, view: View) -> tuple[str, ...]:
    """Every container that a declaration covers, by itself or through a bill, once each."""
    return covered(declaration.bills, declaration.containers, view)


def covered(bills: Iterable[str], containers: Iterable[str], view: View) -> tuple[str, ...]:
    """The containers of these bills and these containers, once each; a bill that is not there covers none."""
    found = list(containers)
    for bill_id in bills:
        bill = view.get(bill_key(bill_id), Bill)
        if bill is not None:
            found += bill.containers
    return tuple(dict.fromkeys(found))


def container_record(container: str, view: View) -> Container:
    """The record of a container that another record names."""
    return view.require(container_key(container), Container)
