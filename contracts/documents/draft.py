"""From shipping instructions to a draft transport document.

The draft holds what the shipper said and what the carrier says of itself. For
everything else that a transport document must state (vessel, ports, dates, the
document's number) it holds a template marker, which `check_transport_document`
refuses, so a draft cannot be issued by oversight and no fact is ever invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.documents.findings import Finding, bounded, error, shown, warning
from contracts.documents.model_document import TRANSPORT_DOCUMENT
from contracts.documents.model_parties import CARRIERS_AGENT
from contracts.documents.paths import Document, join
from contracts.documents.placeholders import placeholder_for
from contracts.documents.rules_instructions import check_filings
from contracts.documents.shape import ListOf, Node, Record
from contracts.documents.transport_document import check_transport_document
from ledger.errors import EncodingError

STAYS_BEHIND = frozenset(
    {
        "shippingInstructionsRevisionNumber",
        "shippingInstructionsStatus",
        "updatedShippingInstructionsStatus",
        "originChargesPaymentTerm",
        "destinationChargesPaymentTerm",
        "isCarriersAgentAtDestinationRequired",
        "isCargoDeliveredInICS2Zone",
        "isHouseBillOfLadingsIssued",
        "advanceManifestFilings",
        "houseBillOfLadings",
        "houseBillOfLadingReference",
        "requestedCarrierCertificates",
        "requestedCarrierClauses",
        "issueTo",
        "buyer",
        "seller",
        "shippingInstructionsRequestor",
        "commoditySubReference",
        "descriptionOfGoodsForCustoms",
        "shippingMarksForCustoms",
        "emptyIndicatorCode",
    }
)
"""Fields of shipping instructions that a transport document has no place for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierDetails:
    """What a carrier puts on each of its transport documents."""

    carrier_code: str
    """SCAC or SMDG code."""
    carrier_code_list_provider: str
    """`NMFTA` or `SMDG`."""
    name: str
    """Legal name, for the issuing party."""
    street: str
    """Street of the issuing office."""
    city: str
    """City of the issuing office."""
    country_code: str
    """ISO 3166-1 alpha-2."""
    post_code: str | None = None
    """Postal code of the issuing office."""
    terms_and_conditions: str | None = None
    """The standing terms of carriage; left for review when None."""


def draft_transport_document(
    shipping_instructions: Document, carrier: CarrierDetails
) -> tuple[Document, list[Finding]]:
    """A draft for review, and everything that stands between it and issue.

    Takes DCSA EBL 3.0 shipping instructions as `ledger.canonical.parse_document`
    returns them, and leaves them unchanged. The findings name each field still
    to be filled (`document.placeholder`), faults in filings and house bills
    (`instructions.*`), and requests that the carrier has to act on (`draft.*`).
    Raises `EncodingError` for anything but an object.
    """
    if not isinstance(shipping_instructions, dict):
        raise EncodingError("expected shipping instructions as a JSON object")
    moved = {**shipping_instructions, "utilizedTransportEquipments": _equipments(shipping_instructions)}
    dropped: list[str] = []
    document: Document = _keep_known(moved, TRANSPORT_DOCUMENT, "", dropped)
    document.update(_from_carrier(carrier))
    document["transportDocumentStatus"] = "DRAFT"
    _add_issuing_party(document, carrier)
    _mark_what_only_the_carrier_knows(document, shipping_instructions)
    _fill_required(document, TRANSPORT_DOCUMENT)
    findings = (
        *check_filings(shipping_instructions),
        *_requests(shipping_instructions, carrier),
        *(_left_out(field) for field in dropped),
        *check_transport_document(document),
    )
    return document, bounded(findings, code="draft.too-many-findings")


def _equipments(instructions: Document) -> Any:
    """The containers in the form of a transport document, where each is an `equipment`."""
    items = instructions.get("utilizedTransportEquipments")
    if not isinstance(items, list):
        return [] if items is None else items
    return [_equipment(item) for item in items]


