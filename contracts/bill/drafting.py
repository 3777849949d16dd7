"""Guards and effects of drafts and of amendments: what a bill says, before it is issued and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from contracts.bill.bodies import Amend, AnswerAmendment, Approve, Publish, RequestAmendment
from contracts.bill.model import MAX_ASKED, MAX_EARLIER, Amendment, Bill
from contracts.bill.rules import OnBill, actor_is_carrier
from contracts.bill.vocabulary import AmendmentOutcome, AmendmentState, BillState, BillType
from contracts.model import Record
from contracts.relations import amendment_asker
from contracts.table import Call, Fault, fault

Drafting = Call[Bill | None, Publish]


def organisations_drafted(body: Publish) -> list[tuple[str, str | None]]:
    """The organisations that a draft names, with their fields."""
    return [("body.shipper", body.shipper), *_named(body.parties)]


def organisations_amended(body: Amend) -> list[tuple[str, str | None]]:
    """The organisations that an amended waybill names, with their fields."""
    return [("body.titleholder", body.titleholder), *_named(body.parties)]


def parties_listed(body: Publish | Amend) -> list[tuple[str, tuple[str, ...]]]:
    """The list in which nothing may appear twice."""
    return [("body.parties", body.parties)]


def actor_numbered_it(call: Call[Any, Any]) -> Fault | None:
    """Whoever publishes or issues what has a record already is the carrier that made it."""
    return None if call.record is None else actor_is_carrier(call)


def actor_is_shipper(call: OnBill) -> Fault | None:
    """The actor's organisation is the shipper."""
    shipper, organisation = call.record.shipper, call.actor.organisation
    if organisation == shipper:
        return None
    return fault("issuer", organisation=organisation, shipper=shipper or "no organisation here")


def actor_may_ask(call: OnBill) -> Fault | None:
    """The actor's organisation possesses the bill of lading, or ships under the draft or sea waybill."""
    entitled, organisation = amendment_asker(call.record), call.actor.organisation
    if organisation == entitled:
        return None
    return fault("issuer", organisation=organisation, entitled=entitled or "no organisation here")


def room_for_request(call: OnBill) -> Fault | None:
    """Amendments of the text were not asked for too often."""
    return None if call.record.asked < MAX_ASKED else fault("subject", limit=str(MAX_ASKED))


def actor_asked(call: OnBill) -> Fault | None:
    """The actor's organisation asked for the amendment."""
    amendment, organisation = call.record.amendment, call.actor.organisation
    asked = amendment is not None and amendment.requester == organisation
    return None if asked else fault("issuer", organisation=organisation)


def amendment_is_answered(call: Call[Any, Any]) -> Fault | None:
    """No request for an amendment waits for its answer."""
    record: Bill | None = call.record
    amendment = None if record is None else record.amendment
    if amendment is None or amendment.state is not AmendmentState.RECEIVED:
        return None
    return fault("subject", requester=amendment.requester)


def amendment_waits(call: OnBill) -> Fault | None:
    """A request for an amendment waits for its answer."""
    return fault("subject") if amendment_is_answered(call) is None else None


def draft_contents_agree(call: Call[Bill, Approve]) -> Fault | None:
    """The shipper names the draft's own contents."""
    contents = call.record.contents
    return None if call.body.contents == contents else fault("body.contents", contents=contents)


def reason_fits_outcome(call: Call[Bill, AnswerAmendment]) -> Fault | None:
    """A request that is declined is told why."""
    outcome, given = call.body.outcome, call.body.reason is not None
    if given == (outcome is AmendmentOutcome.DECLINED):
        return None
    return fault("body.reason", outcome=outcome.value, rule="without a" if given else "with a")


def is_waybill(call: OnBill) -> Fault | None:
    """The record is a sea waybill."""
    bill = call.record
    return None if bill.type is BillType.SEA_WAYBILL else fault("subject", type=bill.type.value)


def room_for_earlier(call: OnBill) -> Fault | None:
    """The waybill has not been amended too often."""
    if len(call.record.earlier) < MAX_EARLIER:
        return None
    return fault("subject", record=call.subject, limit=f"{MAX_EARLIER} amendments")


def publish(call: Drafting) -> Mapping[str, Record]:
    """A draft, in place of the one before it."""
    body = call.body
    draft = Bill(
        type=body.type,
        state=BillState.DRAFT,
        carrier=call.actor.organisation,
        shipper=body.shipper,
        parties=body.parties,
        contents=body.contents,
        place_of_loading=body.place_of_loading,
        place_of_delivery=body.place_of_delivery,
    )
    return {call.subject: draft}


def approve(call: OnBill) -> Mapping[str, Record]:
    """The draft stays as it is, with the shipper's word for it."""
    return {call.subject: replace(call.record, state=BillState.APPROVED)}


def request_amendment(call: Call[Bill, RequestAmendment]) -> Mapping[str, Record]:
    """The bill stays as it is; what it should say waits for the carrier."""
    amendment = Amendment(
        requester=call.actor.organisation, contents=call.body.contents, state=AmendmentState.RECEIVED
    )
    return {call.subject: replace(call.record, amendment=amendment, asked=call.record.asked + 1)}


def answer_amendment(call: Call[Bill, AnswerAmendment]) -> Mapping[str, Record]:
    """Confirmed, it waits for the act that makes it; declined, it is gone."""
    amendment = call.record.amendment
    if amendment is not None and call.body.outcome is AmendmentOutcome.CONFIRMED:
        confirmed = replace(amendment, state=AmendmentState.CONFIRMED)
        return {call.subject: replace(call.record, amendment=confirmed)}
    return cancel_amendment(call)


def cancel_amendment(call: OnBill) -> Mapping[str, Record]:
    """The request is gone."""
    return {call.subject: replace(call.record, amendment=None)}


def amend(call: Call[Bill, Amend]) -> Mapping[str, Record]:
    """The waybill changes and still names what it said; a release to someone has to be renewed."""
    bill, body = call.record, call.body
    amended = replace(
        bill,
        titleholder=body.titleholder,
        parties=body.parties,
        contents=body.contents,
        earlier=(*bill.earlier, bill.contents),
        amendment=None,
        asked=0,
        place_of_loading=body.place_of_loading,
        place_of_delivery=body.place_of_delivery,
        release_to=None,
        release_required=bill.release_required or bill.release_to is not None,
    )
    return {call.subject: amended}


def _named(parties: tuple[str, ...]) -> list[tuple[str, str | None]]:
    return [(f"body.parties.{index}", party) for index, party in enumerate(parties)]
