"""Documents broken in what they say of parties, copies, dates and legs."""

from __future__ import annotations

from tests.contracts.documents.changes import (
    CODED,
    SAME_TYPE,
    Break,
    other,
    parties,
    together,
)

ERRORS: dict[str, Break] = {
    "a waybill to order": (
        "blank",
        together(
            lambda d: d.update(transportDocumentTypeCode="SWB"),
            lambda d: d.pop("numberOfOriginalsWithoutCharges"),
        ),
        "document.to-order-needs-bol",
        "isToOrder",
    ),
    "to order with a consignee": (
        "blank",
        lambda d: parties(d).update(consignee=CODED),
        "document.to-order-has-consignee",
        "documentParties.consignee",
    ),
    "to order with nobody to notify": (
        "to_order",
        lambda d: parties(d).pop("notifyParties"),
        "document.to-order-needs-notify-party",
        "documentParties.notifyParties",
    ),
    "to order with an endorsee who is not notified": (
        "to_order",
        together(
            lambda d: parties(d).pop("notifyParties"),
            lambda d: parties(d)["endorsee"].update(isNotifyParty=False),
        ),
        "document.to-order-needs-notify-party",
        "documentParties.notifyParties",
    ),
    "straight without a consignee": (
        "straight",
        lambda d: parties(d).pop("consignee"),
        "document.straight-needs-consignee",
        "documentParties.consignee",
    ),
    "straight with an endorsee": (
        "straight",
        lambda d: parties(d).update(endorsee=CODED),
        "document.straight-has-endorsee",
        "documentParties.endorsee",
    ),
    "a party that nobody can find": (
        "straight",
        lambda d: parties(d)["shipper"].pop("address"),
        "document.party-needs-address-or-code",
        "documentParties.shipper",
    ),
    "a notify party that nobody can find": (
        "straight",
        lambda d: parties(d)["notifyParties"][0].pop("address"),
        "document.party-needs-address-or-code",
        "documentParties.notifyParties[0]",
    ),
    "another party that nobody can find": (
        "straight",
        lambda d: parties(d).update(other=[other("SCO", partyName="X", identifyingCodes=[])]),
        "document.party-needs-address-or-code",
        "documentParties.other[0].party",
    ),
    "seven lines of address": (
        "straight",
        lambda d: parties(d)["consignee"].update(displayedAddress=["line"] * 7),
        "document.displayed-address-lines",
        "documentParties.consignee.displayedAddress",
    ),
    "one function held twice": (
        "straight",
        lambda d: parties(d).update(other=[other("DDR")] * 2),
        "document.party-function-twice",
        "documentParties.other[1].partyFunction",
    ),
    "one tax reference twice": (
        "straight",
        lambda d: parties(d)["shipper"]["taxLegalReferences"].append(SAME_TYPE),
        "document.tax-reference-twice",
        "documentParties.shipper.taxLegalReferences[1]",
    ),
    "two originals of an electronic bill": (
        "straight",
        lambda d: d.update(numberOfOriginalsWithCharges=1),
        "document.electronic-one-original",
        "numberOfOriginalsWithCharges",
    ),
    "a copy of an electronic bill": (
        "straight",
        lambda d: d.update(numberOfCopiesWithCharges=1),
        "document.electronic-has-copies",
        "numberOfCopiesWithCharges",
    ),
    "an original of a waybill": (
        "sea_waybill",
        lambda d: d.update(numberOfOriginalsWithoutCharges=1),
        "document.sea-waybill-has-originals",
        "numberOfOriginalsWithoutCharges",
    ),
    "both shipment dates": (
        "straight",
        lambda d: d.update(receivedForShipmentDate="2026-03-07"),
        "document.one-shipment-date",
        "receivedForShipmentDate",
    ),
    "no shipment date": (
        "straight",
        lambda d: d.pop("shippedOnBoardDate"),
        "document.needs-shipment-date",
        "shippedOnBoardDate",
    ),
    "on board by type, received by date": (
        "straight",
        together(
            lambda d: d.pop("shippedOnBoardDate"), lambda d: d.update(receivedForShipmentDate="2026-03-07")
        ),
        "document.shipment-date-type",
        "shippedOnBoardDate",
    ),
    "received by type, on board by date": (
        "straight",
        lambda d: d.update(isShippedOnBoardType=False),
        "document.shipment-date-type",
        "receivedForShipmentDate",
    ),
    "issued without a date": (
        "straight",
        lambda d: d.pop("issueDate"),
        "document.needs-issue-date",
        "issueDate",
    ),
    "a value without a currency": (
        "straight",
        lambda d: d.update(declaredValue=1231.1),
        "document.declared-value-currency",
        "declaredValueCurrency",
    ),
    "a currency without a value": (
        "straight",
        lambda d: d.update(declaredValueCurrency="CNY"),
        "document.declared-value-currency",
        "declaredValue",
    ),
    "pre-carriage from nowhere": (
        "straight",
        lambda d: d["transports"].pop("placeOfReceipt"),
        "document.pre-carriage-needs-place-of-receipt",
        "transports.placeOfReceipt",
    ),
    "on-carriage to nowhere": (
        "to_order",
        lambda d: d["transports"].pop("placeOfDelivery"),
        "document.on-carriage-needs-place-of-delivery",
        "transports.placeOfDelivery",
    ),
    "a port that says nothing": (
        "straight",
        lambda d: d["transports"].update(portOfLoading={}),
        "document.place-empty",
        "transports.portOfLoading",
    ),
}
