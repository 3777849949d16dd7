"""The papers of the corridor story: the shipped examples under fresh numbers.

Every run of the story needs numbers of its own, since a number is issued once
for ever. Goods, containers and places stay as the examples have them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from cli.errors import CliError
from ledger.canonical import parse_document

CARRIER_CODE = "CORL"

NOT_SHIPPED = "examples.missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What the parties of one run hold."""

    bill: dict[str, Any]
    """Transport document of Coral Line."""
    export: dict[str, Any]
    """Declaration for Qinzhou Customs."""
    import_: dict[str, Any]
    """Declaration for Hai Phong Customs."""
    invoice: dict[str, Any]
    """The seller's invoice, a supporting document."""

    @property
    def number(self) -> str:
        """The bill's number, `CODE:REFERENCE`."""
        return f"{CARRIER_CODE}:{self.bill['transportDocumentReference']}"


def examples_folder() -> Traversable:
    """Where the examples are: inside the installed package, or beside a source checkout."""
    installed = files("cli") / "examples"
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parents[1] / "examples"
    if checkout.is_dir():
        return checkout
    raise CliError("the corridor's examples are not installed", do="Install sealane again.", code=NOT_SHIPPED)


def reference(run: int) -> str:
    """The bill's reference in a run."""
    return f"BG26QZ{run:06d}"


def prepare_papers(run: int) -> Papers:
    """The papers of a run, each under its own number."""
    folder = examples_folder()
    number = reference(run)
    bill = _read(folder, "corridor-straight.json") | {
        "transportDocumentReference": number,
        "shippingInstructionsReference": f"si-{number.lower()}",
        "carrierCode": CARRIER_CODE,
    }
    bill["documentParties"]["issuingParty"]["partyName"] = "Coral Line"
    bill["documentParties"]["consignee"]["partyName"] = "Red River Imports"
    return Papers(
        bill=bill,
        export=_declaration(folder, "declaration-export.json", number, f"QZ-{number}", "CN7207"),
        import_=_declaration(folder, "declaration-import.json", number, f"HP-{number}", "VN03TG"),
        invoice=_read(folder, "corridor-invoice.json")
        | {"invoice_number": f"INV-{number}", "transport_document_reference": number},
    )


def another_version(document: dict[str, Any]) -> dict[str, Any]:
    """The same bill with other goods under the same number: what a forger, or a mistake, would issue."""
    changed = copy.deepcopy(document)
    changed["consignmentItems"][0]["descriptionOfGoods"] = ["Gold bars"]
    return changed


def _declaration(
    folder: Traversable, name: str, number: str, local_reference: str, office: str
) -> dict[str, Any]:
    declarant = {"name": "Landbridge Forwarding", "identifier_scheme": "OTHER", "identifier": "LBF-2026"}
    return _read(folder, name) | {
        "customs_office_code": office,
        "local_reference_number": local_reference,
        "transport_document_reference": number,
        "declarant": declarant,
    }


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    return parse_document((folder / name).read_bytes(), field=name)
