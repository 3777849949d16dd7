"""The carrier's order to hand the goods over, as the gate obeys it (see `contracts.linkage`)."""

from __future__ import annotations

from contracts.bill import bodies, codes, releasing
from contracts.bill.guards import CARRIER, NOT_IN_CIRCULATION
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.checks import organisations_active
from contracts.table import Act, Guard

DELIVERABLE = (BillState.ISSUED, BillState.SURRENDERED_FOR_DELIVERY, BillState.SWITCHED_TO_PAPER)
"""States in which goods can be delivered: as a sea waybill, after surrender, and against paper."""

GOODS_THERE = Guard(
    holds="Not every container of the bill has left for import.",
    code=codes.DELIVERED,
    check=releasing.goods_are_there,
    standing=True,
)

RELEASE: tuple[Act, ...] = (
    Act(
        name="bill.release",
        summary="Orders the goods to be released to a named party.",
        record=Bill,
        body=bodies.ReleaseDelivery,
        duty=True,
        relation=CARRIER,
        states=DELIVERABLE,
        guards=(
            NOT_IN_CIRCULATION,
            Guard(
                holds="The goods are not released to anyone yet.",
                code=codes.RELEASED,
                check=releasing.is_not_released,
                standing=True,
                opened_by=("bill.revoke_release",),
            ),
            GOODS_THERE,
            organisations_active(lambda body: [("body.to", body.to)]),
        ),
        effect=releasing.release,
        rule="delivery order; for a bill on paper, the carrier has the paper back",
    ),
    Act(
        name="bill.revoke_release",
        summary="Takes the release of the goods back: they stay until the carrier orders it anew.",
        record=Bill,
        body=bodies.RevokeRelease,
        duty=True,
        relation=CARRIER,
        states=DELIVERABLE,
        guards=(
            Guard(
                holds="The goods are released to someone.",
                code=codes.NO_RELEASE,
                check=releasing.is_released,
                standing=True,
                opened_by=("bill.release",),
            ),
            GOODS_THERE,
        ),
        effect=releasing.revoke_release,
    ),
)
"""Acts of the delivery release."""
