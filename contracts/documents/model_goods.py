"""The shapes of goods, packages, dangerous goods and containers (DCSA EBL 3.0.4)."""

from __future__ import annotations

import re

from contracts.documents.identifiers import check_container_number, check_extended_hs_code, check_hs_code
from contracts.documents.model_parts import (
    COUNTRY,
    CUSTOMS_REFERENCES,
    DATE,
    FLAG,
    LICENCE,
    REFERENCES,
    VOLUME,
    WEIGHT,
    lines,
    measure,
    trimmed,
)
from contracts.documents.shape import Date, Identifier, ListOf, Node, Number, Record, Text, Whole

_FOUR_DIGITS = Text(most=4, least=4, pattern=re.compile(r"[0-9]{4}"), looks="four digits")
_RISK = Text(most=3, least=1, pattern=re.compile(r"[0-9](\.[0-9])?"), looks="a class such as 6.1")
_SCALE = Text(most=3, choices=("CEL", "FAH"))


def _national_codes(most: int) -> ListOf:
    return ListOf(
        item=Record(
            required={"type": trimmed(10), "values": ListOf(item=trimmed(most), least=1)},
            optional={"countryCode": COUNTRY},
        )
    )


_inner_optional: dict[str, Node] = {}
_INNER_PACKAGING = Record(
    required={
        "quantity": Whole(minimum=-(2**31)),
        "material": Text(most=100),
        "description": Text(most=100),
    },
    optional=_inner_optional,
)
# An inner packaging may hold inner packagings of the same shape, so its table has to name itself.
_inner_optional["innerPackagings"] = ListOf(item=_INNER_PACKAGING)

_DANGEROUS_GOODS = Record(
    required={"properShippingName": Text(most=250), "imoClass": Text(most=4)},
    optional={
        "UNNumber": _FOUR_DIGITS,
        "NANumber": _FOUR_DIGITS,
        "codedVariantList": Text(
            most=4, least=4, pattern=re.compile(r"[0-3][0-9A-Z]{3}"), looks="a variant code"
        ),
        "technicalName": Text(most=250),
        "subsidiaryRisk1": _RISK,
        "subsidiaryRisk2": _RISK,
        "packingGroup": Whole(minimum=1, maximum=3),
        "isMarinePollutant": FLAG,
        "isLimitedQuantity": FLAG,
        "isExceptedQuantity": FLAG,
        "isSalvagePackings": FLAG,
        "isEmptyUncleanedResidue": FLAG,
        "isWaste": FLAG,
        "isHot": FLAG,
        "isReportableQuantity": FLAG,
        "isCompetentAuthorityApprovalRequired": FLAG,
        "competentAuthorityApproval": trimmed(70),
        "segregationGroups": ListOf(item=Text(most=2)),
        "innerPackagings": ListOf(item=_INNER_PACKAGING),
        "emergencyContactDetails": Record(
            required={"contact": Text(most=255), "phone": trimmed(30)},
            optional={"provider": Text(most=255), "referenceNumber": Text(most=255)},
        ),
        "EMSNumber": Text(most=7),
        "endOfHoldingTime": DATE,
        "fumigationDateTime": Date(with_time=True),
        "inhalationZone": Text(most=1, least=1),
        "grossWeight": WEIGHT,
        "netWeight": WEIGHT,
        "netExplosiveContent": measure("KGM", "LBR", "GRM", "ONZ"),
        "netVolume": measure("MTQ", "FTQ", "LTR"),
        "limits": Record(
            required={"temperatureUnit": _SCALE},
            optional={
                "flashPoint": Number(),
                "transportControlTemperature": Number(),
                "transportEmergencyTemperature": Number(),
                "SADT": Number(),
                "SAPT": Number(),
            },
        ),
    },
    exactly_one_of=("UNNumber", "NANumber"),
)

_OUTER_PACKAGING = Record(
    required={"numberOfPackages": Whole(minimum=1, maximum=99_999_999), "description": Text(most=100)},
    optional={
        "packageCode": Text(
            most=2, least=2, pattern=re.compile(r"[A-Z0-9]{2}"), looks="a package code such as 4G"
        ),
        "imoPackagingCode": Text(
            most=5, least=1, pattern=re.compile(r"[A-Z0-9]{1,5}"), looks="an IMO packaging code"
        ),
        "woodDeclaration": Text(most=30),
        "dangerousGoods": ListOf(item=_DANGEROUS_GOODS),
    },
)

_COMMODITY_CODES: dict[str, Node] = {
    "nationalCommodityCodes": _national_codes(10),
    "extendedNationalCommodityCodes": _national_codes(16),
}
_LICENCES: dict[str, Node] = {"exportLicense": LICENCE, "importLicense": LICENCE}

_CARGO_ITEM = Record(
    required={
        "equipmentReference": trimmed(11),
        "cargoGrossWeight": WEIGHT,
        "outerPackaging": _OUTER_PACKAGING,
    },
    optional={
        "cargoGrossVolume": VOLUME,
        "cargoNetWeight": WEIGHT,
        "cargoNetVolume": VOLUME,
        **_LICENCES,
        **_COMMODITY_CODES,
        "customsReferences": CUSTOMS_REFERENCES,
    },
)

CONSIGNMENT_ITEM = Record(
    required={
        "carrierBookingReference": trimmed(35),
        "descriptionOfGoods": ListOf(item=trimmed(35), most=150),
        "HSCodes": ListOf(item=Identifier(check=check_hs_code), least=1),
        "cargoItems": ListOf(item=_CARGO_ITEM, least=1),
    },
    optional={
        "extendedHSCodes": ListOf(item=Identifier(check=check_extended_hs_code)),
        **_COMMODITY_CODES,
        "shippingMarks": lines(50),
        **_LICENCES,
        "references": ListOf(
            item=Record(required={"type": Text(most=3), "values": ListOf(item=trimmed(35), least=1)})
        ),
        "customsReferences": CUSTOMS_REFERENCES,
    },
)

_REEFER_SETTINGS = Record(
    optional={
        "temperatureSetpoint": Number(),
        "temperatureUnit": _SCALE,
        "o2Setpoint": Number(minimum=0, maximum=100),
        "co2Setpoint": Number(minimum=0, maximum=100),
        "humiditySetpoint": Number(minimum=0, maximum=100),
        "airExchangeSetpoint": Number(minimum=0),
        "airExchangeUnit": Text(most=3, choices=("MQH", "FQH")),
        "isVentilationOpen": FLAG,
        "isDrainholesOpen": FLAG,
        "isBulbMode": FLAG,
        "isColdTreatmentRequired": FLAG,
        "isControlledAtmosphereRequired": FLAG,
    }
)
_SEAL = Record(
    required={"number": Text(most=15)},
    optional={"source": Text(most=3, choices=("CAR", "SHI", "VET", "CUS"))},
)

UTILIZED_EQUIPMENT = Record(
    required={
        "equipment": Record(
            required={"equipmentReference": Identifier(check=check_container_number)},
            optional={"ISOEquipmentCode": trimmed(4), "tareWeight": WEIGHT},
        ),
        "isShipperOwned": FLAG,
        "seals": ListOf(item=_SEAL, least=1),
    },
    optional={
        "isNonOperatingReefer": FLAG,
        "activeReeferSettings": _REEFER_SETTINGS,
        "shippingMarks": lines(50),
        "references": REFERENCES,
        "customsReferences": CUSTOMS_REFERENCES,
    },
)
