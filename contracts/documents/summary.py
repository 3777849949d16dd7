"""What a printed bill, the private search and the acts on a bill need from its contents."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from contracts.documents.masses import grams
from contracts.documents.paths import Document, each, first
from ledger.errors import EncodingError

T = TypeVar("T")


class BillKind(enum.StrEnum):
    """How the right to the goods passes."""

    STRAIGHT = "straight"
    """To the named consignee only."""

    TO_ORDER = "to_order"
    """To the named endorsee, or to whom the endorsee endorses."""

    BLANK = "blank"
    """To order without an endorsee: to the bearer."""

    SEA_WAYBILL = "sea_waybill"
    """No title: delivered to the consignee without surrender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillSummary:
    """The gist of one transport document."""

    kind: BillKind
    """How the right to the goods passes."""
    carrier_code: str
    """Issuing carrier, in the list of `carrier_code_list_provider`."""
    carrier_code_list_provider: str
    """`NMFTA` (SCAC) or `SMDG`."""
    transport_document_reference: str
    """The carrier's number for the document."""
    transport_document_sub_reference: str | None
    """What tells versions of one document apart."""
    containers: tuple[str, ...]
    """Container numbers in the order of the document."""
    port_of_loading: str | None
    """UN/LOCODE."""
    port_of_discharge: str | None
    """UN/LOCODE."""
    place_of_receipt: str | None
    """UN/LOCODE, where pre-carriage starts."""
    place_of_delivery: str | None
    """UN/LOCODE, where on-carriage ends."""
    pre_carriage_by: str | None
    """Mode from the place of receipt to the port of loading."""
    on_carriage_by: str | None
    """Mode from the port of discharge to the place of delivery."""
    vessel_name: str
    """First vessel."""
    voyage_number: str
    """The carrier's export voyage of the first vessel."""
    shipped_on_board_date: str | None
    """`YYYY-MM-DD`; absent on a received-for-shipment document."""
    parties: Mapping[str, str]
    """Names by role: `shipper`, `consignee`, `notifyParty1`, or the function code of another party."""
    shipper_name: str
    """The shipper."""
    consignee_name: str | None
    """The consignee; absent when to order."""
    endorsee_name: str | None
    """The first endorsee; absent unless to order and named."""
    gross_weight_grams: int
    """Sum over the cargo items."""
    packages: int
    """Sum of outer packages over the cargo items."""
    goods_descriptions: tuple[str, ...]
    """One text for each consignment item, its lines joined by a blank."""
    hs_codes: tuple[str, ...]
    """Without repetition, extended codes where given."""


def summarise(document: Document) -> BillSummary:
    """The summary of a document in which `check_transport_document` found no error.

    Raises `EncodingError` naming the field when the document was not checked
    and lacks something.
    """
    transports = _need(document, "transports", dict)
    parties = dict(_parties(document))
    return BillSummary(
        kind=_kind(document),
        carrier_code=_need(document, "carrierCode", str),
        carrier_code_list_provider=_need(document, "carrierCodeListProvider", str),
        transport_document_reference=_need(document, "transportDocumentReference", str),
        transport_document_sub_reference=first(document, "transportDocumentSubReference", str),
        containers=_texts(document, "utilizedTransportEquipments[].equipment.equipmentReference"),
        port_of_loading=first(transports, "portOfLoading.UNLocationCode", str),
        port_of_discharge=first(transports, "portOfDischarge.UNLocationCode", str),
        place_of_receipt=first(transports, "placeOfReceipt.UNLocationCode", str),
        place_of_delivery=first(transports, "placeOfDelivery.UNLocationCode", str),
        pre_carriage_by=first(transports, "preCarriageBy", str),
        on_carriage_by=first(transports, "onCarriageBy", str),
        vessel_name=_need(document, "transports.vesselVoyages[].vesselName", str),
        voyage_number=_need(document, "transports.vesselVoyages[].carrierExportVoyageNumber", str),
        shipped_on_board_date=first(document, "shippedOnBoardDate", str),
        parties=parties,
        shipper_name=_need(document, "documentParties.shipper.partyName", str),
        consignee_name=parties.get("consignee"),
        endorsee_name=parties.get("endorsee"),
        gross_weight_grams=_gross(document),
        packages=_packages(document),
        goods_descriptions=tuple(
            " ".join(_texts(item, "descriptionOfGoods[]"))
            for _, item in each(document, "consignmentItems[]", dict)
        ),
        hs_codes=_hs_codes(document),
    )


def _need(document: Document, path: str, kind: type[T]) -> T:
    value = first(document, path, kind)
    if value is None:
        raise EncodingError("the document lacks this; check it before summarising it", field=path)
    return value


def _texts(document: Document, path: str) -> tuple[str, ...]:
    return tuple(text for _, text in each(document, path, str))


def _kind(document: Document) -> BillKind:
    if _need(document, "transportDocumentTypeCode", str) == "SWB":
        return BillKind.SEA_WAYBILL
    if not _need(document, "isToOrder", bool):
        return BillKind.STRAIGHT
    named = first(document, "documentParties.endorsee", dict) is not None
    return BillKind.TO_ORDER if named else BillKind.BLANK


def _parties(document: Document) -> Iterator[tuple[str, str]]:
    for role, party in _need(document, "documentParties", dict).items():
        if isinstance(party, dict) and isinstance(party.get("partyName"), str):
            yield role, party["partyName"]
    for number, (_, name) in enumerate(
        each(document, "documentParties.notifyParties[].partyName", str), start=1
    ):
        yield f"notifyParty{number}", name
    for _, other in each(document, "documentParties.other[]", dict):
        function, other_name = first(other, "partyFunction", str), first(other, "party.partyName", str)
        if function is not None and other_name is not None:
            yield function, other_name


def _gross(document: Document) -> int:
    total = 0
    for field, weight in each(document, "consignmentItems[].cargoItems[].cargoGrossWeight", dict):
        mass = grams(weight)
        if mass is None:
            raise EncodingError("expected a mass with its unit; check the document first", field=field)
        total += mass
    return total


def _packages(document: Document) -> int:
    counts = each(document, "consignmentItems[].cargoItems[].outerPackaging.numberOfPackages", int)
    return sum(count for _, count in counts)


def _hs_codes(document: Document) -> tuple[str, ...]:
    codes: dict[str, None] = {}
    for _, item in each(document, "consignmentItems[]", dict):
        # DCSA: where extended codes are given, HSCodes is present only for older readers.
        for code in _texts(item, "extendedHSCodes[]") or _texts(item, "HSCodes[]"):
            codes[code] = None
    return tuple(codes)
