"""Guards and effects of disputes over control.

A dispute takes control from nobody and gives it to nobody: it keeps the bill where
it is until its sides agree. Whoever raised it can let it go, and the possessor can
give way; what neither will do, a court decides and the validators carry out by
ballot (`contracts.governance.court`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from contracts.bill.bodies import RaiseDispute, ResolveDispute
from contracts.bill.model import Bill, Dispute
from contracts.bill.rules import OnBill, passed_on
from contracts.bill.vocabulary import BillState, BillType, DisputeOutcome
from contracts.model import Record
from contracts.relations import unique
from contracts.table import Call, Fault, fault


def sides(bill: Bill) -> tuple[str, ...]:
    """Who issued a bill, shipped under it, controls it, holds title in it, or handed it over last."""
    requester = None if bill.surrender is None else bill.surrender.requester
    others = (bill.possessor, bill.received_from, bill.titleholder, requester)
    return unique((bill.carrier, bill.shipper, *others))


def actor_has_interest(call: OnBill) -> Fault | None:
    """The actor's organisation has a stake in the control of the bill."""
    organisation = call.actor.organisation
    return None if organisation in sides(call.record) else fault("issuer", organisation=organisation)


def is_not_disputed(call: OnBill) -> Fault | None:
    """No dispute is open."""
    dispute = call.record.dispute
    return None if dispute is None else fault("subject", by=dispute.by, ground=dispute.ground.value)


def actor_is_side(call: OnBill) -> Fault | None:
    """The actor's organisation raised the open dispute, or possesses the disputed bill."""
    bill, organisation = call.record, call.actor.organisation
    if bill.dispute is not None and organisation in (bill.dispute.by, bill.possessor):
        return None
    return fault("issuer", organisation=organisation)


def outcome_is_actors(call: Call[Bill, ResolveDispute]) -> Fault | None:
    """Whoever raised the dispute withdraws it; the possessor gives way."""
    bill, outcome, organisation = call.record, call.body.outcome, call.actor.organisation
    deciders = {DisputeOutcome.RETURNED: bill.possessor}
    if bill.dispute is not None:
        deciders[DisputeOutcome.WITHDRAWN] = bill.dispute.by
    decider = deciders.get(outcome)
    if organisation == decider:
        return None
    return fault("body.outcome", outcome=outcome.value, decider=str(decider))


def return_is_possible(call: Call[Bill, ResolveDispute]) -> Fault | None:
    """A bill that circulates goes back to whoever handed it over and disputes that; no one else gets it."""
    bill = call.record
    if call.body.outcome is DisputeOutcome.WITHDRAWN or bill.dispute is None:
        return None
    if bill.state is BillState.ISSUED and bill.received_from == bill.dispute.by:
        return None
    return fault("body.outcome", possessor=str(bill.possessor), by=bill.dispute.by)


def raise_dispute(call: Call[Bill, RaiseDispute]) -> Mapping[str, Record]:
    """Control stays where it is, until the dispute ends."""
    bill = call.record
    dispute = Dispute(by=call.actor.organisation, ground=call.body.ground, since_version=bill.version + 1)
    return {call.subject: replace(bill, dispute=dispute)}


def resolve_dispute(call: Call[Bill, ResolveDispute]) -> Mapping[str, Record]:
    """Control stays, or goes back together with the title that whoever gets it had endorsed."""
    bill = call.record
    if call.body.outcome is DisputeOutcome.WITHDRAWN:
        return {call.subject: replace(bill, dispute=None)}
    back = decided(bill, bill.received_from)
    if bill.endorsed_by != bill.received_from:
        back = replace(back, titleholder=bill.titleholder, endorsed_by=bill.endorsed_by)
    return {call.subject: back}


def decided(bill: Bill, winner: str | None) -> Bill:
    """The bill once its dispute has ended for `winner`.

    The title goes along where the loser has it by endorsement. Whoever handed the
    bill over before has no say in it any more. A surrender by another is undone, and
    one for an amendment that the carrier accepted but did not make.
    """
    holder = bill.possessor if bill.surrender is None else bill.surrender.requester
    if winner == holder and bill.state is not BillState.SURRENDERED_FOR_AMENDMENT:
        return replace(bill, received_from=None, dispute=None)
    endorsed = bill.type is BillType.TO_ORDER and bill.titleholder == holder
    return replace(
        passed_on(bill, winner),
        state=BillState.ISSUED,
        titleholder=winner if endorsed else bill.titleholder,
        endorsed_by=None if endorsed else bill.endorsed_by,
        endorsable=bill.endorsable or (endorsed and bill.endorsed_by == winner),
        received_from=None,
        offer=None,
        surrender=None,
        dispute=None,
    )
