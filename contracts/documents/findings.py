"""What a check of a document has to say, as values.

An error means that the document must not be issued or accepted as it stands; a
warning means that a person should look. Codes are stable and may be tested by
programs; messages may be reworded at any time.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

MAX_FINDINGS = 500
"""Findings reported of one document: a hostile one must not get an answer larger than itself."""

MAX_SHOWN = 40
"""Longest piece of someone else's text that a message repeats, in characters."""


class Severity(enum.StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found."""

    severity: Severity
    """Whether it stops the document."""

    code: str
    """Stable name of the rule, such as `document.to-order-needs-bol`."""

    field: str
    """Dotted path, such as `transports.vesselVoyages[0].vesselName`; empty for the whole document."""

    message: str
    """A sentence that says what is wrong and what to do."""

    pointer: str = ""
    """JSON pointer (RFC 6901) of a field whose name is not of the standard; a dotted path may garble it."""


def error(code: str, field: str, message: str) -> Finding:
    """A finding that stops the document."""
    return Finding(severity=Severity.ERROR, code=code, field=field, message=message)


def warning(code: str, field: str, message: str) -> Finding:
    """A finding that a person should look at."""
    return Finding(severity=Severity.WARNING, code=code, field=field, message=message)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that stop the document, in their order."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def bounded(findings: Iterable[Finding], *, code: str) -> list[Finding]:
    """At most `MAX_FINDINGS` of them; where there are more, the last one says so under `code`.

    Takes from `findings` only as many as it returns, and one more.
    """
    found = list(islice(findings, MAX_FINDINGS + 1))
    if len(found) > MAX_FINDINGS:
        message = f"More than {MAX_FINDINGS - 1} findings; correct these first and check again."
        found[MAX_FINDINGS - 1 :] = [error(code, "", message)]
    return found


def shown(value: object) -> str:
    """A foreign value as a message may repeat it: quoted and cut to `MAX_SHOWN` characters."""
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…")
