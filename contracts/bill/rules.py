"""Guards and effects of passing control over bills, by offer and acceptance and by endorsement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from contracts.bill.bodies import Accept, Endorse, Transfer
from contracts.bill.model import Bill, Offer
from contracts.bill.vocabulary import AmendmentState, BillState, BillType
from contracts.checks import active_organisation
from contracts.model import Record
from contracts.table import Call, Fault, fault

OnBill = Call[Bill, Any]

MAX_OFFER_MS: Final = 30 * 24 * 3_600_000
"""Longest life of an offer: 30 days, the longest usual presentation period under a letter of credit is 21."""


def live_offer(call: OnBill) -> Offer | None:
    """The offer under way; an offer past its expiry at block time counts as void."""
    offer = call.record.offer
    return offer if offer is not None and call.context.time_ms <= offer.expires_ms else None


def is_document_of_title(call: OnBill) -> Fault | None:
    """The record is no sea waybill."""
    return fault("subject") if call.record.type is BillType.SEA_WAYBILL else None


def is_to_order(call: OnBill) -> Fault | None:
    """The bill was issued to order."""
    bill = call.record
    return None if bill.type is BillType.TO_ORDER else fault("subject", type=bill.type.value)


def actor_possesses(call: OnBill) -> Fault | None:
    """The actor's organisation is the possessor."""
    bill, organisation = call.record, call.actor.organisation
    if bill.possessor == organisation:
        return None
    return fault("issuer", organisation=organisation, possessor=bill.possessor or "no one")


def actor_is_carrier(call: OnBill) -> Fault | None:
    """The actor's organisation issued the bill."""
    bill, organisation = call.record, call.actor.organisation
    if bill.carrier == organisation:
        return None
    return fault("issuer", organisation=organisation, carrier=bill.carrier)


def actor_is_offered(call: OnBill) -> Fault | None:
    """The bill is offered to the actor's organisation, whether or not the offer still lives."""
    offer, organisation = call.record.offer, call.actor.organisation
    return (
        None if offer is not None and offer.to == organisation else fault("issuer", organisation=organisation)
    )


def offer_exists(call: OnBill) -> Fault | None:
    """There is an offer, live or expired."""
    return fault("subject") if call.record.offer is None else None


def offer_is_live(call: OnBill) -> Fault | None:
    """The offer has not expired."""
    offer = call.record.offer
    if offer is None or live_offer(call) is not None:
        return None
    return fault(
        "subject",
        expires_ms=str(offer.expires_ms),
        time_ms=str(call.context.time_ms),
        possessor=call.record.possessor or "the possessor",
    )


def no_offer_is_live(call: OnBill) -> Fault | None:
    """No offer is under way."""
    offer = live_offer(call)
    return None if offer is None else fault("subject", to=offer.to, expires_ms=str(offer.expires_ms))


def sender_is_active(call: OnBill) -> Fault | None:
    """The possessor, whose offer this is, may still act."""
    possessor = call.record.possessor
    if possessor is None or active_organisation(call.view, possessor) is not None:
        return None
    return fault("subject", organisation=possessor)


def recipient_is_other(call: Call[Bill, Transfer]) -> Fault | None:
    """The recipient is not the possessor itself."""
    organisation = call.actor.organisation
    return fault("body.to", organisation=organisation) if call.body.to == organisation else None


def offer_term_is_fair(call: Call[Bill, Transfer]) -> Fault | None:
    """The offer ends after block time and within the maximum."""
    now, expires = call.context.time_ms, call.body.expires_ms
    latest = now + MAX_OFFER_MS
    if now < expires <= latest:
        return None
    return fault("body.expires_ms", time_ms=str(now), latest_ms=str(latest), expires_ms=str(expires))


def contents_agree(call: Call[Bill, Accept]) -> Fault | None:
    """The recipient names the bill's own contents."""
    contents = call.record.contents
    return None if call.body.contents == contents else fault("body.contents", contents=contents)


def actor_is_endorsee(call: OnBill) -> Fault | None:
    """The actor's organisation holds title."""
    bill, organisation = call.record, call.actor.organisation
    if bill.titleholder == organisation:
        return None
    return fault("issuer", organisation=organisation, titleholder=bill.titleholder or "the bearer")


def endorsement_is_open(call: OnBill) -> Fault | None:
    """The endorsee may endorse further."""
    bill = call.record
    return None if bill.endorsable else fault("subject", titleholder=bill.titleholder or "the bearer")


def endorsee_is_other(call: Call[Bill, Endorse]) -> Fault | None:
    """The endorsee is not the endorser itself."""
    organisation = call.actor.organisation
    return fault("body.endorsee", organisation=organisation) if call.body.endorsee == organisation else None


def does_not_circulate(call: OnBill) -> Fault | None:
    """No one may present the bill: a bill of lading circulates from issue to surrender."""
    bill = call.record
    if bill.state is not BillState.ISSUED or bill.type is BillType.SEA_WAYBILL:
        return None
    return fault("subject", possessor=bill.possessor or "no one")


def transfer(call: Call[Bill, Transfer]) -> Mapping[str, Record]:
    """An offer; possession stays where it is."""
    offer = Offer(to=call.body.to, expires_ms=call.body.expires_ms)
    return {call.subject: replace(call.record, offer=offer)}


def accept(call: Call[Bill, Accept]) -> Mapping[str, Record]:
    """Possession passes, and leaves the sender in the same step."""
    bill, recipient = call.record, call.actor.organisation
    return {call.subject: replace(passed_on(bill, recipient), received_from=bill.possessor, offer=None)}


def passed_on(bill: Bill, possessor: str | None) -> Bill:
    """The bill in other hands: what whoever had it asked the carrier for and was not answered is gone."""
    amendment = bill.amendment
    if amendment is not None and amendment.state is AmendmentState.RECEIVED:
        amendment = None
    return replace(bill, possessor=possessor, amendment=amendment, asked=0)


def withdraw_offer(call: OnBill) -> Mapping[str, Record]:
    """The offer is gone; possession stays where it is."""
    return {call.subject: replace(call.record, offer=None)}


def endorse(call: Call[Bill, Endorse]) -> Mapping[str, Record]:
    """Title passes and stops there."""
    return {call.subject: _endorsed(call.record, call.body.endorsee, endorsable=False)}


def endorse_to_order(call: Call[Bill, Endorse]) -> Mapping[str, Record]:
    """Title passes and may pass on."""
    return {call.subject: _endorsed(call.record, call.body.endorsee, endorsable=True)}


def blank_endorse(call: OnBill) -> Mapping[str, Record]:
    """Title goes with possession from now on."""
    return {call.subject: _endorsed(call.record, None, endorsable=False)}


def _endorsed(bill: Bill, endorsee: str | None, *, endorsable: bool) -> Bill:
    endorser = None if endorsee is None else bill.titleholder
    return replace(bill, titleholder=endorsee, endorsed_by=endorser, endorsable=endorsable, offer=None)


def sign(call: OnBill) -> Mapping[str, Record]:
    """Nothing but the mark in the history: control stays where it is, and so does an offer."""
    return {call.subject: call.record}
