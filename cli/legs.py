"""The legs of a multimodal bill, as its document gives them."""

from __future__ import annotations

from cli.contents import places
from contracts.documents.summary import BillSummary

LEG_MODES = {"VESSEL": "sea", "RAIL": "rail", "TRUCK": "road", "BARGE": "barge", "MULTIMODAL": "mixed"}
"""DCSA's modes of pre-carriage and on-carriage, as the ledger names them."""


def carriage_legs(summary: BillSummary) -> list[dict[str, str]]:
    """The legs of a multimodal bill, from the first of `places` to the last.

    Empty for port to port, and when the document does not say by which mode or place one goes.
    """
    start, end = places(summary)
    before = () if start == summary.port_of_loading else ((summary.pre_carriage_by, summary.port_of_loading),)
    after = () if end == summary.port_of_discharge else ((summary.on_carriage_by, end),)
    if not before and not after:
        return []
    legs = (*before, ("VESSEL", summary.port_of_discharge), *after)
    known = [{"mode": LEG_MODES[mode], "to": to} for mode, to in legs if mode in LEG_MODES and to is not None]
    return known if len(known) == len(legs) else []
