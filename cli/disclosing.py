"""Evidence that shows chosen fields of contents: of what the node proves and the holder chooses."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from cli.client import Client
from cli.contents import fetch
from cli.custody import contents_of
from cli.errors import CliError
from ledger.disclosure import Concealed, Path, conceal, spell
from ledger.evidence import encode_evidence, parse_evidence
from ledger.sd_jwt import disclose

SHOWN = 12
"""Most fields that an error lists."""


def disclosed_evidence(client: Client, subject: str, fields: Sequence[str]) -> tuple[str, bytes, str]:
    """The key of a record, evidence that shows these fields of its contents, and the SD-JWT within.

    The node proves the record and the member; it is not told which fields are
    shown. Raises `CliError`, also for a field that the document does not have.
    """
    key, commitments = contents_of(client, subject)
    package = fetch(client, key, commitments[0])
    concealed = conceal(package.document, package.salt)
    paths = [_path(concealed, text) for text in fields]
    evidence = parse_evidence(client.get_bytes(f"/v1/evidence/{key}", discloser=True))
    if client.signer is None or evidence.disclosed is None:
        raise CliError("the node does not prove who discloses", do="Upgrade the node.", code="node.answer")
    sd_jwt = disclose(
        concealed,
        paths,
        client.signer.key,
        member=client.signer.member,
        subject=key,
        issued_s=int(time.time()),
    )
    made = replace(evidence, disclosed=replace(evidence.disclosed, sd_jwt=sd_jwt))
    return key, encode_evidence(made), sd_jwt


def _path(concealed: Concealed, text: str) -> Path:
    """The path that a person wrote; names with dots in them are found too."""
    found = [path for path in concealed.disclosures if spell(path) == text]
    if len(found) == 1:
        return found[0]
    near = [path for path in concealed.disclosures if spell(path).startswith(text.rpartition(".")[0])]
    names = [spell(path) for path in near or concealed.disclosures]
    more = "" if len(names) <= SHOWN else f" and {len(names) - SHOWN} more"
    raise CliError(
        f"the document has no field {text}" if not found else f"{text} names {len(found)} fields",
        why=f"There are {', '.join(names[:SHOWN])}{more}.",
        do="Give names and places of list elements with dots between them: consignmentItems.0.weight",
        code="document.no-field",
        field=text,
    )
