"""The table of control over bills: possession, title and surrender.

Sources: DCSA platform interoperability (PINT) transaction rules, DCSA eBL 3.0
transport document status, and the UNCITRAL Model Law on Electronic Transferable
Records (MLETR). At every moment one organisation at most controls a bill, and an
act that passes control takes it from the sender in the same step (MLETR article 11).
"""

from __future__ import annotations

from contracts.bill.acts_control import CONTROL
from contracts.bill.acts_dispute import DISPUTE
from contracts.bill.acts_draft import DRAFT
from contracts.bill.acts_house import HOUSE
from contracts.bill.acts_issue import ISSUE
from contracts.bill.acts_release import RELEASE
from contracts.bill.acts_surrender import SURRENDER
from contracts.table import Act

ACTS: tuple[Act, ...] = (*DRAFT, *ISSUE, *CONTROL, *DISPUTE, *SURRENDER, *RELEASE, *HOUSE)
"""The acts on bills."""
