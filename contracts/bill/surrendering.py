"""Guards and effects at the end of a bill's life: surrender, its answer, and what takes the bill's place."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.bill.bodies import RequestSurrender, SwitchToPaper
from contracts.bill.model import Bill, Surrender
from contracts.bill.rules import OnBill, passed_on
from contracts.bill.vocabulary import AmendmentReason, BillState, BillType, SurrenderPurpose
from contracts.context import Standing
from contracts.model import Record
from contracts.relations import unique
from contracts.table import Call, Fault, fault
from ledger.errors import InvariantViolated

PENDING = {
    SurrenderPurpose.ORIGIN: BillState.PENDING_SURRENDER_FOR_DELIVERY,
    SurrenderPurpose.DELIVERY: BillState.PENDING_SURRENDER_FOR_DELIVERY,
    SurrenderPurpose.AMENDMENT: BillState.PENDING_SURRENDER_FOR_AMENDMENT,
}
"""State while a surrender waits for the carrier."""

SURRENDERED = {
    SurrenderPurpose.ORIGIN: BillState.SURRENDERED_FOR_DELIVERY,
    SurrenderPurpose.DELIVERY: BillState.SURRENDERED_FOR_DELIVERY,
    SurrenderPurpose.AMENDMENT: BillState.SURRENDERED_FOR_AMENDMENT,
}
"""State once the carrier has accepted it."""


def is_bearer(bill: Bill) -> bool:
    """Whether possession alone carries title."""
    return bill.titleholder is None and bill.type in (BillType.TO_ORDER, BillType.BLANK)


def may_surrender(call: OnBill) -> Fault | None:
    """Straight: shipper or consignee. Named endorsee: the endorsee. Bearer: the possessor."""
    bill, organisation = call.record, call.actor.organisation
    if is_bearer(bill):
        return None
    entitled = (
        unique((bill.shipper, bill.titleholder))
        if bill.type is BillType.STRAIGHT
        else unique((bill.titleholder,))
    )
    if organisation in entitled:
        return None
    return fault("issuer", organisation=organisation, entitled=" or ".join(entitled))


def reason_fits_purpose(call: Call[Bill, RequestSurrender]) -> Fault | None:
    """A reason comes with a surrender for amendment only."""
    body = call.body
    if body.reason is None or body.purpose is SurrenderPurpose.AMENDMENT:
        return None
    return fault("body.reason", reason=body.reason.value)


def origin_is_shippers(call: Call[Bill, RequestSurrender]) -> Fault | None:
    """Only the shipper gives the goods away without the bill."""
    shipper, organisation = call.record.shipper, call.actor.organisation
    if call.body.purpose is not SurrenderPurpose.ORIGIN or organisation == shipper:
        return None
    return fault("body.purpose", organisation=organisation, shipper=shipper or "no organisation here")


def receiver_fits_purpose(call: Call[Bill, RequestSurrender]) -> Fault | None:
    """A surrender at origin, and no other, says who gets the goods."""
    body = call.body
    if (body.purpose is SurrenderPurpose.ORIGIN) == (body.deliver_to is not None):
        return None
    return fault("body.deliver_to", purpose=body.purpose.value)


def receiver_is_consignee(call: Call[Bill, RequestSurrender]) -> Fault | None:
    """The goods of a straight bill go to its consignee, with the bill or without it."""
    bill, receiver = call.record, call.body.deliver_to
    if receiver is None or bill.type is not BillType.STRAIGHT or receiver == bill.titleholder:
        return None
    return fault("body.deliver_to", organisation=receiver, consignee=bill.titleholder or "no one")


def taker_can_amend(call: OnBill) -> Fault | None:
    """A caretaker, who neither voids nor issues, takes no bill that is to be amended."""
    actor, surrender = call.actor, call.record.surrender
    amends = surrender is not None and surrender.purpose is SurrenderPurpose.AMENDMENT
    if actor.standing is not Standing.CARETAKER or not amends:
        return None
    return fault("issuer", organisation=actor.organisation)


def paper_was_asked_for(call: OnBill) -> Fault | None:
    """The bill was surrendered to be replaced by paper."""
    surrender = call.record.surrender
    reason = None if surrender is None else surrender.reason
    if reason is AmendmentReason.SWITCH_TO_PAPER:
        return None
    return fault("subject", reason="no reason" if reason is None else reason.value)


def request_surrender(call: Call[Bill, RequestSurrender]) -> Mapping[str, Record]:
    """The carrier has possession until it answers."""
    body = call.body
    surrender = Surrender(
        purpose=body.purpose,
        reason=body.reason,
        requester=call.actor.organisation,
        deliver_to=body.deliver_to,
    )
    bill = replace(
        call.record,
        state=PENDING[body.purpose],
        possessor=call.record.carrier,
        surrender=surrender,
        offer=None,
    )
    return {call.subject: bill}


def accept_surrender(call: OnBill) -> Mapping[str, Record]:
    """The bill is used up; the carrier keeps possession."""
    surrender = replace(surrender_of(call), accepted_ms=call.context.time_ms)
    return {call.subject: replace(call.record, state=SURRENDERED[surrender.purpose], surrender=surrender)}


def reject_surrender(call: OnBill) -> Mapping[str, Record]:
    """Possession returns to whoever surrendered."""
    surrender = surrender_of(call)
    bill = replace(call.record, state=BillState.ISSUED, possessor=surrender.requester, surrender=None)
    return {call.subject: bill}


def void(call: OnBill) -> Mapping[str, Record]:
    """No one possesses it any more; another bill may take its place."""
    bill = replace(call.record, state=BillState.VOIDED, possessor=None, received_from=None, amendment=None)
    return {call.subject: bill}


def switch_to_paper(call: Call[Bill, SwitchToPaper]) -> Mapping[str, Record]:
    """No one controls it any more; the paper does, and its return is the carrier's to see."""
    bill = replace(
        passed_on(call.record, None),
        state=BillState.SWITCHED_TO_PAPER,
        received_from=None,
        paper=call.body.paper,
        release_required=True,
    )
    return {call.subject: bill}


def surrender_of(call: OnBill) -> Surrender:
    """The surrender that the bill's state says there is."""
    surrender = call.record.surrender
    if surrender is None:
        raise InvariantViolated(f"{call.subject} waits for the carrier without a surrender")
    return surrender
