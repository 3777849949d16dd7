"""What shipping instructions have to satisfy before a draft is made from them.

Only what never reaches the transport document is judged here: advance manifest
filings and house bills. Everything else is judged on the draft itself. Source:
DCSA EBL 3.0.4 (`AdvanceManifestFiling`, `HouseBillOfLading`, `Seller`) and the
checks of DCSA's conformance gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.documents.findings import Finding, error, shown
from contracts.documents.paths import Document, each, first

_PAYMENT_METHODS = ("A", "B", "C", "D", "H", "Y", "Z")
_UNCOUNTED_PACKAGES = ("VY", "VS", "VR", "VQ", "VO", "VL", "NG", "NF", "NE", "VG")
"""UNECE Recommendation 21 codes of bulk and unpacked goods, which have no number of packages."""

_HOUSE_PLACES = ("placeOfAcceptance", "placeOfFinalDelivery")


def filings_differ(instructions: Document) -> Iterator[Finding]:
    """One filing of a type in a country."""
    seen: set[tuple[str, str]] = set()
    for field, filing in each(instructions, "advanceManifestFilings[]", dict):
        key = (str(filing.get("countryCode")), str(filing.get("manifestTypeCode")))
        if key in seen:
            message = f"The filing {shown(' '.join(key))} is listed twice; list it once."
            yield error("instructions.filing-twice", field, message)
        seen.add(key)


def filers_identify_themselves(instructions: Document) -> Iterator[Finding]:
    """Self-filers give the code their authority asks for; ENS also asks whether house bills exist."""
    for field, filing in each(instructions, "advanceManifestFilings[]", dict):
        kind = filing.get("manifestTypeCode")
        by_self = filing.get("advanceManifestFilingsHouseBLPerformedBy") == "SELF"
        if kind == "ENS" and "isHouseBillOfLadingsIssued" not in instructions:
            message = "An ENS filing asks whether house bills were issued; add isHouseBillOfLadingsIssued."
            yield error("instructions.ens-house-bill-flag", "isHouseBillOfLadingsIssued", message)
        if kind == "ENS" and by_self and "identificationNumber" not in filing:
            message = "Whoever files the ENS itself gives its number; add identificationNumber."
            yield error("instructions.ens-identification", f"{field}.identificationNumber", message)
        if kind in ("ACE", "ACI") and by_self and "selfFilerCode" not in filing:
            message = f"Whoever files {kind} itself gives its filer code; add selfFilerCode."
            yield error("instructions.self-filer-code", f"{field}.selfFilerCode", message)


def buyer_and_seller_for_ens(instructions: Document) -> Iterator[Finding]:
    """Goods for the ICS2 zone whose ENS the carrier files name a buyer and a seller."""
    carrier_files = any(
        filing.get("manifestTypeCode") == "ENS"
        and filing.get("advanceManifestFilingsHouseBLPerformedBy") == "CARRIER"
        for _, filing in each(instructions, "advanceManifestFilings[]", dict)
    )
    if not carrier_files:
        return
    owners: list[tuple[str, dict[str, Any]]] = list(each(instructions, "houseBillOfLadings[]", dict))
    if instructions.get("isHouseBillOfLadingsIssued") is False:
        owners.append(("", instructions))
    for field, owner in owners:
        if owner.get("isCargoDeliveredInICS2Zone") is not True:
            continue
        parties = first(owner, "documentParties", dict) or {}
        for role in ("buyer", "seller"):
            if role not in parties:
                where = ".".join(part for part in (field, "documentParties", role) if part)
                message = f"The carrier files the ENS for the ICS2 zone and needs the {role}; add it."
                yield error("instructions.ens-buyer-seller", where, message)


def house_bills(instructions: Document) -> Iterator[Finding]:
    """Each house bill: who is notified, how it is paid, where it starts and ends."""
    for field, bill in each(instructions, "houseBillOfLadings[]", dict):
        notified = first(bill, "documentParties.notifyParty", dict)
        if bill.get("isToOrder") is True and notified is None:
            message = "A house bill to order needs a notify party; add it."
            yield error(
                "instructions.house-bill-notify-party", f"{field}.documentParties.notifyParty", message
            )
        for where, method in each(bill, "methodOfPayment", str, base=field):
            if method not in _PAYMENT_METHODS:
                message = f"{shown(method)} is not one of {', '.join(_PAYMENT_METHODS)}; choose one."
                yield error("instructions.house-bill-payment", where, message)
        for name in _HOUSE_PLACES:
            for where, place in each(bill, name, dict, base=field):
                if "UNLocationCode" not in place and not {"locationName", "countryCode"} <= place.keys():
                    message = "A place needs a UN/LOCODE, or a name with its country; add it."
                    yield error("instructions.house-bill-place", where, message)
        yield from _routing(field, bill)
        yield from _packages(field, bill)


def _routing(field: str, bill: dict[str, Any]) -> Iterator[Finding]:
    """The route starts in the country of acceptance and ends in that of final delivery."""
    countries = [country for _, country in each(bill, "routingOfConsignmentCountries[]", str)]
    if not countries:
        return
    for name, at_end in zip(_HOUSE_PLACES, (countries[0], countries[-1]), strict=True):
        code = first(bill, f"{name}.UNLocationCode", str)
        country = first(bill, f"{name}.countryCode", str) or (code[:2] if code else None)
        if country is not None and at_end != country:
            message = f"The route has {shown(at_end)} but {name} is in {shown(country)}; correct one."
            yield error("instructions.house-bill-routing", f"{field}.routingOfConsignmentCountries", message)


def _packages(field: str, bill: dict[str, Any]) -> Iterator[Finding]:
    """Packages that can be counted are counted."""
    for where, packaging in each(bill, "consignmentItems[].cargoItems[].outerPackaging", dict, base=field):
        code = packaging.get("packageCode")
        if isinstance(code, str) and code not in _UNCOUNTED_PACKAGES and "numberOfPackages" not in packaging:
            message = f"Packages of type {shown(code)} are counted; add numberOfPackages."
            yield error("instructions.house-bill-packages", f"{where}.numberOfPackages", message)


RULES = (filings_differ, filers_identify_themselves, buyer_and_seller_for_ens, house_bills)
"""The rules of this file."""


def check_filings(instructions: Document) -> list[Finding]:
    """Everything wrong with the filings and house bills of shipping instructions."""
    return [finding for rule in RULES for finding in rule(instructions)]
