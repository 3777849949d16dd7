"""Ways to change a transport document, shared by the tables of broken documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], object]
"""What is done to a document."""

Break = tuple[str, Change, str, str]
"""The kind of document, what is done to it, and the code and field of what is found."""

BOX = "utilizedTransportEquipments[0]"
CARGO = "consignmentItems[0].cargoItems[0]"
PARTY = {"partyName": "Somebody Ltd", "address": {"street": "A 1", "city": "B", "countryCode": "NL"}}
SAME_TYPE = {"type": "USCC", "countryCode": "CN", "value": "2"}
BAD_EORI = {"type": "EORI", "countryCode": "NL", "value": "1"}
POUND = {"value": 1, "unit": "LBR"}
POUND_IN_KG = {"value": 0.45359237, "unit": "KGM"}
CODED = {"partyName": "Somebody Ltd", "identifyingCodes": [{"codeListProvider": "ZZZ", "partyCode": "1"}]}


def parties(document: dict[str, Any]) -> Any:
    return document["documentParties"]


def box(document: dict[str, Any]) -> Any:
    return document["utilizedTransportEquipments"][0]


def cargo(document: dict[str, Any]) -> Any:
    return document["consignmentItems"][0]["cargoItems"][0]


def drop(owner: dict[str, Any], *names: str) -> None:
    for name in names:
        del owner[name]


def identify(provider: str, code: str) -> Change:
    return lambda d: parties(d)["shipper"].update(
        identifyingCodes=[{"codeListProvider": provider, "partyCode": code}]
    )


def dangerous(**more: Any) -> Change:
    goods = {"UNNumber": "1463", "properShippingName": "Chromium trioxide", "imoClass": "5.1", **more}
    return lambda d: cargo(d)["outerPackaging"].update(dangerousGoods=[goods])


def together(*changes: Change) -> Change:
    return lambda d: [change(d) for change in changes]


def customs(owner: dict[str, Any]) -> None:
    reference = {"type": "ACID", "countryCode": "EG", "values": ["1"]}
    owner["customsReferences"] = [reference, {**reference, "values": ["2"]}]


def other(function: str, **party: Any) -> dict[str, Any]:
    return {"party": party or PARTY, "partyFunction": function}
