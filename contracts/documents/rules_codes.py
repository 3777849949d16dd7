"""Code values that the standard lists in prose, and identifiers whose form depends on a neighbour.

A value outside a closed list is an error. Lists that DCSA extends between
releases (platforms, code list providers, national commodity codes) only warn, so
that a new platform's documents are not refused by an older node.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.documents.findings import Finding, Severity, shown
from contracts.documents.identifiers import check_carrier_code, check_eori, check_lei
from contracts.documents.paths import Document, each, first
from contracts.documents.placeholders import is_placeholder
from contracts.documents.rules_parties import PARTY_PATHS, each_party

PLATFORMS = (
    "WAVE", "CARX", "ESSD", "IDT", "BOLE", "EDOX", "IQAX", "SECR", "TRGO", "ETEU",
    "TRAC", "BRIT", "COVA", "ETIT", "KTNE", "CRED", "BLOC", "DOCU", "AEOT", "SGTD",
)  # fmt: skip
"""Platforms for electronic bills that DCSA lists."""

CODE_LIST_PROVIDERS = (*PLATFORMS, "GSBN", "WISE", "GLEIF", "W3C", "DNB", "FMC", "DCSA", "ZZZ")
"""Who keeps lists of party codes, as DCSA lists them; ZZZ means mutually agreed."""

MODES = ("VESSEL", "RAIL", "TRUCK", "BARGE", "MULTIMODAL")
"""Modes of pre-carriage and on-carriage."""

_PERSONS = ("NATURAL_PERSON", "LEGAL_PERSON", "ASSOCIATION_OF_PERSONS")
_WOOD = (
    "NOT_APPLICABLE", "NOT_TREATED_AND_NOT_CERTIFIED", "PROCESSED", "TREATED_AND_CERTIFIED",
    "Not Applicable", "Not treated and not certified", "Processed", "Treated and certified",
)  # fmt: skip
_COMMODITY_CODES = ("NCM", "HTS", "SCHEDULE_B", "Schedule B", "TARIC", "CN", "CUS")
_FEEDBACK_CODES = (
    "INFORMATIONAL_MESSAGE", "PROPERTY_WILL_BE_IGNORED", "PROPERTY_VALUE_MUST_CHANGE",
    "PROPERTY_VALUE_HAS_BEEN_CHANGED", "PROPERTY_VALUE_MAY_CHANGE", "PROPERTY_HAS_BEEN_DELETED",
)  # fmt: skip
_GOODS = "consignmentItems[].cargoItems[].outerPackaging.dangerousGoods[]"

CLOSED_LISTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cargoMovementTypeAtOrigin", ("FCL", "LCL")),
    ("cargoMovementTypeAtDestination", ("FCL", "LCL")),
    ("transports.preCarriageBy", MODES),
    ("transports.onCarriageBy", MODES),
    ("transports.vesselVoyages[].role", ("FIRST_SEA_GOING", "MOTHER")),
    ("documentParties.other[].partyFunction", ("SCO", "DDR", "DDS", "COW", "COX")),
    ("references[].type", ("CR", "AKG")),
    ("utilizedTransportEquipments[].references[].type", ("CR", "AKG")),
    ("consignmentItems[].references[].type", ("CR", "AKG", "SPO", "CPO")),
    ("consignmentItems[].cargoItems[].outerPackaging.woodDeclaration", _WOOD),
    (f"{_GOODS}.inhalationZone", ("A", "B", "C", "D")),
    (f"{_GOODS}.segregationGroups[]", tuple(str(group) for group in range(1, 19))),
    ("feedbacks[].severity", ("INFO", "WARN", "ERROR")),
    ("feedbacks[].code", _FEEDBACK_CODES),
    *((f"{path}.typeOfPerson", _PERSONS) for path in PARTY_PATHS),
)
"""Fields with the only values they may have (DCSA EBL 3.0.4; IMDG segregation groups 1 to 18)."""

GROWING_LISTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("consignmentItems[].nationalCommodityCodes[].type", _COMMODITY_CODES),
    ("consignmentItems[].extendedNationalCommodityCodes[].type", _COMMODITY_CODES),
    ("consignmentItems[].cargoItems[].nationalCommodityCodes[].type", _COMMODITY_CODES),
    ("consignmentItems[].cargoItems[].extendedNationalCommodityCodes[].type", _COMMODITY_CODES),
    *((f"{path}.eblPlatform", PLATFORMS) for path in PARTY_PATHS),
    *((f"{path}.identifyingCodes[].codeListProvider", CODE_LIST_PROVIDERS) for path in PARTY_PATHS),
)
"""Fields with the values known at the time of writing."""

LOCATION_PATHS = (
    "transports.placeOfReceipt.UNLocationCode",
    "transports.portOfLoading.UNLocationCode",
    "transports.portOfDischarge.UNLocationCode",
    "transports.placeOfDelivery.UNLocationCode",
    "transports.onwardInlandRouting.UNLocationCode",
    "placeOfIssue.UNLocationCode",
    "invoicePayableAt.UNLocationCode",
    *(f"{path}.address.UNLocationCode" for path in PARTY_PATHS),
)
"""Where a transport document carries UN/LOCODEs."""


def known_values(document: Document) -> Iterator[Finding]:
    """Values are on their lists."""
    for severity, lists in ((Severity.ERROR, CLOSED_LISTS), (Severity.WARNING, GROWING_LISTS)):
        for path, values in lists:
            for field, value in each(document, path, str):
                if value not in values and not is_placeholder(value):
                    yield Finding(
                        severity=severity,
                        code="document.unknown-value",
                        field=field,
                        message=f"{shown(value)} is not one of {', '.join(values)}; correct or confirm it.",
                    )


def party_codes(document: Document) -> Iterator[Finding]:
    """LEIs and EORI numbers, recognised by their list or type, have the right form."""
    for field, party in each_party(document):
        for where, code in each(party, "identifyingCodes[]", dict, base=field):
            if code.get("codeListProvider") == "GLEIF" and code.get("codeListName", "LEI") == "LEI":
                for path, value in each(code, "partyCode", str, base=where):
                    yield from [] if is_placeholder(value) else check_lei(value, field=path)
        for where, reference in each(party, "taxLegalReferences[]", dict, base=field):
            if reference.get("type") == "EORI":
                for path, value in each(reference, "value", str, base=where):
                    yield from [] if is_placeholder(value) else check_eori(value, field=path)


def carrier_code(document: Document) -> Iterator[Finding]:
    """The carrier's code has the form of the list it is from."""
    provider = first(document, "carrierCodeListProvider", str)
    for field, code in each(document, "carrierCode", str):
        if provider is not None and not is_placeholder(code):
            yield from check_carrier_code(code, field=field, code_list_provider=provider)


RULES = (known_values, party_codes, carrier_code)
"""The rules of this file that need nothing but the document."""
