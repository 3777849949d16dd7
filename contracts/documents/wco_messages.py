"""What passes between a declarant and customs about a declaration, read from XML.

Three kinds are known: a WCO response (RES), in which customs tell a status; a WCO
request about a declaration (DEC with function code 13: amendment, cancellation,
goods presented); and a port's message that goods have arrived, from the inventory
linking of exports. Everything else is none of these. What is inside the root decides;
its own name does not, since one published message has it misspelt.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from contracts.documents.wco import REQUEST, declaration_of
from contracts.documents.xml_tree import Element
from ledger.errors import EncodingError

MAX_TOLD_ERRORS: Final = 50
"""Errors of one rejection that are read; the declarant mends these first."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMessage:
    """Customs tell how a declaration stands."""

    function: str
    """Function code, such as 09."""
    status: str = ""
    """Code of the status itself, such as 39 for a request granted."""
    reference: str = ""
    """Customs' number of the declaration (MRN)."""
    version: str = ""
    """Version of the declaration that is meant."""
    issued_ms: int | None = None
    """When it was issued."""
    result: str = ""
    """Result of the control that a release rests on, such as A1."""
    errors: tuple[tuple[str, str], ...] = ()
    """Codes of errors, and where each is."""
    source: str = ""
    """The file it was in."""


class Ask(enum.StrEnum):
    """What a declarant's message asks for or tells."""

    AMENDMENT = "amendment"
    CANCELLATION = "cancellation"
    PRESENTATION = "presentation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A declarant, or whoever has the goods, tells customs something about a declaration."""

    asks: Ask
    """What."""
    source: str = ""
    """The file it was in."""


_ASKS = {"COR": Ask.AMENDMENT, "INV": Ask.CANCELLATION, "GPR": Ask.PRESENTATION}
"""TypeCode of a request about a declaration."""


def read_status(root: Element, source: str = "") -> StatusMessage | None:
    """The status that a RES message tells; None when it is no such message.

    Raises `EncodingError` for a time that cannot be read.
    """
    response = root.first("Response")
    if response is None:
        return None
    results = (
        found.text_of("StatementCode")
        for found in response.all("AdditionalInformation")
        if found.text_of("StatementTypeCode") == "AFB"
    )
    told = response.text_of("IssueDateTime/DateTimeString")
    return StatusMessage(
        function=response.text_of("FunctionCode"),
        status=response.text_of("Status/NameCode"),
        reference=response.text_of("Declaration/ID"),
        version=response.text_of("Declaration/VersionID"),
        issued_ms=time_ms(told, field="IssueDateTime") if told else None,
        result=next(results, ""),
        errors=tuple(_error(found) for found in list(response.all("Error"))[:MAX_TOLD_ERRORS]),
        source=source,
    )


def read_submission(root: Element, source: str = "") -> Submission | None:
    """What a declarant's or port's message asks or tells; None when it is no such message."""
    if root.name == "inventoryLinkingMovementRequest":
        arrived = root.text_of("messageCode") == "EAL"
        return Submission(asks=Ask.PRESENTATION, source=source) if arrived else None
    declaration = declaration_of(root)
    if declaration is None or declaration.text_of("FunctionCode") != REQUEST:
        return None
    asks = _ASKS.get(declaration.text_of("TypeCode"))
    return None if asks is None else Submission(asks=asks, source=source)


def time_ms(text: str, *, field: str) -> int:
    """A time of format 304 (`20241206154614Z`, `20230908092852+01`) in milliseconds since 1970."""
    digits, zone = text[:14], text[14:]
    hours = zone[1:]
    known = zone == "Z" or (
        zone[:1] in ("+", "-") and len(hours) == 2 and hours.isascii() and hours.isdigit()
    )
    try:
        if not known or not (digits.isascii() and digits.isdigit()):
            raise ValueError(text)
        offset = timedelta(hours=0 if zone == "Z" else int(zone))
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=timezone(offset))
    except (ValueError, OverflowError):
        raise EncodingError(f"{text[:30]!r} is no time of format 304", field=field) from None
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _error(found: Element) -> tuple[str, str]:
    """An error's code, and the way to it in WCO section codes."""
    steps = []
    for pointer in found.all("Pointer"):
        number = pointer.text_of("SequenceNumeric")
        section = pointer.text_of("DocumentSectionCode") + (f"#{number}" if number else "")
        steps += [part for part in (section, pointer.text_of("TagID")) if part]
    return found.text_of("ValidationCode"), "/".join(steps)
