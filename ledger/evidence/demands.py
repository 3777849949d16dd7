"""What the reader demands: that the file is about this, says that, and is not too old."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import EvidenceError
from ledger.evidence.report import Check, passed, skipped
from ledger.evidence.run import STATUS_FIELD, Run, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the reader needs the evidence to say."""

    field: str
    """`subject`, `bill` (a number), `status` or another field of the record, or `document.` and a
    field of the disclosed document, which never answers for the record: its author writes anything."""
    value: str
    """The value it must have; `a|b` accepts either. What is not text is compared in its RFC 8785 form."""


def check_expected(run: Run, expect: tuple[Expectation, ...]) -> Check:
    """That the file says what the reader expects."""
    if not expect:
        return skipped("expected", "You asked for no particular document or status.")
    for item in expect:
        found = _lookup(run, item.field)
        if found is None or found not in item.value.split("|"):
            raise EvidenceError(
                f"expected {item.value}, the evidence says {found or 'nothing'}", field=item.field
            )
    return passed(
        "expected", "It is what you expected: " + ", ".join(f"{i.field} {i.value}" for i in expect) + "."
    )


def _lookup(run: Run, name: str) -> str | None:
    """The text of a field, or None; `bill` is the number where it is proven, else the record key."""
    subject, document = run.evidence.subject, run.document or {}
    if name == "subject":
        return subject
    if name == "bill":
        return run.number or subject
    if name.startswith("document."):
        value = document.get(name.removeprefix("document."))
    else:
        value = (run.record or {}).get(STATUS_FIELD if name == "status" else name)
    return None if value is None else written(value)


def check_age(run: Run, max_age_ms: int | None, now_ms: int | None) -> Check:
    """That the newest header is no older than the reader allows."""
    newest = run.newest()
    if max_age_ms is None:
        return skipped("age", f"Current as of block {newest.height}; you set no limit to its age.")
    if now_ms is None:
        raise EvidenceError("a limit to the age needs the reader's clock", field="age")
    age_ms = now_ms - newest.time_ms
    if age_ms > max_age_ms:
        raise EvidenceError(
            f"current as of {age_ms // 1000} seconds ago, your limit is {max_age_ms // 1000}", field="age"
        )
    return passed("age", f"Current as of {max(0, age_ms) // 1000} seconds ago, within your limit.")