def _equipment(item: Any) -> Any:
    if not isinstance(item, dict) or "equipment" in item or "equipmentReference" not in item:
        return item
    rest = {name: value for name, value in item.items() if name != "equipmentReference"}
    return {"equipment": {"equipmentReference": item["equipmentReference"]}, **rest}


def _keep_known(value: Any, node: Node, where: str, dropped: list[str]) -> Any:
    """A copy of `value` with the fields that `node` names; others are noted in `dropped`."""
    if isinstance(node, ListOf) and isinstance(value, list):
        items = enumerate(value)
        return [_keep_known(item, node.item, f"{where}[{index}]", dropped) for index, item in items]
    if not isinstance(node, Record) or not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        known, field = node.node(name), join(where, name)
        if known is not None:
            kept[name] = _keep_known(inner, known, field, dropped)
        elif name not in STAYS_BEHIND:
            dropped.append(field)
    return kept


def _from_carrier(carrier: CarrierDetails) -> Document:
    document: Document = {
        "carrierCode": carrier.carrier_code,
        "carrierCodeListProvider": carrier.carrier_code_list_provider,
    }
    if carrier.terms_and_conditions is not None:
        document["termsAndConditions"] = carrier.terms_and_conditions
    return document


def _add_issuing_party(document: Document, carrier: CarrierDetails) -> None:
    address = {"street": carrier.street, "city": carrier.city, "countryCode": carrier.country_code}
    if carrier.post_code is not None:
        address["postCode"] = carrier.post_code
    parties = document.setdefault("documentParties", {})
    if isinstance(parties, dict):
        parties["issuingParty"] = {"partyName": carrier.name, "address": address}


def _mark_what_only_the_carrier_knows(document: Document, instructions: Document) -> None:
    """Markers for fields that are optional in the standard but that this draft needs."""
    on_board = document.get("isShippedOnBoardType") is not False
    date = "shippedOnBoardDate" if on_board else "receivedForShipmentDate"
    document[date] = placeholder_for(date)
    document["transports"] = {
        port: {"UNLocationCode": placeholder_for(f"{port}UNLocationCode")}
        for port in ("portOfLoading", "portOfDischarge")
    }
    parties = document.get("documentParties")
    if instructions.get("isCarriersAgentAtDestinationRequired") is True and isinstance(parties, dict):
        agent = "carriersAgentAtDestination"
        parties[agent] = _marked(CARRIERS_AGENT, agent)


def _fill_required(value: Any, node: Node) -> None:
    """Put a marker wherever `value` lacks something that `node` requires."""
    if isinstance(node, ListOf) and isinstance(value, list):
        for item in value:
            _fill_required(item, node.item)
    elif isinstance(node, Record) and isinstance(value, dict):
        for name, inner in value.items():
            known = node.node(name)
            if known is not None:
                _fill_required(inner, known)
        for name, known in node.required.items():
            if name not in value:
                value[name] = _marked(known, name)


def _marked(node: Node, name: str) -> Any:
    """A value of the shape of `node` that consists of markers."""
    if isinstance(node, ListOf):
        return [_marked(node.item, name)]
    if not isinstance(node, Record):
        return placeholder_for(name)
    names = [*node.required, *node.exactly_one_of[:1], *node.at_least_one_of[:1]]
    return {inner: _marked(known, inner) for inner in names if (known := node.node(inner)) is not None}


def _requests(instructions: Document, carrier: CarrierDetails) -> Iterator[Finding]:
    """What the instructions ask of the carrier beyond filling fields."""
    asked = instructions.get("carrierCode", carrier.carrier_code)
    if asked != carrier.carrier_code:
        message = f"The instructions are for carrier {shown(asked)}; send them to that carrier."
        yield error("draft.other-carrier", "carrierCode", message)
    for name in ("requestedCarrierClauses", "requestedCarrierCertificates"):
        if instructions.get(name):
            message = (
                "The shipper asks for these; write clauses out in carrierClauses, or answer the shipper."
            )
            yield warning("draft.request", name, message)


def _left_out(field: str) -> Finding:
    message = (
        "A transport document has no such field and the draft leaves it out; check that nothing is lost."
    )
    return warning("draft.field-left-out", field, message)
