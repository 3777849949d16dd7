"""What the carrier of a house bill says about a master that is not on this ledger."""

from __future__ import annotations

from contracts.bill import bodies, codes, house
from contracts.bill.guards import CARRIER
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.table import Act, Guard

LIVE = tuple(
    state for state in BillState if state not in (BillState.DRAFT, BillState.APPROVED, BillState.VOIDED)
)
"""States in which the goods of a bill are still to be delivered."""

HOUSE: tuple[Act, ...] = (
    Act(
        name="bill.prove_master",
        summary="Says that the master bill, which is elsewhere, was given up, and commits to the proof.",
        record=Bill,
        body=bodies.ProveMaster,
        duty=True,
        relation=CARRIER,
        states=LIVE,
        guards=(
            Guard(
                holds="It is a house bill whose master is not on this ledger.",
                code=codes.NO_MASTER_ELSEWHERE,
                check=house.master_is_elsewhere,
                standing=True,
            ),
            Guard(
                holds="That is not on record yet.",
                code=codes.MASTER_PROVEN,
                check=house.master_is_unproven,
                standing=True,
            ),
        ),
        effect=house.prove_master,
        rule="linkage rule: house and master are given up both",
    ),
)
"""Acts on house bills."""
