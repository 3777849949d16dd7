"""The files that pages use: style sheet, scripts, pictures. All are this node's own.

They are read once, and only what was found then is served, so an address can lead
nowhere else. Pages name each with its digest, which lets browsers keep it for good.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nodes.api import problems

FOLDER: Final = Path(__file__).parent / "static"

KEEP = "public, max-age=31536000, immutable"
"""For an address that names the digest of what it leads to."""
ASK = "no-cache"
"""For one that does not: browsers ask each time whether it is still the same."""

DIGEST_DIGITS = 16

_GZIP: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:,|$)")
"""In `Accept-Encoding`, as browsers have it: without a weight, which they never give it."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    data: bytes
    media_type: str
    digest: str
    packed: bytes | None = None
    """The same compressed with gzip; None where that saves less than a quarter."""


def read_assets(folders: Iterable[Path]) -> dict[str, Asset]:
    """The files in these folders, by name; a folder that nobody built gives none."""
    found = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file():
                data = path.read_bytes()
                media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                digest = hashlib.sha256(data).hexdigest()[:DIGEST_DIGITS]
                found[path.name] = Asset(data, media_type, digest, _packed(data))
    return found


def _packed(data: bytes) -> bytes | None:
    packed = gzip.compress(data, mtime=0)
    return packed if 4 * len(packed) < 3 * len(data) else None


BUILT: Final = Path(__file__).parent / "built"
"""What `make web` makes: the programs of the verify page, and the offline file."""

ASSETS: Final = read_assets([FOLDER, BUILT])


def asset_url(name: str) -> str:
    """The address of an asset, with its digest."""
    return f"/static/{name}?v={ASSETS[name].digest}"


@router.get("/static/{name:path}", response_class=Response)
async def get_asset(name: str, request: Request, v: str = "") -> Response:
    """One file."""
    asset = ASSETS.get(name)
    if asset is None:
        raise problems.NOT_FOUND("There is no such file.", at="name")
    packed = asset.packed if _GZIP.search(request.headers.get("accept-encoding", "")) else None
    tag = f'"{asset.digest}"' if packed is None else f'"{asset.digest}-gzip"'
    headers = {
        "etag": tag,
        "cache-control": KEEP if v == asset.digest else ASK,
        "vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if packed is None:
        return Response(asset.data, media_type=asset.media_type, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(packed, media_type=asset.media_type, headers=headers)
