"""The shapes of the parties that a transport document names (DCSA EBL 3.0.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from contracts.documents.model_parts import (
    ADDRESS,
    COUNTRY,
    FLAG,
    PARTY_ADDRESS,
    SOLID,
    lines,
    trimmed,
)
from contracts.documents.shape import ListOf, Node, Record, Text

CONTACTS = ListOf(
    item=Record(
        required={"name": trimmed(35)},
        optional={
            "phone": trimmed(30),
            "email": Text(most=100, pattern=re.compile(r".+@\S+"), looks="an e-mail address"),
        },
        at_least_one_of=("phone", "email"),
    )
)
_CODE = Record(
    required={"codeListProvider": Text(most=100), "partyCode": Text(most=150)},
    optional={"codeListName": Text(most=100)},
)
_CODES = ListOf(item=_CODE)
_CODES_REQUIRED = ListOf(item=_CODE, least=1)
_TAX_REFERENCES = ListOf(
    item=Record(required={"type": trimmed(50), "countryCode": COUNTRY, "value": trimmed(35)})
)
_PLATFORM = Text(most=4, pattern=SOLID, looks="a platform code without blanks")

_NAME: Mapping[str, Node] = {"partyName": trimmed(70)}
_WHERE: Mapping[str, Node] = {"address": PARTY_ADDRESS, "addressLines": lines(5, 250)}
_REACH: Mapping[str, Node] = {"taxLegalReferences": _TAX_REFERENCES, "partyContactDetails": CONTACTS}
_PRINTED: Mapping[str, Node] = {"displayedAddress": lines(None)}
_ORDERS: Mapping[str, Node] = {"reference": trimmed(35), "purchaseOrderReferences": ListOf(item=trimmed(35))}
_PERSON: Mapping[str, Node] = {"typeOfPerson": trimmed(50)}

_SHIPPER = Record(
    required=_NAME,
    optional={
        **_WHERE, **_REACH, **_PRINTED, **_ORDERS, **_PERSON,
        "eblPlatform": _PLATFORM, "identifyingCodes": _CODES,
    },
)  # fmt: skip
_CONSIGNEE = Record(
    required={**_NAME, "identifyingCodes": _CODES_REQUIRED},
    optional={
        **_WHERE, **_REACH, **_PRINTED, **_ORDERS, **_PERSON,
        "eblPlatform": _PLATFORM, "isNotifyParty": FLAG,
    },
)  # fmt: skip
_ENDORSEE = Record(
    required={**_NAME, "identifyingCodes": _CODES_REQUIRED},
    optional={**_WHERE, **_REACH, **_PRINTED, "eblPlatform": _PLATFORM, "isNotifyParty": FLAG},
)
_NOTIFY_PARTY = Record(
    required=_NAME,
    optional={
        **_WHERE, **_REACH, **_PRINTED, **_PERSON, "identifyingCodes": _CODES, "reference": trimmed(35),
    },
)  # fmt: skip
_ISSUING_PARTY = Record(
    required={**_NAME, "address": PARTY_ADDRESS},
    optional={"addressLines": lines(5, 250), "identifyingCodes": _CODES, **_REACH},
)
CARRIERS_AGENT = Record(
    required={**_NAME, "address": ADDRESS, "partyContactDetails": CONTACTS},
    optional={"addressLines": lines(5, 250)},
)
_OTHER_PARTY = Record(
    required={
        "party": Record(
            required=_NAME,
            optional={**_WHERE, **_REACH, "identifyingCodes": _CODES, "reference": trimmed(35)},
        ),
        "partyFunction": Text(most=3),
    }
)

DOCUMENT_PARTIES = Record(
    required={"shipper": _SHIPPER, "issuingParty": _ISSUING_PARTY},
    optional={
        "onBehalfOfShipper": Record(required=_NAME, optional={**_WHERE, "identifyingCodes": _CODES}),
        "consignee": _CONSIGNEE,
        "onBehalfOfConsignee": Record(
            required=_NAME, optional={**_WHERE, "identifyingCodes": _CODES_REQUIRED}
        ),
        "endorsee": _ENDORSEE,
        "carriersAgentAtDestination": CARRIERS_AGENT,
        "notifyParties": ListOf(item=_NOTIFY_PARTY, most=3),
        "other": ListOf(item=_OTHER_PARTY),
    },
)
