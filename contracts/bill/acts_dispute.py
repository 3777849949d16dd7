"""How control is disputed: frozen where it is, until the sides of the dispute end it.

While a dispute is open, an offer can still be declined or taken back, and the
carrier can still take back a release: none of these passes control to anyone.
"""

from __future__ import annotations

from contracts.bill import bodies, codes, disputes
from contracts.bill.guards import DOCUMENT_OF_TITLE, NOT_DISPUTED, PENDING
from contracts.bill.model import Bill
from contracts.bill.vocabulary import BillState
from contracts.table import Act, Guard

DISPUTABLE = (BillState.ISSUED, *PENDING, BillState.SURRENDERED_FOR_AMENDMENT)
"""States in which there is control to dispute, or to get back from a carrier that makes no amendment."""

DISPUTE: tuple[Act, ...] = (
    Act(
        name="bill.dispute",
        summary="Disputes control over the bill: it stays where it is until the dispute ends.",
        record=Bill,
        body=bodies.RaiseDispute,
        scope=(DOCUMENT_OF_TITLE,),
        relation=Guard(
            holds="The organisation issued, shipped, possesses, holds title in or last handed over the bill.",
            code=codes.NO_INTEREST,
            check=disputes.actor_has_interest,
            standing=True,
        ),
        states=DISPUTABLE,
        guards=(NOT_DISPUTED,),
        effect=disputes.raise_dispute,
        rule="PINT control tracking: DISPUTE RECORD",
    ),
    Act(
        name="bill.resolve",
        summary="Ends a dispute: withdrawn by whoever raised it, or the bill returned by its possessor.",
        record=Bill,
        body=bodies.ResolveDispute,
        relation=Guard(
            holds="The organisation raised the open dispute, or possesses the bill.",
            code=codes.NO_SIDE,
            check=disputes.actor_is_side,
            standing=True,
        ),
        states=DISPUTABLE,
        guards=(
            Guard(
                holds="Whoever raised it withdraws; the possessor returns.",
                code=codes.OUTCOME_NOT_YOURS,
                check=disputes.outcome_is_actors,
            ),
            Guard(
                holds="Whoever disputes a bill that is returned had handed it over; it is not surrendered.",
                code=codes.NOBODY_TO_RETURN_TO,
                check=disputes.return_is_possible,
            ),
        ),
        effect=disputes.resolve_dispute,
        rule="PINT control tracking: DISPUTE RECORD RESOLVED",
    ),
)
"""Acts of a dispute."""
