"""Contents of bills, declarations and documents: stored by parties, shown to the entitled.

A package goes in clear where this node holds the contents key of the member's
organisation, and otherwise sealed to that organisation (`ledger.sealing`).
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from contracts.context import Actor
from ledger.errors import LedgerError
from ledger.primitives import MAX_SAFE_INTEGER, Hash, decode_hash
from nodes.api import problems, schemas
from nodes.api.auth import CurrentMember, EntrustedMember, SignedBody
from nodes.api.limits import DEFAULT_PAGE
from nodes.api.parameters import MAX_KEY_CHARACTERS, Limit
from nodes.api.state import ApiState
from nodes.contents import Reader

router = APIRouter(tags=["contents"])

SEALED_TYPE = "application/vnd.sealane.sealed"

CommitmentPath = Annotated[str, Path(max_length=64, description="Commitment, 64 hexadecimal digits.")]

SubjectQuery = Annotated[
    str, Query(max_length=MAX_KEY_CHARACTERS, description="Record that commits to it, to fetch it for.")
]


@router.put("/v1/contents/{commitment}")
async def put_contents(
    commitment: CommitmentPath, api: ApiState, member: EntrustedMember, body: SignedBody
) -> schemas.StoredContents:
    """Store a contents package, in clear or sealed, before the act that commits to it is submitted."""
    sealed = await api.services.contents.put(_commitment(commitment), body, _reader(member))
    api.metrics.content("stored")
    return schemas.StoredContents(
        commitment=commitment, kind=sealed.kind, subject=sealed.subject, bytes=len(body)
    )


@router.get("/v1/contents/{commitment}", response_class=Response)
async def get_contents(
    commitment: CommitmentPath,
    api: ApiState,
    member: EntrustedMember,
    subject: SubjectQuery = "",
) -> Response:
    """A contents package, fetched from a party's node when this one does not hold it.

    In clear where this node holds your organisation's contents key, else sealed to your organisation.
    """
    served = await api.services.contents.get(_commitment(commitment), subject, _reader(member))
    api.metrics.content("fetched")
    return Response(served.data, media_type=SEALED_TYPE if served.sealed else "application/json")


@router.get("/v1/contents/{commitment}/reads")
async def get_reads(
    commitment: CommitmentPath,
    api: ApiState,
    member: CurrentMember,
    subject: SubjectQuery = "",
    after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER, description="Where the last page ended.")] = 0,
    limit: Limit = DEFAULT_PAGE,
) -> schemas.ContentReads:
    """To whom this node gave a content: for whoever put it on the ledger, stored it here, or runs this node.

    A read at another party's node is recorded there. The digest of each covers all reads before it.
    """
    custody = api.services.contents.custody(api.services.config.node.organisation)
    page = await asyncio.to_thread(
        custody.reads, _commitment(commitment), subject, member.organisation, after, limit
    )
    return schemas.ContentReads(
        items=tuple(
            schemas.ContentRead(
                id=read.id,
                organisation=read.organisation,
                member=read.member,
                time_ms=read.time_ms,
                digest=read.digest.hex(),
            )
            for read in page.items
        ),
        next=page.next,
    )


@router.delete("/v1/contents/{commitment}")
async def delete_contents(
    commitment: CommitmentPath, api: ApiState, member: EntrustedMember, subject: SubjectQuery = ""
) -> schemas.ErasedContents:
    """Erase a content at this node: for whoever stored it here, and whoever runs this node.

    It is not fetched again of itself. The record of reads stays, as do copies at other parties' nodes.
    """
    custody = api.services.contents.custody(api.services.config.node.organisation)
    done = await asyncio.to_thread(
        custody.erase, _commitment(commitment), subject, member.organisation, member.member
    )
    api.metrics.content("erased")
    return schemas.ErasedContents(commitment=commitment, member=done.member, time_ms=done.time_ms)


def _commitment(text: str) -> Hash:
    try:
        return decode_hash(text, field="commitment")
    except LedgerError as error:
        raise problems.INVALID(f"{error.message}.", at="commitment") from None


def _reader(member: Actor) -> Reader:
    return Reader(member=member.member, organisation=member.organisation)
