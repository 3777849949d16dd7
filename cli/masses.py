"""Verified gross mass as people give it: by hand, as a DCSA declaration, or as a registered document.

What is registered has the shape of DCSA's VGM declaration (VGM 1.0), so that it
can be handed on as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.acting import Found, choice, find, perform
from cli.client import Client
from cli.contents import plain_package, read_document, store
from cli.context import Context
from cli.errors import CliError
from contracts.model import id_of
from contracts.movement.vocabulary import MassMethod

Mass = dict[str, Any]
"""One VGM declaration."""


def mass_by_hand(number: str | None, kilograms: int | None, method: str | None) -> Mass:
    """A declaration of so many kilograms; `CliError` when something is left out."""
    if kilograms is None or method is None:
        raise CliError(
            "the mass is not given",
            do="Give --kilograms and --method, or --from FILE, or --document DOCUMENT.",
            field="--method" if method is None else "--kilograms",
        )
    found = choice(MassMethod, method, "--method").value
    mass: Mass = {"VGM": {"weight": {"value": kilograms, "unit": "KGM"}, "method": found}}
    return mass if number is None else {**mass, "equipmentDetails": {"equipmentReference": number}}


def mass_from_file(path: Path, number: str | None) -> Mass:
    """The one declaration in a file, alone or in a request; `CliError` unless it is of this container."""
    document = read_document(path)
    listed = document.get("VGMDeclarations", [document])
    matching = [item for item in listed if isinstance(item, dict) and number in (None, _number(item))]
    if len(matching) != 1:
        raise CliError(
            f"{path} holds {len(matching)} declarations of {number or 'one container'}",
            do="Give a file with one VGM declaration of the container.",
            field="VGMDeclarations",
        )
    (mass,) = matching
    if mass.get("isRetracted"):
        raise CliError(
            f"the declaration in {path} is retracted",
            do="Revoke the document that it was, or give a declaration that stands.",
            field="isRetracted",
        )
    return dict(mass)


def declare_mass(client: Client, container: str, mass: Mass, readers: list[str]) -> dict[str, Any]:
    """Register a declaration for its readers and put it on the container; the node's answer to the latter."""
    weighed = mass.get("VGM")
    method = weighed.get("method") if isinstance(weighed, dict) else None
    found = choice(MassMethod, str(method), "VGM.method").value
    package = plain_package("document", mass)
    store(client, package)
    fields = {
        "type": "verified_gross_mass",
        "contents": package.commitment().hex(),
        "containers": [id_of(container)],
        "readers": readers,
    }
    perform(client, "document.register", package.subject, fields, version=0)
    body = {"document": id_of(package.subject), "method": found}
    return perform(client, "movement.verify_mass", container, body)


def use_document(context: Context, container: Found, document: str, method: str | None) -> dict[str, Any]:
    """Put a registered verified gross mass on the container; the node's answer."""
    if method is None:
        raise CliError("--document needs --method", do="Say how the mass was found: SM1 or SM2.")
    body = {
        "document": id_of(find(context, document, "document").key),
        "method": choice(MassMethod, method, "--method").value,
    }
    client = context.client
    return perform(client, "movement.verify_mass", container.key, body, version=container.version)


def _number(mass: Mass) -> object:
    equipment = mass.get("equipmentDetails")
    return equipment.get("equipmentReference") if isinstance(equipment, dict) else None
