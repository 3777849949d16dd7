"""Guards and effect of `bill.issue`: how a bill comes to be, and which containers it covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.bill import house
from contracts.bill.bodies import Issue
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.checks import named
from contracts.context import View
from contracts.membership.model import Organisation
from contracts.model import MAX_CONTAINER_BILLS, Record, bill_key, container_key, id_of, organisation_key
from contracts.movement.model import Container
from contracts.movement.vocabulary import ContainerState
from contracts.relations import bills_of
from contracts.table import Call, Fault, fault

Issuing = Call[Bill | None, Issue]

ENDED = (BillState.VOIDED, BillState.SWITCHED_TO_PAPER)
"""States of a bill that another may replace."""


def organisations_named(body: Issue) -> list[tuple[str, str | None]]:
    """The organisations that an issue names, with their fields."""
    return [
        ("body.possessor", body.possessor),
        ("body.titleholder", body.titleholder),
        ("body.shipper", body.shipper),
        *named("body.parties", body.parties),
    ]


def lists(body: Issue) -> list[tuple[str, tuple[str, ...]]]:
    """The lists in which nothing may appear twice."""
    return [("body.parties", body.parties), ("body.containers", tuple(c.id for c in body.containers))]


def carrier_numbers_bills(call: Call[Any, Any]) -> Fault | None:
    """The carrier has a registered numbering key."""
    carrier = call.view.require(organisation_key(call.actor.organisation), Organisation)
    return fault("issuer", carrier=carrier.id) if carrier.numbering_key is None else None


def possessor_fits_type(call: Issuing) -> Fault | None:
    """A document of title has a first possessor, a sea waybill has none."""
    wanted = call.body.type is not BillType.SEA_WAYBILL
    return _presence_fault("body.possessor", call.body, call.body.possessor, wanted)


def titleholder_fits_type(call: Issuing) -> Fault | None:
    """Every bill but a blank one names who holds title."""
    wanted = call.body.type is not BillType.BLANK
    return _presence_fault("body.titleholder", call.body, call.body.titleholder, wanted)


def containers_agree(call: Issuing) -> Fault | None:
    """A container that has a record already commits to the same number."""
    for index, issued in enumerate(call.body.containers):
        container = _known(issued.id, call.view)
        if container is not None and container.commitment != issued.commitment:
            return fault(f"body.containers.{index}.commitment", container=issued.id)
    return None


def containers_are_yours(call: Issuing) -> Fault | None:
    """A container that has a record is one on which the carrier may issue.

    Its operator may, the issuer of a bill on it, and whom that issuer wrote into the
    bill. Who merely holds a bill on it issues under that, as its master; who is
    offered one does not issue at all.
    """
    carrier, master = call.actor.organisation, house.master_on_ledger(call)
    for index, issued in enumerate(call.body.containers):
        container = _known(issued.id, call.view)
        if container is None or container.operator == carrier:
            continue
        if master is not None and issued.id in master.containers:
            continue
        if not any(_admits(bill, carrier) for _, bill in bills_of(container, call.view)):
            return fault(
                f"body.containers.{index}.id",
                carrier=carrier,
                container=issued.id,
                operator=container.operator,
            )
    return None


def _admits(bill: Bill, carrier: str) -> bool:
    """Whether a carrier issued a bill, or its issuer wrote the carrier into one that still counts."""
    if bill.carrier == carrier:
        return True
    if bill.state is BillState.VOIDED or bill.replaced_by is not None:
        return False
    # The titleholder of any other bill can be whoever a possessor endorsed it to.
    consignee = bill.titleholder if bill.type in (BillType.STRAIGHT, BillType.SEA_WAYBILL) else None
    return carrier in (bill.shipper, consignee, *bill.parties)


def containers_have_room(call: Issuing) -> Fault | None:
    """No container is on too many bills."""
    for index, issued in enumerate(call.body.containers):
        container = _known(issued.id, call.view)
        if container is not None and len(container.bills) >= MAX_CONTAINER_BILLS:
            key = container_key(issued.id)
            return fault(f"body.containers.{index}.id", record=key, limit=f"{MAX_CONTAINER_BILLS} bills")
    return None


def replaced_is_ended(call: Issuing) -> Fault | None:
    """A replaced bill is the carrier's own, voided or on paper, and not replaced yet."""
    old, carrier = _replaced(call), call.actor.organisation
    if call.body.replaces is None:
        return None
    if old is not None and old.carrier == carrier and old.state in ENDED and old.replaced_by is None:
        return None
    return fault("body.replaces", bill=bill_key(call.body.replaces), carrier=carrier)


