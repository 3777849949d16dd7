"""Disputes over bills that their sides do not end, decided by ballot.

No one side has the last word on a disputed bill, nor may it stay frozen for ever. The
validators carry out what a court, or whoever the parties agreed on, has decided:
between the sides, and over a bill that is disputed, not over any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.bill import disputes
from contracts.bill.model import Bill
from contracts.context import View
from contracts.governance.model import AnyChange, DecideDispute
from contracts.model import Record, bill_key
from contracts.table import Fault, fault


def bill_is_disputed(change: AnyChange, view: View) -> Fault | None:
    """The bill is there, and the dispute over it that the change names is open."""
    if not isinstance(change, DecideDispute) or _disputed(change, view) is not None:
        return None
    return fault("bill", bill=bill_key(change.bill), version=str(change.since_version))


def winner_is_a_side(change: AnyChange, view: View) -> Fault | None:
    """Whoever is to possess the bill has a stake in it."""
    if not isinstance(change, DecideDispute):
        return None
    bill = _disputed(change, view)
    if bill is None or change.organisation in disputes.sides(bill):
        return None
    return fault("organisation", organisation=change.organisation, bill=bill_key(change.bill))


def writes(change: DecideDispute, view: View) -> Mapping[str, Record]:
    """The bill as decided."""
    key = bill_key(change.bill)
    return {key: disputes.decided(view.require(key, Bill), change.organisation)}


def _disputed(change: DecideDispute, view: View) -> Bill | None:
    bill = view.get(bill_key(change.bill), Bill)
    if bill is None or bill.dispute is None or bill.dispute.since_version != change.since_version:
        return None
    return bill
