"""Documents broken in what they say of goods and containers, and in their codes."""

from __future__ import annotations

from tests.contracts.documents.changes import (
    BAD_EORI,
    BOX,
    CARGO,
    Break,
    box,
    cargo,
    customs,
    dangerous,
    drop,
    identify,
    other,
    parties,
    together,
)

ERRORS: dict[str, Break] = {
    "a container listed twice": (
        "straight",
        lambda d: d["utilizedTransportEquipments"].append(box(d)),
        "document.container-twice",
        "utilizedTransportEquipments[2].equipment.equipmentReference",
    ),
    "cargo in an unlisted container": (
        "straight",
        lambda d: d["consignmentItems"][0]["cargoItems"].append(
            {**cargo(d), "equipmentReference": "NARU3472484"}
        ),
        "document.cargo-in-unknown-container",
        "consignmentItems[0].cargoItems[1].equipmentReference",
    ),
    "a container without cargo": (
        "to_order",
        lambda d: d["consignmentItems"][0]["cargoItems"].pop(),
        "document.container-without-cargo",
        "utilizedTransportEquipments[2].equipment.equipmentReference",
    ),
    "a reefer of unknown duty": (
        "sea_waybill",
        lambda d: drop(box(d), "isNonOperatingReefer"),
        "document.reefer-needs-flag",
        f"{BOX}.isNonOperatingReefer",
    ),
    "settings of a container of unknown type": (
        "sea_waybill",
        lambda d: (drop(box(d), "isNonOperatingReefer"), drop(box(d)["equipment"], "ISOEquipmentCode")),
        "document.reefer-needs-flag",
        f"{BOX}.isNonOperatingReefer",
    ),
    "settings of a dry container": (
        "sea_waybill",
        lambda d: box(d)["equipment"].update(ISOEquipmentCode="45G1"),
        "document.not-a-reefer",
        f"{BOX}.activeReeferSettings",
    ),
    "settings of a dry container without a word of its duty": (
        "sea_waybill",
        lambda d: (box(d)["equipment"].update(ISOEquipmentCode="45G1"), drop(box(d), "isNonOperatingReefer")),
        "document.not-a-reefer",
        f"{BOX}.activeReeferSettings",
    ),
    "reefer duty of a dry container": (
        "straight",
        lambda d: box(d).update(isNonOperatingReefer=True),
        "document.not-a-reefer",
        f"{BOX}.isNonOperatingReefer",
    ),
    "an operating reefer without settings": (
        "sea_waybill",
        lambda d: drop(box(d), "activeReeferSettings"),
        "document.reefer-needs-settings",
        f"{BOX}.activeReeferSettings",
    ),
    "a non-operating reefer with settings": (
        "sea_waybill",
        lambda d: box(d).update(isNonOperatingReefer=True),
        "document.reefer-not-operating",
        f"{BOX}.activeReeferSettings",
    ),
    "a temperature without a unit": (
        "sea_waybill",
        lambda d: drop(box(d)["activeReeferSettings"], "temperatureUnit"),
        "document.setpoint-unit",
        f"{BOX}.activeReeferSettings.temperatureUnit",
    ),
    "a unit of air without a set point": (
        "sea_waybill",
        lambda d: drop(box(d)["activeReeferSettings"], "airExchangeSetpoint"),
        "document.setpoint-unit",
        f"{BOX}.activeReeferSettings.airExchangeSetpoint",
    ),
    "dangerous goods in nameless packaging": (
        "straight",
        together(dangerous(), lambda d: drop(cargo(d)["outerPackaging"], "packageCode")),
        "document.dangerous-goods-packaging",
        f"{CARGO}.outerPackaging",
    ),
    "goods lighter with their packaging": (
        "straight",
        lambda d: cargo(d).update(cargoNetWeight={"value": 20371, "unit": "LBR"}),
        "document.net-exceeds-gross",
        f"{CARGO}.cargoNetWeight",
    ),
    "a customs reference twice": (
        "straight",
        customs,
        "document.customs-reference-twice",
        "customsReferences[1]",
    ),
    "a customs reference twice in goods": (
        "straight",
        lambda d: customs(d["consignmentItems"][1]),
        "document.customs-reference-twice",
        "consignmentItems[1].customsReferences[1]",
    ),
    "a customs reference twice in cargo": (
        "straight",
        lambda d: customs(cargo(d)),
        "document.customs-reference-twice",
        f"{CARGO}.customsReferences[1]",
    ),
    "a customs reference twice on a container": (
        "straight",
        lambda d: customs(box(d)),
        "document.customs-reference-twice",
        f"{BOX}.customsReferences[1]",
    ),
    "a movement type of its own": (
        "straight",
        lambda d: d.update(cargoMovementTypeAtOrigin="BBK"),
        "document.unknown-value",
        "cargoMovementTypeAtOrigin",
    ),
    "a mode of carriage of its own": (
        "straight",
        lambda d: d["transports"].update(preCarriageBy="CAMEL"),
        "document.unknown-value",
        "transports.preCarriageBy",
    ),
    "a party function of its own": (
        "straight",
        lambda d: parties(d).update(other=[other("XYZ")]),
        "document.unknown-value",
        "documentParties.other[0].partyFunction",
    ),
    "a person of its own kind": (
        "straight",
        lambda d: parties(d)["shipper"].update(typeOfPerson="MACHINE"),
        "document.unknown-value",
        "documentParties.shipper.typeOfPerson",
    ),
    "a reference type of goods on the whole": (
        "straight",
        lambda d: d.update(references=[{"type": "SPO", "value": "1"}]),
        "document.unknown-value",
        "references[0].type",
    ),
    "wood of its own": (
        "straight",
        lambda d: cargo(d)["outerPackaging"].update(woodDeclaration="OAK"),
        "document.unknown-value",
        f"{CARGO}.outerPackaging.woodDeclaration",
    ),
    "an inhalation zone of its own": (
        "straight",
        dangerous(inhalationZone="E"),
        "document.unknown-value",
        f"{CARGO}.outerPackaging.dangerousGoods[0].inhalationZone",
    ),
    "a segregation group of its own": (
        "straight",
        dangerous(segregationGroups=["1", "19"]),
        "document.unknown-value",
        f"{CARGO}.outerPackaging.dangerousGoods[0].segregationGroups[1]",
    ),
    "a carrier code that is no SCAC": (
        "straight",
        lambda d: d.update(carrierCode="BB1"),
        "identifier.carrier-code",
        "carrierCode",
    ),
    "a malformed LEI": (
        "straight",
        identify("GLEIF", "213800"),
        "identifier.lei",
        "documentParties.shipper.identifyingCodes[0].partyCode",
    ),
    "a marker for an LEI": (
        "straight",
        identify("GLEIF", "PARTY_CODE_PLACEHOLDER"),
        "document.placeholder",
        "documentParties.shipper.identifyingCodes[0].partyCode",
    ),
    "a marker for an EORI": (
        "straight",
        lambda d: parties(d)["consignee"].update(
            taxLegalReferences=[{**BAD_EORI, "value": "VALUE_PLACEHOLDER"}]
        ),
        "document.placeholder",
        "documentParties.consignee.taxLegalReferences[0].value",
    ),
    "a marker for a carrier": (
        "straight",
        lambda d: d.update(carrierCode="CARRIER_CODE_PLACEHOLDER"),
        "document.placeholder",
        "carrierCode",
    ),
    "a malformed EORI": (
        "straight",
        lambda d: parties(d)["consignee"].update(taxLegalReferences=[BAD_EORI]),
        "identifier.eori",
        "documentParties.consignee.taxLegalReferences[0].value",
    ),
    "a malformed place": (
        "straight",
        lambda d: d["transports"]["portOfLoading"].update(UNLocationCode="QINZHOU"),
        "identifier.location-code",
        "transports.portOfLoading.UNLocationCode",
    ),
    "a malformed HS code": (
        "straight",
        lambda d: d["consignmentItems"][1]["HSCodes"].append("87.14"),
        "identifier.hs-code",
        "consignmentItems[1].HSCodes[1]",
    ),
}
