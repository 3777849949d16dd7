"""The id of a record as a QR code, to be printed beside it and scanned by whoever verifies."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

MARGIN = 4
"""Modules of quiet zone (ISO/IEC 18004 section 9.1)."""


def qr_code(key: str, title: str) -> Markup:
    """A picture to be put into a page: SVG without styles, so that it needs no exception in the policy.

    The code carries the record's key and no address: whoever scans it asks a node of its own choice.
    """
    code = segno.make(key, error="m", micro=False)
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        border=MARGIN,
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        light="#fff",
        title=title,
    )
    return Markup(out.getvalue().decode("utf-8"))  # noqa: S704  segno escapes the title; the rest is numbers
