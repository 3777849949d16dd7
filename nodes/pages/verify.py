"""The page that checks evidence: in the browser where its program is installed, else on this node.

The program (`web/`) is built by `make web` and is part of the wheel. Without it, or
without scripts, the page takes a file and answers with what `ledger.evidence` says
of it, from this node's own genesis: then the reader takes the node's word, and is told so.
"""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

import texts
from ledger.evidence import MAX_EVIDENCE_BYTES, GenesisAnchor, VerificationFailed, is_package, verify_evidence
from nodes.api import problems
from nodes.api.state import Api, ApiState, reading
from nodes.pages.assets import ASSETS
from nodes.pages.frame import render
from nodes.pages.language import language_of

OFFLINE: Final = "sealane-verify.html"

MAX_FORM_BYTES: Final = MAX_EVIDENCE_BYTES + 65_536
"""A file of the largest size and the form around it."""

MAX_FORM_PARTS: Final = 8
"""The page's own form has one."""
MAX_PART_HEAD_BYTES: Final = 4_096
"""Of one part; a browser's has some 200 and the file's name."""

_BOUNDARY: Final = re.compile(
    r"""multipart/form-data *;(?:.*;)? *boundary="?([0-9A-Za-z'()+_,./:=? -]{1,70}?)"? *(?:;.*)?""",
    re.IGNORECASE,
)
"""A content type with its boundary (RFC 2046 section 5.1.1)."""
_FILE: Final = re.compile(rb"\r\nContent-Disposition:[^\r\n]*;[ \t]*filename\*?=", re.IGNORECASE)
"""In the head of a part: that it is a file (RFC 7578 section 4.2)."""

EVIDENCE_PATH: Final = "/evidence/"
"""Where the program asks for evidence of a record, followed by its key."""

router = APIRouter(include_in_schema=False)


@router.get("/verify", response_class=Response)
async def get_verify(request: Request, api: ApiState) -> Response:
    """The page, before it was given anything."""
    return _page(request, api, None)


@router.post("/verify", response_class=Response)
async def post_verify(request: Request, api: ApiState) -> Response:
    """What this node finds of a file that a form holds."""
    async with api.limits.body(request, MAX_FORM_BYTES) as body:
        content_type = request.headers.get("content-type", "")
        with api.limits.verifications.holding():
            return _page(request, api, await reading(_judge, api, content_type, body))


@router.get("/verify/offline", response_class=Response)
async def get_offline() -> Response:
    """The same program as one file, to be kept and carried away."""
    asset = ASSETS.get(OFFLINE)
    if asset is None:
        raise problems.NOT_FOUND("This node was installed without the offline file.", at="path")
    headers = {"content-disposition": f'attachment; filename="{OFFLINE}"', "cache-control": "no-cache"}
    return Response(asset.data, media_type="application/octet-stream", headers=headers)


def _page(request: Request, api: Api, found: dict[str, Any] | None) -> Response:
    language = language_of(request)
    program = f"verify-{language}.js"
    digest = ASSETS.get(f"{OFFLINE}.sha256")
    return render(
        request,
        "verify.html",
        say=texts.load("verify", language),
        program=program if program in ASSETS else None,
        offline=None if digest is None else digest.data.decode().split()[0],
        network_id=api.services.application.info().network.hex(),
        evidence_path=EVIDENCE_PATH,
        found=found,
    )


def _judge(api: Api, content_type: str, body: bytes) -> dict[str, Any]:
    """The verdict on the file in a form, and every check, the failed one last."""
    data = file_in(content_type, body)
    try:
        report = verify_evidence(data, GenesisAnchor.of(api.services.genesis))
        verdict, failed = "verified", None
    except VerificationFailed as error:
        report, failed = error.report, error.report.checks[-1].name
        unknown = failed == "anchor" and error.field == "network"
        verdict = "caution" if unknown else "not_verified"
    return {"verdict": verdict, "failed": failed, "report": report, "is_package": is_package(data)}


def file_in(content_type: str, body: bytes) -> bytes:
    """The one file of a form (RFC 7578); the problem `request.invalid` for any other body.

    Our own reader, since `email` takes forms for mail: it reads parts within parts as deep as they are
    nested, and comments within comments, for as long as a stranger likes.
    """
    boundary = _BOUNDARY.fullmatch(content_type)
    if boundary is not None:
        delimiter = b"\r\n--" + boundary[1].encode("ascii")
        # What stands before the first delimiter and behind the last is no part.
        for part in (b"\r\n" + body).split(delimiter, MAX_FORM_PARTS + 1)[1:-1]:
            head, blank, _ = part[:MAX_PART_HEAD_BYTES].partition(b"\r\n\r\n")
            if part.startswith(b"--"):
                break
            if blank and _FILE.search(head):
                return part[len(head) + len(blank) :]
    raise problems.INVALID("Send a form with one file.", at="file")
