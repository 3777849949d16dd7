"""The table of clearance: what declarants, customs and other agencies may do to a declaration.

Sources: the Union Customs Code (UCC) as a written model of customs law (articles
cited), the WCO data model's status vocabulary, ASYCUDA's lanes, NCTS for transit,
and UNECE Recommendation 24. Tax is no state here: it annotates a declaration and
changes nothing about who moves next.
"""

from __future__ import annotations

from contracts.clearance.acts_control import CONTROL
from contracts.clearance.acts_decision import DECISION
from contracts.clearance.acts_intake import INTAKE
from contracts.table import Act

ACTS: tuple[Act, ...] = (*INTAKE, *CONTROL, *DECISION)
"""The acts of clearance."""
