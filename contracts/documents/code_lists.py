"""Code lists that an operator loads: places, goods and carriers, whose lists others own and renew.

What is on no list is only doubtful, since lists lag behind the world: every
finding here is a warning. The form of a code is judged without any list, by
`contracts.documents.identifiers`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.documents.findings import Finding, shown, warning
from contracts.documents.paths import Document, each, first
from contracts.documents.rules_codes import LOCATION_PATHS
from ledger.errors import EncodingError

CodeLists = Mapping[str, Collection[str]]
"""Loaded codes by kind of list."""

MAX_CODES: Final = 200_000
"""Codes of one list: UN/LOCODE, the longest, has some 116,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKind:
    """One kind of list."""

    name: str
    """What commands call it."""
    meaning: str
    """What its codes are, for people."""
    pattern: re.Pattern[str]
    """What every code matches."""


CODE_KINDS: Final = {
    kind.name: kind
    for kind in (
        CodeKind(
            name="locode", meaning="places (UN/LOCODE)", pattern=re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
        ),
        CodeKind(name="hs", meaning="goods (HS, six digits)", pattern=re.compile(r"[0-9]{6}", re.ASCII)),
        CodeKind(name="scac", meaning="carriers (NMFTA SCAC)", pattern=re.compile(r"[A-Z]{2,4}", re.ASCII)),
        CodeKind(name="smdg", meaning="liners (SMDG)", pattern=re.compile(r"[A-Z0-9]{2,4}", re.ASCII)),
    )
}
"""Every kind, by name."""

_HS_PATHS: Final = tuple(
    f"consignmentItems[].{inner}{name}[]"
    for inner in ("", "cargoItems[].")
    for name in ("HSCodes", "extendedHSCodes")
)

_CARRIER_LISTS: Final = {"NMFTA": "scac", "SMDG": "smdg"}


_DIVIDER: Final = re.compile("[,;\t]")
"""What spreadsheets write between columns; no code has any of these."""


def parse_codes(kind: CodeKind, text: str) -> frozenset[str]:
    """The codes in a list: one a line, or the first column of CSV, perhaps under a heading.

    Raises `EncodingError` that names the line.
    """
    codes: set[str] = set()
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        code = _DIVIDER.split(line, maxsplit=1)[0].strip().strip('"')
        if not code:
            continue
        if kind.pattern.fullmatch(code):
            codes.add(code)
        elif number > 1:
            raise EncodingError(f"{shown(code)} is no code of {kind.meaning}", field=f"line {number}")
        if len(codes) > MAX_CODES:
            raise EncodingError(f"more than {MAX_CODES} codes", field=f"line {number}")
    if not codes:
        raise EncodingError(f"no code of {kind.meaning} is in it", field="line 1")
    return frozenset(codes)


def known_codes(document: Document, lists: CodeLists) -> Iterator[Finding]:
    """Codes are on the lists that were loaded; without a list of its kind, a code passes."""
    for path in LOCATION_PATHS:
        yield from _listed(document, path, "locode", lists, "location")
    for path in _HS_PATHS:
        yield from _listed(document, path, "hs", lists, "hs")
    provider = _CARRIER_LISTS.get(first(document, "carrierCodeListProvider", str) or "")
    if provider is not None:
        yield from _listed(document, "carrierCode", provider, lists, "carrier")


def _listed(document: Document, path: str, kind: str, lists: CodeLists, name: str) -> Iterator[Finding]:
    known, form = lists.get(kind), CODE_KINDS[kind].pattern
    if known is None:
        return
    for field, value in each(document, path, str):
        # Longer numbers are HS codes, whose national digits are on no list.
        code = value[:6] if value.isdigit() else value
        # What has no right form is reported as such already, and not a second time as unknown.
        if not form.fullmatch(code) or code in known:
            continue
        message = f"{code} is not on the list of {CODE_KINDS[kind].meaning}; confirm it or renew the list."
        yield warning(f"identifier.{name}-unknown", field, message)
