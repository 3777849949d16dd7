"""Proofs to carry away: evidence files, receipts, and the keys that receipts verify with."""

from __future__ import annotations

from typing import Annotated, Any

import cbor2
import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.context import Actor, View
from contracts.membership.model import Organisation
from contracts.model import organisation_key
from ledger.keys import PublicKey
from ledger.primitives import MAX_SAFE_INTEGER, Height, decode_hash
from nodes.api import problems
from nodes.api.auth import CurrentMember, entrusted
from nodes.api.parameters import IndexPath, KeyPath, checked_key
from nodes.api.state import Api, ApiState
from nodes.contents import ContentsError, Reader
from nodes.proofs import EvidenceRequest

router = APIRouter(tags=["evidence"])

EVIDENCE_TYPE = "application/vnd.sealane.evidence+json"
RECEIPT_TYPE = "application/scitt-receipt+cose"
KEYS_TYPE = "application/cbor"

Checkpoint = Annotated[
    int | None,
    Query(ge=1, le=MAX_SAFE_INTEGER, description="Height that the verifier trusts, not the genesis."),
]


@router.get("/v1/evidence/{key:path}", response_class=Response)
async def get_evidence(
    key: KeyPath,
    api: ApiState,
    member: CurrentMember,
    contents: Annotated[bool, Query(description="Disclose the contents, to the entitled.")] = False,
    discloser: Annotated[
        bool, Query(description="Prove your member record, for fields that you are about to disclose.")
    ] = False,
    history: Annotated[bool, Query(description="Every statement about the record, not the last.")] = False,
    genesis: Annotated[bool, Query(description="Enclose the genesis document.")] = True,
    checkpoint: Checkpoint = None,
) -> Response:
    """An evidence file about a record: verified offline, with `sealane verify`."""
    subject = checked_key(key)
    package = await _package(api, subject, entrusted(member)) if contents else None
    request = EvidenceRequest(
        subject=subject,
        history=history,
        genesis=genesis,
        checkpoint=None if checkpoint is None else Height(checkpoint),
        package=package,
        discloser=member.member if discloser else None,
    )
    data = await api.services.proofs.evidence(request)
    name = f"{key.replace('/', '-')[:80]}.evidence.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=EVIDENCE_TYPE, headers=headers)


async def _package(api: Api, key: str, member: Actor) -> bytes:
    value = api.services.application.state().get(key)
    commitment = None if value is None else msgspec.json.decode(value).get("contents")
    if not isinstance(commitment, str):
        raise problems.NOT_FOUND(f"There is no record {key} with contents.", at="key")
    reader = Reader(member=member.member, organisation=member.organisation)
    served = await api.services.contents.get(decode_hash(commitment, field="contents"), key, reader)
    if served.sealed:
        raise ContentsError(
            "contents.sealed",
            f"This node does not hold the contents key of {member.organisation}, so it cannot disclose what "
            f"{key} commits to. Fetch evidence without contents, and enclose them yourself.",
        )
    return served.data


@router.get("/v1/receipts/{index}", response_class=Response)
async def get_receipt(index: IndexPath, api: ApiState, _: CurrentMember) -> Response:
    """A COSE receipt (RFC 9942) for an entry, signed by this node."""
    return Response(await api.services.proofs.receipt(index), media_type=RECEIPT_TYPE)


@router.get("/.well-known/scitt-keys", response_class=Response)
async def get_keys(api: ApiState) -> Response:
    """The key with which this node signs receipts, as a COSE key set (RFC 9052 section 7)."""
    node = api.services.config.node
    record = View(api.services.application.state()).get(organisation_key(node.organisation), Organisation)
    nodes = () if record is None else record.nodes
    keys = [cose_key(PublicKey.from_text(entry.key)) for entry in nodes if entry.name == node.name]
    return Response(cbor2.dumps(keys, canonical=True), media_type=KEYS_TYPE)


def cose_key(key: PublicKey) -> dict[int, Any]:
    """An ES256 key as COSE_Key: EC2, kid, ES256, verify, P-256 (RFC 9053 section 7.1.1)."""
    numbers = key.to_cryptography().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return {1: 2, 2: bytes(key.thumbprint), 3: -7, 4: [2], -1: 1, -2: x, -3: y}
