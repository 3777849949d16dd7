"""What a transport document says of itself and of the voyage: copies, dates, value, legs.

Source of each rule: DCSA EBL 3.0.4 (descriptions of the fields named) and the
checks of DCSA's conformance gateway.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.documents.findings import Finding, error, warning
from contracts.documents.model_document import UNISSUED_STATUSES
from contracts.documents.paths import Document, each, first
from contracts.documents.shape import is_date

_ORIGINALS = ("numberOfOriginalsWithCharges", "numberOfOriginalsWithoutCharges")
_COPIES = ("numberOfCopiesWithCharges", "numberOfCopiesWithoutCharges")
_PLACES = ("placeOfReceipt", "portOfLoading", "portOfDischarge", "placeOfDelivery", "onwardInlandRouting")


def originals_and_copies(document: Document) -> Iterator[Finding]:
    """An electronic bill has at most one original and no copies; a sea waybill has no originals."""
    kind = document.get("transportDocumentTypeCode")
    originals = [(name, count) for name in _ORIGINALS for _, count in each(document, name, int) if count > 0]
    if kind == "SWB":
        for name, _ in originals:
            message = "A sea waybill has no originals; remove the number."
            yield error("document.sea-waybill-has-originals", name, message)
    elif kind == "BOL" and document.get("isElectronic") is True:
        if sum(count for _, count in originals) > 1:
            message = (
                "An electronic bill has one original; with and without charges must add up to at most 1."
            )
            yield error("document.electronic-one-original", originals[0][0], message)
        for name in _COPIES:
            if (first(document, name, int) or 0) > 0:
                message = "An electronic bill of lading has no copies; remove the number."
                yield error("document.electronic-has-copies", name, message)


def on_board_or_received(document: Document) -> Iterator[Finding]:
    """Exactly one of the two dates, and the one that the type of document calls for."""
    on_board, received = "shippedOnBoardDate" in document, "receivedForShipmentDate" in document
    if on_board and received:
        message = "A document is either shipped on board or received for shipment; keep one of the two dates."
        yield error("document.one-shipment-date", "receivedForShipmentDate", message)
    elif not on_board and not received:
        if document.get("transportDocumentStatus") not in UNISSUED_STATUSES:
            message = "An issued document says when goods were shipped on board or received; add the date."
            yield error("document.needs-shipment-date", "shippedOnBoardDate", message)
    elif document.get("isShippedOnBoardType") is True and not on_board:
        message = "A shipped-on-board document needs this date; add it or set isShippedOnBoardType to false."
        yield error("document.shipment-date-type", "shippedOnBoardDate", message)
    elif document.get("isShippedOnBoardType") is False and not received:
        message = (
            "A received-for-shipment document needs this date; add it or set isShippedOnBoardType to true."
        )
        yield error("document.shipment-date-type", "receivedForShipmentDate", message)


def issue_date_once_issued(document: Document) -> Iterator[Finding]:
    """The issue date may wait only until the document is issued."""
    status = document.get("transportDocumentStatus")
    if isinstance(status, str) and status not in UNISSUED_STATUSES and "issueDate" not in document:
        message = "An issued document states its issue date; add it."
        yield error("document.needs-issue-date", "issueDate", message)


def declared_value_with_currency(document: Document) -> Iterator[Finding]:
    """A declared value and its currency come together."""
    if "declaredValue" in document and "declaredValueCurrency" not in document:
        message = "The declared value has no currency; add declaredValueCurrency."
        yield error("document.declared-value-currency", "declaredValueCurrency", message)
    elif "declaredValueCurrency" in document and "declaredValue" not in document:
        message = "There is a currency but no declared value; remove it or add declaredValue."
        yield error("document.declared-value-currency", "declaredValue", message)


def legs_have_ends(document: Document) -> Iterator[Finding]:
    """Pre-carriage starts at a place of receipt, on-carriage ends at a place of delivery."""
    transports = first(document, "transports", dict) or {}
    if "preCarriageBy" in transports and "placeOfReceipt" not in transports:
        message = "The carrier arranges pre-carriage, so the document needs a place of receipt; add it."
        yield error("document.pre-carriage-needs-place-of-receipt", "transports.placeOfReceipt", message)
    if "onCarriageBy" in transports and "placeOfDelivery" not in transports:
        message = "The carrier arranges on-carriage, so the document needs a place of delivery; add it."
        yield error("document.on-carriage-needs-place-of-delivery", "transports.placeOfDelivery", message)


def places_say_where(document: Document) -> Iterator[Finding]:
    """A place that is given says where it is."""
    for name in _PLACES:
        for field, place in each(document, f"transports.{name}", dict):
            if not place:
                message = "The place is empty; add its UN/LOCODE or its name."
                yield error("document.place-empty", field, message)


def arrival_after_departure(document: Document) -> Iterator[Finding]:
    """Planned dates run forward; both are local, so this is for a person to judge."""
    departure = first(document, "transports.plannedDepartureDate", str)
    arrival = first(document, "transports.plannedArrivalDate", str)
    # Dates of the form YYYY-MM-DD sort as they follow each other; others the shape check reports.
    if departure and arrival and is_date(departure) and is_date(arrival) and arrival < departure:
        message = f"Arrival {arrival} is planned before departure {departure}; check both dates."
        yield warning("document.arrival-before-departure", "transports.plannedArrivalDate", message)


RULES = (
    originals_and_copies,
    on_board_or_received,
    issue_date_once_issued,
    declared_value_with_currency,
    legs_have_ends,
    places_say_where,
    arrival_after_departure,
)
"""The rules of this file."""
