"""How pages write times, spans and long identifiers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from contracts import times
from nodes.pages.paths import path_of
from texts import Texts

SHOWN_DIGITS = 12
"""Digits of a long identifier that a line shows; the whole stands in its title and copies."""

TONES: Final = {
    "good": frozenset({"released", "cleared", "exited", "passed", "active", "registered", "issued"})
    | {"surrendered_for_delivery"},
    "wait": frozenset({"draft", "approved", "prelodged", "accepted", "queried", "arrived", "open"})
    | {"under_document_control", "under_physical_control"}
    | {"pending_surrender_for_delivery", "pending_surrender_for_amendment", "surrendered_for_amendment"},
    "bad": frozenset({"rejected", "refused", "invalidated", "expired", "suspended", "revoked", "voided"}),
}
"""What is done, what waits for somebody, and what came to nothing."""

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


def utc(time_ms: int) -> str:
    """A time in UTC for people, to the second."""
    return times.utc(time_ms).removesuffix(" UTC")


def iso(time_ms: int) -> str:
    """A time for machines (RFC 3339), to the millisecond; the last that it can spell for any beyond."""
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=min(time_ms, times.LATEST_MS))
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(spent_ms: int, t: Texts) -> str:
    """How long something took, in its two largest units."""
    seconds = max(0, spent_ms) // 1000
    if seconds >= _DAY_S:
        return t("span_days", days=seconds // _DAY_S, hours=seconds % _DAY_S // _HOUR_S)
    if seconds >= _HOUR_S:
        return t("span_hours", hours=seconds // _HOUR_S, minutes=seconds % _HOUR_S // _MINUTE_S)
    if seconds >= _MINUTE_S:
        return t("span_minutes", minutes=seconds // _MINUTE_S, seconds=seconds % _MINUTE_S)
    return t("span_seconds", seconds=seconds)


def short(identifier: str) -> str:
    """The beginning of a long identifier."""
    return identifier if len(identifier) <= SHOWN_DIGITS else f"{identifier[:SHOWN_DIGITS]}…"


def tone(state: str) -> str:
    """How the mark of a state is coloured; the words beside say the same."""
    return next((tone for tone, states in TONES.items() if state in states), "")


def pretty(value: Any) -> str:
    """A value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode("utf-8")


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "utc": utc,
    "iso": iso,
    "span": span,
    "short": short,
    "tone": tone,
    "pretty": pretty,
    "path": path_of,
}
