"""Whose move it is, in the reader's language: the sentence beneath the state of a bill or declaration.

The commands and the API say the same in English (`contracts.wording`).
"""

from __future__ import annotations

from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState, BillType
from contracts.clearance.model import Declaration
from nodes.pages.formats import utc
from nodes.pages.names import Naming
from texts import Texts


def bill_lead(bill: Bill, called: Naming, t: Texts) -> str:
    """Who has to do something about a bill, or has it, or what its end means."""
    if bill.dispute is not None:
        return t("lead_bill_disputed", by=called(bill.dispute.by))
    if bill.offer is not None:
        return t("lead_bill_offered", to=called(bill.offer.to), time=utc(bill.offer.expires_ms))
    if bill.type is BillType.SEA_WAYBILL and bill.state is BillState.ISSUED:
        return t("lead_bill_waybill", titleholder=called(bill.titleholder or ""))
    return t(
        f"lead_bill_{bill.state.value}",
        possessor=called(bill.possessor or ""),
        carrier=called(bill.carrier),
        shipper=called(bill.shipper or ""),
    )


def declaration_lead(declaration: Declaration, called: Naming, t: Texts) -> str:
    """Who has to do something about a declaration, or what its state means for the goods."""
    if declaration.awaits_goods and declaration.expires_ms is not None:
        return t("lead_declaration_ahead", time=utc(declaration.expires_ms))
    return t(
        f"lead_declaration_{declaration.state.value}",
        office=called(declaration.office),
        declarant=called(declaration.declarant),
        closer=called(declaration.destination or declaration.office),
    )
