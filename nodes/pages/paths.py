"""Where the page of a record is."""

from __future__ import annotations

from typing import Final

PAGES: Final = {
    "bill": "bills",
    "declaration": "declarations",
    "container": "containers",
    "proposal": "governance",
    "organisation": "organisations",
}
"""Kinds of record with a page of their own; every other has the page of records."""


def path_of(key: str) -> str:
    """The address of a record's page."""
    kind, _, name = key.partition("/")
    return f"/{PAGES[kind]}/{name}" if kind in PAGES else f"/records/{key}"
