"""Leftovers of a template: what they look like, and how our drafts write them.

DCSA's published messages mark what a sender has to fill with names such as
`TRANSPORT_DOCUMENT_REFERENCE_PLACEHOLDER`. Drafts use the same form, so that one
rule refuses both and nobody mistakes a marker for data.
"""

from __future__ import annotations

import re

# Each alternative is decided in time linear in the text, which may be a hostile megabyte.
_MARKER = re.compile(r"[A-Z0-9]_PLACEHOLDER\b")
_CODE_LIST = re.compile(r"[A-Z0-9][A-Z0-9_]*(?<=[A-Z0-9])_CODE_LIST_(?:PROVIDER|NAME)")
_BRACES = re.compile(r"\{[A-Za-z][A-Za-z0-9_ .-]*\}")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_placeholder(text: str) -> bool:
    """Whether `text` is a template's marker rather than data."""
    if _MARKER.search(text):
        return True
    return _CODE_LIST.fullmatch(text) is not None or _BRACES.fullmatch(text) is not None


def placeholder_for(name: str) -> str:
    """The marker for the field `name`: `shippedOnBoardDate` gives `SHIPPED_ON_BOARD_DATE_PLACEHOLDER`."""
    return _WORD_START.sub("_", name).upper() + "_PLACEHOLDER"
