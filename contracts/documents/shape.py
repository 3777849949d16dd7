"""The shape of a document: which fields, of which types, how long.

A shape is a table of nodes. `check_shape` walks a document beside its table and
returns every departure at once, each with its field, because whoever fills a
form wants the whole list and not one fault per attempt. Template markers are
reported as such and not a second time as text of a wrong form. What fields mean
together is left to the rules.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.documents.findings import Finding, error, shown
from contracts.documents.identifiers import IdentifierCheck
from contracts.documents.paths import join, pointer_into
from contracts.documents.placeholders import is_placeholder
from ledger.canonical import MAX_DOCUMENT_DEPTH

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string."""

    most: int
    """Longest, in characters."""
    least: int = 0
    """Shortest, in characters."""
    pattern: re.Pattern[str] | None = None
    """What the whole text has to match."""
    looks: str = ""
    """The pattern in words, for the message."""
    choices: tuple[str, ...] = ()
    """The only values there are, where the standard closes the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A string whose form a check of `contracts.documents.identifiers` decides."""

    check: IdentifierCheck
    """The check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A finite number; a float is allowed, since trade documents keep their own numbers."""

    minimum: float | None = None
    """Smallest."""
    maximum: float | None = None
    """Largest."""
    above: float | None = None
    """It has to be larger than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An integer."""

    minimum: int = 0
    """Smallest."""
    maximum: int = 2**31 - 1
    """Largest."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """A calendar date `YYYY-MM-DD`, or a moment with its offset (RFC 3339)."""

    with_time: bool = False
    """Whether it is a moment rather than a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list of one kind of thing."""

    item: Node
    """What each item is."""
    least: int = 0
    """Fewest items."""
    most: int | None = None
    """Most items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object with named fields."""

    required: Mapping[str, Node] = field(default_factory=dict)
    """Fields that have to be there."""
    optional: Mapping[str, Node] = field(default_factory=dict)
    """Fields that may be there."""
    exactly_one_of: tuple[str, ...] = ()
    """Names of which exactly one is there."""
    at_least_one_of: tuple[str, ...] = ()
    """Names of which at least one is there."""

    def node(self, name: str) -> Node | None:
        """What the field `name` is, or None when there is no such field."""
        return self.required.get(name) or self.optional.get(name)


Leaf = Text | Identifier | Number | Whole | Flag | Date
"""What holds one value."""

Node = Leaf | ListOf | Record
"""What a field may be."""


def check_shape(value: Any, node: Node, *, prefix: str, keep_unknown: bool = False) -> Iterator[Finding]:
    """Every way in which `value` departs from `node`.

    `prefix` begins the codes (`document`, `declaration`). With `keep_unknown`,
    fields that the table does not name are passed over rather than refused.
    """
    return _Walk(prefix, keep_unknown).node(value, node, "", 0)


class _Walk:
    """One walk: the settings that every step needs."""

    def __init__(self, prefix: str, keep_unknown: bool) -> None:
        self._prefix = prefix
        self._keep_unknown = keep_unknown

    def _error(self, code: str, where: str, message: str) -> Finding:
        return error(f"{self._prefix}.{code}", where, message)

    def node(self, value: Any, node: Node, where: str, depth: int) -> Iterator[Finding]:
        if isinstance(value, str) and is_placeholder(value):
            message = f"{shown(value)} is a template's marker; replace it with the real value."
            yield self._error("placeholder", where, message)
        elif isinstance(node, Record):
            yield from self._record(value, node, where, depth)
        elif isinstance(node, ListOf):
            yield from self._list(value, node, where, depth)
        else:
            yield from self._leaf(value, node, where)

    def _leaf(self, value: Any, node: Leaf, where: str) -> Iterator[Finding]:
        if isinstance(node, Flag):
            if not isinstance(value, bool):
                yield self._wrong_type(value, "true or false", where)
        elif isinstance(node, Number | Whole):
            yield from self._number(value, node, where)
        elif not isinstance(value, str):
            yield self._wrong_type(value, "text", where)
        elif isinstance(node, Identifier):
            yield from node.check(value, field=where)
        elif isinstance(node, Text):
            yield from self._text(value, node, where)
        elif not is_date(value, with_time=node.with_time):
            expected = "a moment like 2026-03-01T08:00:00Z" if node.with_time else "a date like 2026-03-01"
            yield self._error("bad-date", where, f"{shown(value)} is not {expected}; write it in that form.")

    def _wrong_type(self, value: Any, expected: str, where: str) -> Finding:
        return self._error(
            "wrong-type", where, f"Expected {expected}, found {_kind(value)}; write {expected} here."
        )

    def _record(self, value: Any, node: Record, where: str, depth: int) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield self._wrong_type(value, "an object", where)
            return
        if depth >= MAX_DOCUMENT_DEPTH:
            message = f"Objects nest deeper than {MAX_DOCUMENT_DEPTH} levels here; flatten them."
            yield self._error("too-deep", where, message)
            return
        for name in node.required:
            if name not in value:
                yield self._error("missing-field", join(where, name), f"{name} is required; add it.")
        yield from self._choices(value, node, where)
        for name, inner in value.items():
            known = node.node(name)
            if known is not None:
                yield from self.node(inner, known, join(where, name), depth + 1)
            elif not self._keep_unknown:
                yield self._unknown(name, node, where)

    def _choices(self, value: dict[str, Any], node: Record, where: str) -> Iterator[Finding]:
        if node.exactly_one_of and sum(name in value for name in node.exactly_one_of) != 1:
            names = " or ".join(node.exactly_one_of)
            yield self._error("choose-one", where, f"Exactly one of {names} belongs here; keep one.")
        if node.at_least_one_of and not any(name in value for name in node.at_least_one_of):
            names = " or ".join(node.at_least_one_of)
            yield self._error("needs-one-of", where, f"At least one of {names} is required; add one.")

    def _unknown(self, name: str, node: Record, where: str) -> Finding:
        known = [*node.required, *node.optional]
        close = difflib.get_close_matches(name, known, n=1) if len(name) <= 60 else []
        hint = f"did you mean {close[0]}?" if close else "remove it."
        place = pointer_into(where, name)
        message = f"{shown(name)} is not a field here (JSON pointer {shown(place)}); {hint}"
        return replace(self._error("unknown-field", join(where, name), message), pointer=place)

    def _list(self, value: Any, node: ListOf, where: str, depth: int) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield self._wrong_type(value, "a list", where)
            return
        if len(value) < node.least:
            yield self._error("too-few-items", where, f"At least {node.least} item is required; add it.")
        if node.most is not None and len(value) > node.most:
            yield self._error(
                "too-many-items", where, f"{len(value)} items where {node.most} fit; remove some."
            )
        for index, item in enumerate(value):
            yield from self.node(item, node.item, f"{where}[{index}]", depth)

    def _text(self, value: str, node: Text, where: str) -> Iterator[Finding]:
        if node.choices:
            if value not in node.choices:
                allowed = ", ".join(node.choices)
                yield self._error(
                    "not-in-list", where, f"{shown(value)} is not one of {allowed}; choose one of them."
                )
        elif len(value) > node.most:
            yield self._error(
                "too-long", where, f"{len(value)} characters where {node.most} fit; shorten it."
            )
        elif len(value) < node.least:
            yield self._error(
                "too-short", where, f"{len(value)} characters where {node.least} are needed; complete it."
            )
        elif node.pattern is not None and not node.pattern.fullmatch(value):
            yield self._error("malformed", where, f"{shown(value)} is not {node.looks}; correct it.")

    def _number(self, value: Any, node: Number | Whole, where: str) -> Iterator[Finding]:
        kinds = (int,) if isinstance(node, Whole) else (int, float)
        endless = isinstance(value, float) and not math.isfinite(value)
        if isinstance(value, bool) or not isinstance(value, kinds) or endless:
            yield self._wrong_type(value, "a whole number" if isinstance(node, Whole) else "a number", where)
            return
        above = node.above if isinstance(node, Number) else None
        if above is not None and value <= above:
            yield self._error("out-of-range", where, f"{value} has to be more than {above:g}; correct it.")
        elif node.minimum is not None and value < node.minimum:
            yield self._error("out-of-range", where, f"{value} is less than {node.minimum}; correct it.")
        elif node.maximum is not None and value > node.maximum:
            yield self._error("out-of-range", where, f"{value} is more than {node.maximum}; correct it.")


def is_date(text: str, *, with_time: bool = False) -> bool:
    """Whether `text` names a day, or a moment, that exists."""
    if not (_DATE_TIME if with_time else _DATE).fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text[:10])
        if with_time:
            datetime.time.fromisoformat(text[11:19])
    except ValueError:
        return False
    return True


def _kind(value: Any) -> str:
    """The JSON name of what `value` is."""
    if value is None:
        return "null"
    names = {
        bool: "true or false",
        str: "text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "something that JSON has not")
