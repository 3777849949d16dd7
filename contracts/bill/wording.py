"""How a bill is said to a person."""

from __future__ import annotations

from contracts.bill.guards import DRAFTED
from contracts.bill.model import Amendment, Bill, Master, Surrender
from contracts.bill.vocabulary import AmendmentState, BillState, BillType, SurrenderPurpose
from contracts.times import utc

BILL_TITLES = {
    BillType.STRAIGHT: "Straight bill of lading",
    BillType.TO_ORDER: "Bill of lading to order",
    BillType.BLANK: "Blank bill of lading",
    BillType.SEA_WAYBILL: "Sea waybill",
}

BILL_PHASES = {
    BillState.DRAFT: "A draft; {shipper} has to approve it, or to say what should change.",
    BillState.APPROVED: "A draft, approved by {shipper}; {carrier} has to issue it.",
    BillState.VOIDED: "Voided; it controls nothing any more.",
    BillState.SWITCHED_TO_PAPER: "Replaced by paper; it controls nothing any more.",
}
"""States that one sentence says, before a bill circulates and after its end."""


def bill_lines(bill: Bill) -> dict[str, str]:
    """A bill's title, where it stands, and a line for each thing worth saying; empty ones too."""
    offer = "" if bill.offer is None else f"{bill.offer.to}, until {utc(bill.offer.expires_ms)}"
    return {
        "title": f"{BILL_TITLES[bill.type]} of {bill.carrier}",
        "status": _bill_status(bill) + _frozen_said(bill),
        "possessor": bill.possessor or "",
        "titleholder": _titleholder_said(bill),
        "offered to": offer,
        "disputed": "" if bill.dispute is None else f"by {bill.dispute.by} ({bill.dispute.ground.value})",
        "goods": _goods_said(bill),
        "shipper": bill.shipper or "",
        "amendment": "" if bill.amendment is None else _amendment_said(bill.amendment),
        "amended": _times(len(bill.earlier)),
        "replaces": "a paper bill" if bill.from_paper is not None else "",
        "house bill under": "" if bill.master is None else _master_said(bill, bill.master),
        "from": bill.place_of_loading,
        "to": bill.place_of_delivery,
        "legs": ", ".join(f"{leg.mode.value} to {leg.to}" for leg in bill.legs),
        "containers": str(len(bill.containers)),
    }


def _master_said(bill: Bill, master: Master) -> str:
    if master.bill is not None:
        return f"bill/{master.bill}"
    return f"a bill elsewhere, {'given up' if bill.master_proof else 'not yet given up'}"


def _bill_status(bill: Bill) -> str:
    if bill.state in BILL_PHASES:
        return BILL_PHASES[bill.state].format(shipper=bill.shipper, carrier=bill.carrier)
    if bill.type is BillType.SEA_WAYBILL and bill.state is BillState.ISSUED:
        return f"Issued; delivery is to {bill.titleholder}."
    if bill.state is BillState.ISSUED:
        return f"Issued; {bill.possessor} possesses it."
    pending = (BillState.PENDING_SURRENDER_FOR_DELIVERY, BillState.PENDING_SURRENDER_FOR_AMENDMENT)
    answer = f"; {bill.carrier} has to answer." if bill.state in pending else f", accepted by {bill.carrier}."
    return f"{'Surrendered' if bill.surrender is None else _surrender_said(bill.surrender)}{answer}"


def _frozen_said(bill: Bill) -> str:
    return "" if bill.dispute is None else f" {bill.dispute.by} disputes that: control is frozen."


def _surrender_said(surrender: Surrender) -> str:
    if surrender.purpose is SurrenderPurpose.ORIGIN:
        return f"Surrendered at origin by {surrender.requester}, for delivery to {surrender.deliver_to}"
    reason = "" if surrender.reason is None else f" ({surrender.reason.value})"
    return f"Surrendered for {surrender.purpose.value} by {surrender.requester}{reason}"


def _titleholder_said(bill: Bill) -> str:
    bearer = bill.type is not BillType.SEA_WAYBILL and bill.state not in DRAFTED
    return bill.titleholder or ("the bearer" if bearer else "")


def _amendment_said(amendment: Amendment) -> str:
    answer = "confirmed" if amendment.state is AmendmentState.CONFIRMED else "not answered yet"
    return f"asked for by {amendment.requester}, {answer}"


def _times(count: int) -> str:
    return {0: "", 1: "once"}.get(count, f"{count} times")


def _goods_said(bill: Bill) -> str:
    """What the carrier's release says about the goods."""
    if bill.release_to is not None:
        return f"released to {bill.release_to}"
    return f"stay until {bill.carrier} releases them" if bill.release_required else ""
