"""Who a transport document names, and whether that fits the kind of document.

Source of each rule: DCSA EBL 3.0.4 (descriptions of `isToOrder`, `Consignee`,
`Endorsee`, `DocumentParties`) and the checks of DCSA's conformance gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.documents.findings import Finding, error, shown, warning
from contracts.documents.paths import Document, each, first

MAX_DISPLAYED_LINES = 6
"""Address lines that an electronic document may display."""

MAX_DISPLAYED_LINES_ON_PAPER = 2
"""Address lines that every carrier prints on paper; some print more."""

PARTY_PATHS = (
    "documentParties.shipper",
    "documentParties.onBehalfOfShipper",
    "documentParties.consignee",
    "documentParties.onBehalfOfConsignee",
    "documentParties.endorsee",
    "documentParties.issuingParty",
    "documentParties.carriersAgentAtDestination",
    "documentParties.notifyParties[]",
    "documentParties.other[].party",
)
"""Where a transport document names parties."""


def each_party(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named party with its field."""
    for path in PARTY_PATHS:
        yield from each(document, path, dict)


def to_order_needs_bol(document: Document) -> Iterator[Finding]:
    """Only a bill of lading can be made out to order."""
    if document.get("isToOrder") is True and document.get("transportDocumentTypeCode") == "SWB":
        message = "A sea waybill cannot be to order; set isToOrder to false or issue a bill of lading (BOL)."
        yield error("document.to-order-needs-bol", "isToOrder", message)


def consignee_or_endorsee(document: Document) -> Iterator[Finding]:
    """To order: no consignee, and someone to notify. Straight: a consignee, and no endorsee."""
    parties = document.get("documentParties")
    if not isinstance(parties, dict):
        return
    if document.get("isToOrder") is True:
        if "consignee" in parties:
            message = (
                "A document to order names no consignee; make it the endorsee or set isToOrder to false."
            )
            yield error("document.to-order-has-consignee", "documentParties.consignee", message)
        notified = parties.get("notifyParties") or first(parties, "endorsee.isNotifyParty", bool)
        if not notified:
            message = "A document to order needs someone to notify on arrival; add a notify party."
            yield error("document.to-order-needs-notify-party", "documentParties.notifyParties", message)
    elif document.get("isToOrder") is False:
        if "consignee" not in parties:
            message = "A document that is not to order needs a consignee; add it."
            yield error("document.straight-needs-consignee", "documentParties.consignee", message)
        if "endorsee" in parties:
            message = "Only a document to order can have an endorsee; remove it or set isToOrder to true."
            yield error("document.straight-has-endorsee", "documentParties.endorsee", message)


def party_can_be_found(document: Document) -> Iterator[Finding]:
    """Every named party has an address or a code."""
    for field, party in each_party(document):
        if not any(party.get(name) for name in ("address", "addressLines", "identifyingCodes")):
            message = "The party has neither an address nor an identifying code; add one of them."
            yield error("document.party-needs-address-or-code", field, message)


def displayed_address_fits(document: Document) -> Iterator[Finding]:
    """Displayed addresses: six lines on an electronic document, two are safe on paper."""
    for field, party in each_party(document):
        for where, displayed in each(party, "displayedAddress", list, base=field):
            if len(displayed) > MAX_DISPLAYED_LINES:
                message = (
                    f"{len(displayed)} lines where {MAX_DISPLAYED_LINES} fit; shorten the displayed address."
                )
                yield error("document.displayed-address-lines", where, message)
            elif document.get("isElectronic") is False and len(displayed) > MAX_DISPLAYED_LINES_ON_PAPER:
                message = f"{len(displayed)} lines are more than some carriers print on paper; ask yours."
                yield warning("document.displayed-address-on-paper", where, message)


def party_functions_differ(document: Document) -> Iterator[Finding]:
    """Each function among the other parties is held once."""
    seen: set[str] = set()
    for field, function in each(document, "documentParties.other[].partyFunction", str):
        if function in seen:
            message = f"The function {shown(function)} is held twice; name one party for it."
            yield error("document.party-function-twice", field, message)
        seen.add(function)


def tax_references_differ(document: Document) -> Iterator[Finding]:
    """A party has one tax or legal reference of a type in a country."""
    for field, party in each_party(document):
        seen: set[tuple[str, str]] = set()
        for where, reference in each(party, "taxLegalReferences[]", dict, base=field):
            key = (str(reference.get("countryCode")), str(reference.get("type")))
            if key in seen:
                message = f"The party has two references {shown(' '.join(key))}; keep the valid one."
                yield error("document.tax-reference-twice", where, message)
            seen.add(key)


RULES = (
    to_order_needs_bol,
    consignee_or_endorsee,
    party_can_be_found,
    displayed_address_fits,
    party_functions_differ,
    tax_references_differ,
)
"""The rules of this file."""
