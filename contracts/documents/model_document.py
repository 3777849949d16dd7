"""The shape of a whole transport document (DCSA EBL 3.0.4, `TransportDocument`)."""

from __future__ import annotations

import re

from contracts.documents.model_goods import CONSIGNMENT_ITEM, UTILIZED_EQUIPMENT
from contracts.documents.model_parties import CONTACTS, DOCUMENT_PARTIES
from contracts.documents.model_parts import (
    CURRENCY,
    CUSTOMS_REFERENCES,
    DATE,
    FLAG,
    INLAND_POINT,
    LICENCE,
    PAYABLE_AT,
    PLACE,
    PLACE_OF_ISSUE,
    PORT,
    PREPAID_OR_COLLECT,
    REFERENCES,
    SOLID,
    lines,
    trimmed,
)
from contracts.documents.shape import ListOf, Node, Number, Record, Text, Whole

STATUSES = (
    "DRAFT",
    "APPROVED",
    "ISSUED",
    "PENDING_SURRENDER_FOR_AMENDMENT",
    "SURRENDERED_FOR_AMENDMENT",
    "PENDING_SURRENDER_FOR_DELIVERY",
    "SURRENDERED_FOR_DELIVERY",
    "VOIDED",
    "SURRENDER_FOR_AMENDMENT",
    "VOID",
)
"""The document's states; the last two are spellings of the notification schema, accepted on input."""

UNISSUED_STATUSES = ("DRAFT", "APPROVED")
"""The states before the carrier has issued, in which dates may still be missing."""

_ORIGIN_OR_DESTINATION = Text(most=3, choices=("CY", "SD", "CFS"))
_AMOUNT = Number(minimum=0)

_TRANSPORTS = Record(
    required={
        "plannedArrivalDate": DATE,
        "plannedDepartureDate": DATE,
        "portOfLoading": PORT,
        "portOfDischarge": PORT,
        "vesselVoyages": ListOf(
            item=Record(
                required={"vesselName": trimmed(50), "carrierExportVoyageNumber": trimmed(50)},
                optional={
                    "universalExportVoyageReference": Text(
                        most=5,
                        least=5,
                        pattern=re.compile(r"[0-9]{2}[0-9A-Z]{2}[NEWSR]"),
                        looks="a universal voyage reference such as 2603S",
                    ),
                    "role": Text(most=30),
                },
            ),
            least=1,
        ),
    },
    optional={
        "preCarriageBy": Text(most=50),
        "onCarriageBy": Text(most=50),
        "placeOfReceipt": PLACE,
        "placeOfDelivery": PLACE,
        "onwardInlandRouting": INLAND_POINT,
    },
)

_CHARGE = Record(
    required={
        "chargeName": trimmed(50),
        "currencyAmount": _AMOUNT,
        "currencyCode": CURRENCY,
        "paymentTermCode": PREPAID_OR_COLLECT,
        "calculationBasis": trimmed(50),
        "unitPrice": _AMOUNT,
        "quantity": _AMOUNT,
    },
    optional={"extendedChargeName": trimmed(100)},
)

_FEEDBACK = Record(
    required={"severity": Text(most=50), "code": Text(most=50), "message": Text(most=5000)},
    optional={"jsonPath": Text(most=500), "property": Text(most=100)},
)

_REQUIRED: dict[str, Node] = {
    "transportDocumentReference": trimmed(20),
    "transportDocumentStatus": Text(most=50, choices=STATUSES),
    "transportDocumentTypeCode": Text(most=3, choices=("BOL", "SWB")),
    "isShippedOnBoardType": FLAG,
    "isElectronic": FLAG,
    "isToOrder": FLAG,
    "termsAndConditions": Text(most=50_000),
    "receiptTypeAtOrigin": _ORIGIN_OR_DESTINATION,
    "deliveryTypeAtDestination": _ORIGIN_OR_DESTINATION,
    "cargoMovementTypeAtOrigin": Text(most=3),
    "cargoMovementTypeAtDestination": Text(most=3),
    "carrierCode": Text(most=4, pattern=SOLID, looks="a code without blanks"),
    "carrierCodeListProvider": Text(most=5, choices=("SMDG", "NMFTA")),
    "transports": _TRANSPORTS,
    "invoicePayableAt": PAYABLE_AT,
    "partyContactDetails": ListOf(item=CONTACTS.item, least=1),
    "documentParties": DOCUMENT_PARTIES,
    "consignmentItems": ListOf(item=CONSIGNMENT_ITEM, least=1),
    "utilizedTransportEquipments": ListOf(item=UTILIZED_EQUIPMENT, least=1),
}

_OPTIONAL: dict[str, Node] = {
    "transportDocumentSubReference": trimmed(100),
    "shippingInstructionsReference": trimmed(100),
    "freightPaymentTermCode": PREPAID_OR_COLLECT,
    "numberOfCopiesWithCharges": Whole(),
    "numberOfCopiesWithoutCharges": Whole(),
    "numberOfOriginalsWithCharges": Whole(),
    "numberOfOriginalsWithoutCharges": Whole(),
    "displayedNameForPlaceOfReceipt": lines(5),
    "displayedNameForPortOfLoad": lines(5),
    "displayedNameForPortOfDischarge": lines(5),
    "displayedNameForPlaceOfDelivery": lines(5),
    "shippedOnBoardDate": DATE,
    "receivedForShipmentDate": DATE,
    "displayedShippedOnBoardReceivedForShipment": trimmed(250),
    "issueDate": DATE,
    "serviceContractReference": Text(most=30),
    "contractQuotationReference": trimmed(35),
    "extendedContractQuotationReference": trimmed(70),
    "declaredValue": _AMOUNT,
    "declaredValueCurrency": CURRENCY,
    "carrierClauses": ListOf(item=trimmed(20_000)),
    "numberOfRiderPages": Whole(),
    "charges": ListOf(item=_CHARGE),
    "placeOfIssue": PLACE_OF_ISSUE,
    "exportLicense": LICENCE,
    "importLicense": LICENCE,
    "references": REFERENCES,
    "customsReferences": CUSTOMS_REFERENCES,
    "feedbacks": ListOf(item=_FEEDBACK),
}

TRANSPORT_DOCUMENT = Record(required=_REQUIRED, optional=_OPTIONAL)
"""Every field of a transport document."""
