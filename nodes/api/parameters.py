"""Parameters that several routes share, each with its bounds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from contracts.catalogue import kind_of
from ledger.primitives import MAX_SAFE_INTEGER
from nodes.api import problems
from nodes.api.limits import DEFAULT_PAGE, MAX_PAGE

MAX_KEY_CHARACTERS = 128
"""The longest key, a member's, has 104."""

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description=f"Rows in a page; {DEFAULT_PAGE} unless told.")]
HeightPath = Annotated[int, Path(ge=0, le=MAX_SAFE_INTEGER, description="Height of a block.")]
IndexPath = Annotated[int, Path(ge=0, le=MAX_SAFE_INTEGER, description="Place of an entry in the log.")]
KeyPath = Annotated[
    str, Path(max_length=MAX_KEY_CHARACTERS, description="Key of a record, such as `bill/<64 hex digits>`.")
]
Cursor = Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)]


def checked_key(key: str) -> str:
    """A key that some record could have; the problem `not-found` for any other."""
    if kind_of(key) is None:
        raise problems.NOT_FOUND("No record can have this key.", at="key")
    return key