def replacement_goes_back(call: Issuing) -> Fault | None:
    """Whoever surrendered a bill for amendment controls the amended one: it possesses that first.

    A sea waybill nobody possesses; of one it is shipper or consignee.
    """
    old, body = _replaced(call), call.body
    if old is None or old.state is not BillState.VOIDED or old.surrender is None:
        return None
    waybill, requester = body.type is BillType.SEA_WAYBILL, old.surrender.requester
    if requester in ((body.shipper, body.titleholder) if waybill else (body.possessor,)):
        return None
    return fault("body.titleholder" if waybill else "body.possessor", requester=requester)


def paper_is_the_one(call: Issuing) -> Fault | None:
    """A bill that was switched to paper is replaced in exchange for that paper, a voided one for none.

    Nor is paper that took the place of a bill here exchanged for a bill that does not say so.
    """
    old, paper = _replaced(call), call.body.from_paper
    if old is None and paper is not None:
        known = (_known(issued.id, call.view) for issued in call.body.containers)
        covering = (one for box in known if box is not None for one in bills_of(box, call.view))
        for bill_id, bill in covering:
            if bill.paper == paper:
                return fault("body.replaces", bill=bill_key(bill_id), state=bill.state.value)
    if old is None or old.paper == paper:
        return None
    return fault("body.from_paper", bill=bill_key(call.body.replaces or ""), state=old.state.value)


def draft_agrees(call: Issuing) -> Fault | None:
    """What is issued from a draft is what the draft says."""
    draft, body = call.record, call.body
    if draft is None:
        return None
    for name in ("type", "shipper", "contents", "place_of_loading", "place_of_delivery"):
        if getattr(draft, name) != getattr(body, name):
            return fault(f"body.{name}", differs=name)
    return None


def issue(call: Issuing) -> Mapping[str, Record]:
    """The bill, its containers, and the mark on the bill that it replaces."""
    body, number = call.body, id_of(call.subject)
    bill = Bill(
        type=body.type,
        state=BillState.ISSUED,
        carrier=call.actor.organisation,
        possessor=body.possessor,
        titleholder=body.titleholder,
        endorsable=body.type is BillType.TO_ORDER,
        shipper=body.shipper,
        parties=body.parties,
        contents=body.contents,
        containers=tuple(container.id for container in body.containers),
        place_of_loading=body.place_of_loading,
        place_of_delivery=body.place_of_delivery,
        legs=body.legs,
        master=body.master,
        from_paper=body.from_paper,
        replaces=body.replaces,
    )
    written: dict[str, Record] = {call.subject: bill}
    for issued in body.containers:
        container = _known(issued.id, call.view) or Container(
            commitment=issued.commitment,
            operator=call.actor.organisation,
            state=ContainerState.ANNOUNCED,
        )
        written[container_key(issued.id)] = replace(container, bills=(*container.bills, number))
    if body.replaces is not None:
        old = call.view.require(bill_key(body.replaces), Bill)
        written[bill_key(body.replaces)] = replace(old, replaced_by=number)
    return written


def _replaced(call: Issuing) -> Bill | None:
    return None if call.body.replaces is None else call.view.get(bill_key(call.body.replaces), Bill)


def _known(container: str, view: View) -> Container | None:
    return view.get(container_key(container), Container)


def _presence_fault(field: str, body: Issue, value: str | None, wanted: bool) -> Fault | None:
    if (value is not None) == wanted:
        return None
    return fault(field, type=body.type.value, rule="with a" if wanted else "without a")
