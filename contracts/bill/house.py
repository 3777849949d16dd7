"""House bills: issued by whoever was itself given a bill, the master, by the carrier who carries the goods.

A house bill hangs under its master, so its goods are free only when the master's
are (`contracts.linkage`). A master on this ledger is named by its record and looked
at. One that is elsewhere, or on paper, is named by a commitment, and the house
carrier says once, with a commitment to the proof, that it was given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.bill.bodies import Issue, ProveMaster
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.model import Record, bill_key
from contracts.relations import master_of
from contracts.table import Call, Fault, fault

Issuing = Call[Bill | None, Issue]
Proving = Call[Bill, ProveMaster]


def is_held_by(bill: Bill, organisation: str) -> bool:
    """Whether a bill is in circulation and an organisation controls it; a sea waybill is its parties'."""
    if bill.state is not BillState.ISSUED:
        return False
    if bill.type is BillType.SEA_WAYBILL:
        return organisation in (bill.shipper, bill.titleholder)
    return bill.possessor == organisation


def master_on_ledger(call: Issuing) -> Bill | None:
    """The master that the issuer names, where it is on this ledger."""
    master = call.body.master
    return None if master is None or master.bill is None else call.view.get(bill_key(master.bill), Bill)


def master_is_named_once(call: Issuing) -> Fault | None:
    """The master is on this ledger or elsewhere."""
    master = call.body.master
    if master is None or (master.bill is None) != (master.elsewhere is None):
        return None
    return fault("body.master")


def master_is_held(call: Issuing) -> Fault | None:
    """A master on this ledger is another carrier's, and the issuer of the house bill controls it."""
    master = call.body.master
    if master is None or master.bill is None:
        return None
    found, organisation = master_on_ledger(call), call.actor.organisation
    if found is not None and found.carrier != organisation and is_held_by(found, organisation):
        return None
    return fault("body.master.bill", bill=bill_key(master.bill), organisation=organisation)


def master_covers_containers(call: Issuing) -> Fault | None:
    """Every container of a house bill is on its master."""
    found = master_on_ledger(call)
    if found is None:
        return None
    for index, issued in enumerate(call.body.containers):
        if issued.id not in found.containers:
            return fault(f"body.containers.{index}.id", container=issued.id)
    return None


def master_is_not_below(call: Issuing) -> Fault | None:
    """Neither the master nor any bill above it hangs under the bill that this one replaces.

    Whoever replaces a bill takes its place as a master, so house and master would hang
    under each other, and neither would be the one to declare.
    """
    found, replaced = master_on_ledger(call), call.body.replaces
    if found is None or replaced is None:
        return None
    above = master_of(found, call.view)
    while above is not None:
        key, bill = above
        if key == bill_key(replaced):
            return fault("body.master.bill", bill=key)
        above = master_of(bill, call.view)
    return None


def master_is_elsewhere(call: Proving) -> Fault | None:
    """It is a house bill whose master is not on this ledger."""
    master = call.record.master
    return fault("subject") if master is None or master.elsewhere is None else None


def master_is_unproven(call: Proving) -> Fault | None:
    """That its master was given up is not on record yet."""
    return None if call.record.master_proof is None else fault("subject")


def prove_master(call: Proving) -> Mapping[str, Record]:
    """The house carrier's word, bound to its proof, that the master was given up."""
    return {call.subject: replace(call.record, master_proof=call.body.proof)}


def legs_lead_to_delivery(call: Call[Any, Issue]) -> Fault | None:
    """The legs lead from the place of loading to that of delivery, and each to another place."""
    body, at = call.body, call.body.place_of_loading
    for index, leg in enumerate(body.legs):
        if leg.to == at:
            return fault(f"body.legs.{index}.to", at=at, place=body.place_of_delivery)
        at = leg.to
    if not body.legs or at == body.place_of_delivery:
        return None
    return fault(f"body.legs.{len(body.legs) - 1}.to", at=at, place=body.place_of_delivery)
