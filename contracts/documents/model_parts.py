"""Shapes that several parts of a transport document share: text kinds, places, measures, references.

With `model_parties`, `model_goods` and `model_document` this is our own table of
the DCSA transport document 3.0.4 (DCSA-OpenAPI, ebl/v3): names, limits and lists
are the standard's. Where the standard leaves a list of codes open, the table
takes any text and `rules_codes` says what is known.
"""

from __future__ import annotations

import re

from contracts.documents.identifiers import check_country, check_location_code
from contracts.documents.masses import MAX_MASS
from contracts.documents.shape import Date, Flag, Identifier, ListOf, Node, Number, Record, Text

TRIMMED = re.compile(r"\S(?:.*\S)?")
SOLID = re.compile(r"\S+")


def trimmed(most: int) -> Text:
    """One line without blanks at either end."""
    return Text(most=most, pattern=TRIMMED, looks="one line without blanks at either end")


def lines(most_lines: int | None, most: int = 35) -> ListOf:
    """Lines as they are printed on the document."""
    return ListOf(item=Text(most=most), most=most_lines)


DATE = Date()
FLAG = Flag()
COUNTRY = Identifier(check=check_country)
LOCATION = Identifier(check=check_location_code)
CURRENCY = Text(most=3, least=3, pattern=re.compile(r"[A-Z]{3}"), looks="a currency code (three capitals)")
PREPAID_OR_COLLECT = Text(most=3, choices=("PRE", "COL"))


def measure(*units: str) -> Record:
    """A positive value with its unit."""
    return Record(required={"value": Number(above=0, maximum=MAX_MASS), "unit": Text(most=3, choices=units)})


WEIGHT = measure("KGM", "LBR")
VOLUME = measure("MTQ", "FTQ")

_ADDRESS_OPTIONAL: dict[str, Node] = {
    "streetNumber": Text(most=50),
    "floor": trimmed(50),
    "postCode": Text(most=10),
    "POBox": Text(most=20),
    "stateRegion": Text(most=65),
}
_ADDRESS_REQUIRED: dict[str, Node] = {"street": Text(most=70), "city": trimmed(35), "countryCode": COUNTRY}

ADDRESS = Record(required=_ADDRESS_REQUIRED, optional=_ADDRESS_OPTIONAL)
PARTY_ADDRESS = Record(required=_ADDRESS_REQUIRED, optional={**_ADDRESS_OPTIONAL, "UNLocationCode": LOCATION})

_CITY = Record(
    required={"city": trimmed(35), "countryCode": COUNTRY}, optional={"stateRegion": Text(most=65)}
)
_FACILITY = Record(
    required={"facilityCode": trimmed(6), "facilityCodeListProvider": Text(most=4, choices=("BIC", "SMDG"))}
)
_COORDINATE = Record(required={"latitude": Text(most=10), "longitude": Text(most=11)})

PORT = Record(optional={"locationName": trimmed(100), "city": _CITY, "UNLocationCode": LOCATION})
INLAND_POINT = Record(
    optional={
        "locationName": trimmed(100),
        "facilityName": Text(most=100),
        "address": ADDRESS,
        "addressLines": lines(5, 250),
        "facility": _FACILITY,
        "UNLocationCode": LOCATION,
    }
)
PLACE = Record(optional={**INLAND_POINT.optional, "geoCoordinate": _COORDINATE})
PLACE_OF_ISSUE = Record(
    optional={"locationName": trimmed(100), "UNLocationCode": LOCATION, "countryCode": COUNTRY},
    exactly_one_of=("UNLocationCode", "countryCode"),
)
PAYABLE_AT = Record(
    optional={"UNLocationCode": LOCATION, "freeText": Text(most=35)},
    exactly_one_of=("UNLocationCode", "freeText"),
)

LICENCE = Record(
    optional={"isRequired": FLAG, "reference": trimmed(35), "issueDate": DATE, "expiryDate": DATE}
)
REFERENCES = ListOf(item=Record(required={"type": Text(most=3), "value": trimmed(35)}))
CUSTOMS_REFERENCES = ListOf(
    item=Record(
        required={"type": trimmed(50), "countryCode": COUNTRY, "values": ListOf(item=trimmed(35), least=1)}
    )
)
